-- Persons of a batch: by verified MBID, then by alias, then created. Used by scannerd/listens/resolve.py, in this order.
-- A Last.fm id fills an empty MBID, gives way to any verified one, and never merges or splits.

-- name: create_wanted_persons
-- Each name of the batch once: the match key and, where somebody verified it, the MBID; spelled as most write it.
-- needs: create_resolving
create temp table wanted_person on commit drop as
select
    match_key,
    mbid,
    mode() within group (order by name) as name,
    null::bigint as person_id,
    null::text as how,
    false as is_new
from resolving_name
group by match_key, mbid;
analyze wanted_person

-- name: withdraw_guessed_persons
-- A guess that a verified pair of another name contradicts is taken back.
-- needs: create_resolving create_wanted_persons
update person
set mbid = null, mbid_source = null
from wanted_person as wanted
where person.catalogue_id = %(catalogue_id)s
    and person.mbid = wanted.mbid
    and person.mbid_source = 'lastfm'
    and not exists (
        select from person_alias
        where person_alias.person_id = person.id
            and person_alias.match_key in (select match_key from wanted_person as same where same.mbid = person.mbid)
    )

-- name: find_persons_by_mbid
-- The verified pair names a person we have, or one who was merged into them; a guess that turned out right is one no longer.
-- needs: create_resolving create_wanted_persons
with found as (
    update wanted_person as wanted
    set person_id = holder.id, how = 'by mbid'
    from (
        select id, mbid from person where catalogue_id = %(catalogue_id)s
        union all
        select person_id, mbid from person_mbid where catalogue_id = %(catalogue_id)s
    ) as holder
    where wanted.mbid is not null
        and wanted.person_id is null
        and holder.mbid = wanted.mbid
    returning holder.id
)
update person set mbid_source = 'verified'
from found
where person.id = found.id and person.mbid_source = 'lastfm'

-- name: adopt_persons
-- A verified pair gives its MBID to the person of that name who has none, unless the batch knows two of that name.
-- needs: create_resolving create_wanted_persons
update person
set mbid = pair.mbid, mbid_source = 'verified'
from (
    select distinct on (only_one.mbid) only_one.mbid, holder.id
    from (
        select match_key, (array_agg(mbid))[1] as mbid
        from wanted_person
        where mbid is not null
        group by match_key
        having count(*) = 1 and bool_and(person_id is null)
    ) as only_one
    join lateral (
        select person.id
        from person_alias
        join person on person.id = person_alias.person_id
        where person_alias.catalogue_id = %(catalogue_id)s
            and person_alias.match_key = only_one.match_key
            and person_alias.resolves
            and person.mbid_source is distinct from 'verified'
            and not person.set_apart
        order by person_alias.is_primary desc, person.id
        limit 1
    ) as holder on true
    order by only_one.mbid, holder.id
) as pair
where person.id = pair.id

-- name: insert_persons_with_mbid
-- Verified pairs nobody has yet become persons, sorted, so that two scans lock in one order.
-- needs: create_resolving create_wanted_persons
with created as (
    insert into person (catalogue_id, name, match_key, mbid, mbid_source)
    select distinct on (mbid) %(catalogue_id)s, name, match_key, mbid, 'verified'
    from wanted_person
    where mbid is not null and person_id is null
    order by mbid, match_key
    returning id, name, match_key, mbid
), marked as (
    update wanted_person set is_new = true from created where wanted_person.mbid = created.mbid
)
insert into person_alias (catalogue_id, person_id, alias, match_key, source, is_primary)
select %(catalogue_id)s, id, name, match_key, 'name', true from created

-- name: find_persons_by_name
-- A bare name with one holder is that person; with several, the one without a verified MBID (found_several says so).
-- A person's own name goes before another's alias; what was the own name of somebody merged into them still is one, and
-- means them where it meant somebody without MBID.
-- needs: create_resolving create_wanted_persons
update wanted_person as wanted
set
    person_id = case when held.holders = 1 then held.first_id else held.bare_id end,
    how = case when held.holders = 1 then 'by name' else 'by name, of several' end
from (
    select
        match_key,
        count(*) as holders,
        min(person_id) as first_id,
        min(person_id) filter (where is_bare) as bare_id
    from (
        select
            person_alias.match_key,
            person_alias.person_id,
            own.is_own,
            person_alias.answers_bare or (
                person_alias.source <> 'merge' and person.mbid_source is distinct from 'verified' and not person.set_apart
            ) as is_bare,
            bool_or(own.is_own) over (partition by person_alias.match_key) as is_somebodys_own
        from person_alias
        cross join lateral (select person_alias.is_primary or person_alias.source = 'merge' as is_own) as own
        join person on person.id = person_alias.person_id
        where person_alias.catalogue_id = %(catalogue_id)s
            and person_alias.resolves
            and person_alias.match_key in (select match_key from wanted_person where mbid is null)
    ) as holder
    where is_own = is_somebodys_own
    group by match_key
) as held
where wanted.mbid is null and wanted.person_id is null and wanted.match_key = held.match_key

-- name: insert_persons
-- Bare names nobody answers to become persons, sorted, so that two scans lock in one order.
-- needs: create_resolving create_wanted_persons
with created as (
    insert into person (catalogue_id, name, match_key)
    select %(catalogue_id)s, name, match_key
    from wanted_person
    where mbid is null
        and person_id is null
        and match_key in (select match_key from resolving_name where mbid is null and person_id is null)
    order by match_key
    returning id, name, match_key
), marked as (
    update wanted_person
    set
        person_id = created.id,
        how = case when wanted_person.how is null then 'new' else 'new, of several' end,
        is_new = true
    from created
    where wanted_person.mbid is null and wanted_person.match_key = created.match_key
)
insert into person_alias (catalogue_id, person_id, alias, match_key, source, is_primary)
select %(catalogue_id)s, id, name, match_key, 'name', true from created

-- name: point_names
-- Each name of the batch gets its person, where that is known by now, and how, where somebody answers to the name.
-- needs: create_resolving create_wanted_persons
update resolving_name
set person_id = wanted.person_id, how = wanted.how
from wanted_person as wanted
where resolving_name.person_id is null
    and wanted.how is not null
    and wanted.match_key = resolving_name.match_key
    and coalesce(wanted.mbid, '00000000-0000-0000-0000-000000000000')
    = coalesce(resolving_name.mbid, '00000000-0000-0000-0000-000000000000')

-- name: prefer_persons_on_release
-- Of several holders of a bare name, the one already on that release goes first, or whom a verified pair of this batch
-- puts on it.
-- needs: create_resolving create_wanted_persons
with unsure as (
    select resolving_name.lookup_id, resolving_name.match_key, resolving.album_key
    from resolving_name
    join resolving on resolving.lookup_id = resolving_name.lookup_id
    where resolving_name.mbid is null
        and resolving_name.how = 'by name, of several'
        and resolving.album_key is not null
), on_release as (
    select unsure.lookup_id, unsure.match_key, person_alias.person_id
    from unsure
    join person_alias
        on person_alias.catalogue_id = %(catalogue_id)s
        and person_alias.match_key = unsure.match_key
        and person_alias.resolves
    join release on release.catalogue_id = %(catalogue_id)s and release.match_key = unsure.album_key
    where release.artist_id = person_alias.person_id
        or exists (
            select from track_contribution
            join track on track.id = track_contribution.track_id
            where track.release_id = release.id and track_contribution.person_id = person_alias.person_id
        )
    union
    select unsure.lookup_id, unsure.match_key, sure.person_id
    from unsure
    join resolving on resolving.album_key = unsure.album_key
    join resolving_name as sure on sure.lookup_id = resolving.lookup_id and sure.match_key = unsure.match_key
    where sure.mbid is not null
)
update resolving_name
set person_id = known.person_id, how = 'by name, on that release'
from (
    select lookup_id, match_key, min(person_id) as person_id
    from on_release
    group by lookup_id, match_key
    having count(*) = 1
) as known
where resolving_name.lookup_id = known.lookup_id
    and resolving_name.match_key = known.match_key
    and resolving_name.mbid is null

-- name: fill_guessed_persons
-- A Last.fm id fills the MBID of a person who has none, if nobody else has it.
-- needs: create_resolving create_wanted_persons
update person
set mbid = guess.mbid, mbid_source = 'lastfm'
from (
    select distinct on (mbid) mbid, person_id
    from (
        select distinct on (resolving_name.person_id)
            resolving_name.person_id, resolving.guessed_artist_mbid as mbid, count(*) as times
        from resolving
        join resolving_name on resolving_name.lookup_id = resolving.lookup_id
        where resolving.guessed_artist_mbid is not null
            and resolving_name.position = 0
            and not resolving_name.of_album
        group by resolving_name.person_id, resolving.guessed_artist_mbid
        order by resolving_name.person_id, count(*) desc, resolving.guessed_artist_mbid
    ) as most_told
    order by mbid, times desc, person_id
) as guess
where person.id = guess.person_id
    and person.mbid is null
    and not person.set_apart
    and not exists (
        select from person as holder where holder.catalogue_id = %(catalogue_id)s and holder.mbid = guess.mbid
    )
    and not exists (
        select from person_mbid as holder where holder.catalogue_id = %(catalogue_id)s and holder.mbid = guess.mbid
    )

-- name: choose_leads
-- Where the order of the artists means nothing, the primary artist is the album's, else the one on most rows of it; a
-- guest never is.
-- needs: create_resolving create_wanted_persons
with on_album as (
    select resolving.album_key, resolving_name.person_id, sum(resolving.plays) as plays
    from resolving
    join resolving_name on resolving_name.lookup_id = resolving.lookup_id
    where resolving.unordered and resolving.album_key is not null and not resolving_name.of_album
    group by resolving.album_key, resolving_name.person_id
), ranked as (
    select
        resolving_name.lookup_id,
        resolving_name.of_album,
        resolving_name.position,
        row_number() over (
            partition by resolving_name.lookup_id, resolving_name.of_album
            order by
                exists (
                    select from resolving_name as owner
                    where owner.lookup_id = resolving_name.lookup_id
                        and owner.of_album
                        and owner.person_id = resolving_name.person_id
                ) desc,
                resolving_name.featured,
                on_album.plays desc nulls last,
                resolving_name.position
        ) - 1 as place
    from resolving
    join resolving_name on resolving_name.lookup_id = resolving.lookup_id
    left join on_album
        on on_album.album_key = resolving.album_key and on_album.person_id = resolving_name.person_id
    where resolving.unordered and resolving.album_key is not null
)
update resolving_name
set position = ranked.place
from ranked
where resolving_name.lookup_id = ranked.lookup_id
    and resolving_name.of_album = ranked.of_album
    and resolving_name.position = ranked.position
    and ranked.place <> ranked.position

-- name: point_primary_artists
-- Each lookup gets its primary artist, the set of all its artists, and the artist of its album.
-- needs: create_resolving create_wanted_persons
update resolving
set
    person_id = named.person_id,
    person_how = named.how,
    artist_ids = named.artist_ids,
    credit = coalesce(resolving.credit, named.credit),
    album_person_id = coalesce(named.album_person_id, named.person_id),
    release_identity = case
        when resolving.album_key is not null then set_identity(
            'title',
            resolving.album_key,
            case when resolving.various then 'various' else coalesce(named.album_person_id, named.person_id)::text end
        )
        when resolving.release_mbid is not null then set_identity('mbid', resolving.release_mbid::text)
    end
from (
    select
        lookup_id,
        (array_agg(person_id order by position) filter (where not of_album))[1] as person_id,
        (array_agg(how order by position) filter (where not of_album))[1] as how,
        array_agg(distinct person_id order by person_id) filter (where not of_album) as artist_ids,
        string_agg(name, ', ' order by position) filter (where not of_album) as credit,
        (array_agg(person_id order by position) filter (where of_album))[1] as album_person_id
    from resolving_name
    group by lookup_id
) as named
where resolving.lookup_id = named.lookup_id

-- name: announce_persons
-- Whom the pairs of a whole work list brought, before their lookups are resolved.
-- needs: create_resolving create_wanted_persons
insert into announced_person (person_id, export_id)
select distinct person_id, %(export_id)s::bigint from wanted_person where is_new

-- name: delete_new_persons
-- Whom the batch created and then did not need: a guest of a track, or an artist of a release, that was there before and
-- is told otherwise. Nearly everybody stands on what is new, which the temp tables know.
-- needs: create_resolving create_wanted_persons create_wanted_releases create_wanted_tracks
delete from person
where id in (
    select person_id from wanted_person where is_new
    except
    select named.person_id
    from wanted_track
    join resolving_name as named on named.lookup_id = wanted_track.lookup_id
    where wanted_track.how = 'new' and not named.of_album
    except
    select named.person_id
    from wanted_release
    join resolving_name as named on named.lookup_id = wanted_release.lookup_id
    where wanted_release.how = 'new' and not wanted_release.various and named.of_album
)
    and not exists (select from track_contribution where track_contribution.person_id = person.id)
    and not exists (select from release_contribution where release_contribution.person_id = person.id)
    and not exists (select from release where release.artist_id = person.id)
    and not exists (select from track_lookup where track_lookup.person_id = person.id)
    and not exists (select from book_contribution where book_contribution.person_id = person.id)
    and not exists (select from file_contribution where file_contribution.person_id = person.id)

-- name: delete_announced_persons
-- Of whom the pairs brought, those whom no lookup needed now that all are resolved.
with announced as (
    delete from announced_person where export_id is not distinct from %(export_id)s returning person_id
)
delete from person
where id in (select person_id from announced)
    and not exists (select from track_contribution where track_contribution.person_id = person.id)
    and not exists (select from release_contribution where release_contribution.person_id = person.id)
    and not exists (select from release where release.artist_id = person.id)
    and not exists (select from release_alias where release_alias.artist_id = person.id)
    and not exists (select from track_lookup where track_lookup.person_id = person.id)
    and not exists (select from book_contribution where book_contribution.person_id = person.id)
    and not exists (select from file_contribution where file_contribution.person_id = person.id)
