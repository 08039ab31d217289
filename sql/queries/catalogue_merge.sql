-- What leaves the catalogue, and what takes its place. Used by scannerd/catalogue/leaving.py, in this order.
-- Three temp tables say which persons, releases and tracks leave, and into which other one; into none means deleted. The
-- identities of whatever named them are worked out first, then what became equal is merged too, then all of it is written.

-- name: find_catalogues
-- In which catalogue persons, releases or tracks are; no row for one that is not there.
select id, catalogue_id
from (
    select 'person' as kind, id, catalogue_id from person
    union all
    select 'release', id, catalogue_id from release
    union all
    select 'track', id, catalogue_id from track
) as named
where kind = %(kind)s and id = any(%(ids)s)

-- name: create_leaving
-- Who and what leaves, and into what.
create temp table leaving_person (id bigint primary key, into_id bigint) on commit drop;
create temp table leaving_release (id bigint primary key, into_id bigint) on commit drop;
create temp table leaving_track (id bigint primary key, into_id bigint) on commit drop

-- name: insert_leaving_person
-- A person leaves.
-- needs: create_leaving
insert into leaving_person (id, into_id) values (%(id)s, %(into_id)s)

-- name: insert_leaving_release
-- A release leaves.
-- needs: create_leaving
insert into leaving_release (id, into_id) values (%(id)s, %(into_id)s)

-- name: insert_leaving_track
-- A track leaves.
-- needs: create_leaving
insert into leaving_track (id, into_id) values (%(id)s, %(into_id)s)

-- name: create_changing_releases
-- The releases of a person who becomes another, and the aliases that name them, with the identity they get.
-- needs: create_leaving
create temp table changing_release on commit drop as
select
    release.id as release_id,
    true as is_own,
    release.title as alias,
    release.match_key,
    'merge'::text as source,
    leaving.into_id as artist_id,
    release.identity_key as old_key,
    case
        when release.identity_key = set_identity('title', release.match_key, release.artist_id::text)
            then set_identity('title', release.match_key, leaving.into_id::text)
        else release.identity_key -- of its MBID
    end as identity_key
from leaving_person as leaving
join release on release.artist_id = leaving.id
where leaving.into_id is not null
union all
select
    alias.release_id,
    false,
    alias.alias,
    alias.match_key,
    alias.source,
    leaving.into_id,
    alias.identity_key,
    set_identity('title', alias.match_key, leaving.into_id::text)
from leaving_person as leaving
join release_alias as alias on alias.artist_id = leaving.id
where leaving.into_id is not null;
analyze changing_release

-- name: find_equal_releases
-- Releases that become equal leave into one of them, rather one that was so before. What an earlier merge left counts as
-- much as its own name; an alias that a source told does not.
-- needs: create_leaving create_changing_releases
with recursive told as (
    select identity_key, release_id from changing_release where is_own or source = 'merge'
    union
    select release.identity_key, release.id
    from changing_release
    join release
        on release.catalogue_id = %(catalogue_id)s and release.identity_key = changing_release.identity_key
    union
    select alias.identity_key, alias.release_id
    from changing_release
    join release_alias as alias
        on alias.catalogue_id = %(catalogue_id)s and alias.identity_key = changing_release.identity_key
    where alias.source = 'merge'
), equal (release_id, other_id) as (
    select one.release_id, other.release_id
    from told as one
    join told as other on other.identity_key = one.identity_key
    union
    select equal.release_id, other.release_id
    from equal
    join told as one on one.release_id = equal.other_id
    join told as other on other.identity_key = one.identity_key
)
insert into leaving_release (id, into_id)
select release_id, into_id
from (
    select
        equal.release_id,
        (array_agg(equal.other_id order by changing.release_id is not null, equal.other_id))[1] as into_id
    from equal
    left join changing_release as changing on changing.is_own and changing.release_id = equal.other_id
    group by equal.release_id
) as chosen
where into_id <> release_id

-- name: create_changing_tracks
-- The tracks of leaving persons and releases, and the aliases that name them, with the identity they get.
-- needs: create_leaving
create temp table changing_track on commit drop as
with named as (
    select
        track.id as track_id,
        true as is_own,
        track.title as alias,
        track.match_key,
        'merge'::text as source,
        track.release_id,
        track.artist_ids,
        track.identity_key as old_key
    from (
        select track_id as id from track_contribution where person_id in (select id from leaving_person)
        union
        select id from track where release_id in (select id from leaving_release)
    ) as concerned
    join track on track.id = concerned.id
    union all
    select
        alias.track_id,
        false,
        alias.alias,
        alias.match_key,
        alias.source,
        alias.release_id,
        alias.artist_ids,
        alias.identity_key
    from (
        select catalogue_id, identity_key from track_alias where artist_ids && array(select id from leaving_person)
        union
        select catalogue_id, identity_key from track_alias where release_id in (select id from leaving_release)
    ) as concerned
    join track_alias as alias
        on alias.catalogue_id = concerned.catalogue_id and alias.identity_key = concerned.identity_key
), renamed as (
    select
        named.track_id,
        named.is_own,
        named.alias,
        named.match_key,
        named.source,
        coalesce(release.into_id, named.release_id) as release_id,
        array(
            select distinct coalesce(person.into_id, artist_id)
            from unnest(named.artist_ids) as artist_id
            left join leaving_person as person on person.id = artist_id
            where person.id is null or person.into_id is not null
            order by 1
        ) as artist_ids,
        named.old_key,
        named.release_id as old_release_id,
        array_to_string(named.artist_ids, ',') as old_artists
    from named
    left join leaving_release as release on release.id = named.release_id
    where (release.id is null or release.into_id is not null)
        and named.track_id not in (select id from leaving_track where into_id is null)
)
select
    renamed.*,
    case
        -- One of several tracks of that name on a release, told apart by its place: nothing about it becomes equal.
        when is_own and old_key <> set_identity('track', old_release_id::text, old_artists, match_key) then old_key
        else set_identity('track', release_id::text, array_to_string(artist_ids, ','), match_key)
    end as identity_key
from renamed;
analyze changing_track

-- name: find_equal_tracks
-- Tracks that become equal leave into one of them, by the same rule as releases.
-- needs: create_leaving create_changing_tracks
with recursive told as (
    select identity_key, track_id from changing_track where is_own or source = 'merge'
    union
    select track.identity_key, track.id
    from changing_track
    join track on track.catalogue_id = %(catalogue_id)s and track.identity_key = changing_track.identity_key
    union
    select alias.identity_key, alias.track_id
    from changing_track
    join track_alias as alias
        on alias.catalogue_id = %(catalogue_id)s and alias.identity_key = changing_track.identity_key
    where alias.source = 'merge' and alias.track_id not in (select id from leaving_track)
), equal (track_id, other_id) as (
    select one.track_id, other.track_id
    from told as one
    join told as other on other.identity_key = one.identity_key
    union
    select equal.track_id, other.track_id
    from equal
    join told as one on one.track_id = equal.other_id
    join told as other on other.identity_key = one.identity_key
)
insert into leaving_track (id, into_id)
select track_id, into_id
from (
    select
        equal.track_id,
        (array_agg(equal.other_id order by changing.track_id is not null, equal.other_id))[1] as into_id
    from equal
    left join changing_track as changing on changing.is_own and changing.track_id = equal.other_id
    group by equal.track_id
) as chosen
where into_id <> track_id

-- name: create_left
-- What the merged know, under the identity they would have had: their winners' gaps are filled from it.
-- needs: create_leaving create_changing_releases create_changing_tracks
create temp table left_person on commit drop as
select leaving.into_id, person.*
from leaving_person as leaving
join person on person.id = leaving.id
where leaving.into_id is not null;
create temp table left_release on commit drop as
select
    leaving.into_id,
    release.id,
    release.title,
    release.match_key,
    coalesce(changing.artist_id, release.artist_id) as artist_id,
    coalesce(changing.identity_key, release.identity_key) as identity_key,
    release.mbid,
    release.mbid_source,
    release.release_group_mbid,
    release.year,
    release.year_source,
    release.is_compilation,
    release.title_is_provisional
from leaving_release as leaving
join release on release.id = leaving.id
left join changing_release as changing on changing.is_own and changing.release_id = release.id
where leaving.into_id is not null;
create temp table left_track on commit drop as
select
    leaving.into_id,
    track.id,
    track.title,
    track.match_key,
    coalesce(changing.release_id, track.release_id) as release_id,
    coalesce(changing.artist_ids, track.artist_ids) as artist_ids,
    coalesce(changing.identity_key, track.identity_key) as identity_key,
    track.disc,
    track.position,
    track.duration_ms,
    track.recording_mbid,
    track.mbid_source,
    track.isrc,
    track.year,
    track.year_source,
    track.place_key,
    track.track_mbid
from leaving_track as leaving
join track on track.id = leaving.id
left join changing_track as changing on changing.is_own and changing.track_id = track.id
where leaving.into_id is not null

-- name: create_touched_lookups
-- The lookups whose artist may change, and with it which listens can be the same plays as theirs.
-- needs: create_leaving
create temp table touched_lookup on commit drop as
select id from track_lookup where person_id in (select id from leaving_person)
union
select id from track_lookup where track_id in (select id from leaving_track where into_id is not null)

-- name: drop_second_contributions
-- Two who become one stand once on a track for each thing they did: at the better of their places; an artist is no guest.
-- needs: create_leaving
delete from track_contribution
using (
    select
        contribution.track_id,
        contribution.person_id,
        contribution.role,
        row_number() over (
            partition by
                contribution.track_id,
                coalesce(leaving.into_id, contribution.person_id),
                case when contribution.role = 'featured' then 'artist' else contribution.role end
            order by contribution.position, contribution.role, leaving.id nulls first
        ) as place
    from track_contribution as contribution
    left join leaving_person as leaving on leaving.id = contribution.person_id
    where contribution.track_id in (
        select track_id
        from track_contribution
        where person_id in (select id from leaving_person where into_id is not null)
    )
        and coalesce(leaving.into_id, contribution.person_id) in (select into_id from leaving_person)
) as ranked
where track_contribution.track_id = ranked.track_id
    and track_contribution.person_id = ranked.person_id
    and track_contribution.role = ranked.role
    and ranked.place > 1

-- name: move_contributions
-- What somebody played is now played by whom they became.
-- needs: create_leaving
update track_contribution
set person_id = leaving.into_id
from leaving_person as leaving
where track_contribution.person_id = leaving.id and leaving.into_id is not null

-- name: drop_second_release_contributions
-- The same for releases.
-- needs: create_leaving
delete from release_contribution
using (
    select
        contribution.release_id,
        contribution.person_id,
        contribution.role,
        row_number() over (
            partition by contribution.release_id, coalesce(leaving.into_id, contribution.person_id), contribution.role
            order by contribution.position, leaving.id nulls first
        ) as place
    from release_contribution as contribution
    left join leaving_person as leaving on leaving.id = contribution.person_id
    where contribution.release_id in (
        select release_id
        from release_contribution
        where person_id in (select id from leaving_person where into_id is not null)
    )
        and coalesce(leaving.into_id, contribution.person_id) in (select into_id from leaving_person)
) as ranked
where release_contribution.release_id = ranked.release_id
    and release_contribution.person_id = ranked.person_id
    and release_contribution.role = ranked.role
    and ranked.place > 1

-- name: move_release_contributions
-- The same for releases.
-- needs: create_leaving
update release_contribution
set person_id = leaving.into_id
from leaving_person as leaving
where release_contribution.person_id = leaving.id and leaving.into_id is not null

-- name: attach_release_contributions
-- The artists of a merged release stand behind those of the release it became.
-- needs: create_leaving
insert into release_contribution (release_id, person_id, role, position, credited_as, source)
select
    leaving.into_id,
    contribution.person_id,
    contribution.role,
    coalesce(winner.last, -1) + row_number() over (partition by leaving.into_id order by leaving.id, contribution.position),
    contribution.credited_as,
    contribution.source
from leaving_release as leaving
join release_contribution as contribution on contribution.release_id = leaving.id
cross join lateral (
    select max(own.position) as last from release_contribution as own where own.release_id = leaving.into_id
) as winner
where leaving.into_id is not null
on conflict (release_id, person_id, role) do nothing

-- name: drop_second_book_contributions
-- The same for books: once for each part in it, at the better of their places.
-- needs: create_leaving
delete from book_contribution
using (
    select
        contribution.book_id,
        contribution.person_id,
        contribution.role,
        row_number() over (
            partition by contribution.book_id, coalesce(leaving.into_id, contribution.person_id), contribution.role
            order by contribution.position, leaving.id nulls first
        ) as place
    from book_contribution as contribution
    left join leaving_person as leaving on leaving.id = contribution.person_id
    where contribution.book_id in (
        select book_id
        from book_contribution
        where person_id in (select id from leaving_person where into_id is not null)
    )
        and coalesce(leaving.into_id, contribution.person_id) in (select into_id from leaving_person)
) as ranked
where book_contribution.book_id = ranked.book_id
    and book_contribution.person_id = ranked.person_id
    and book_contribution.role = ranked.role
    and ranked.place > 1

-- name: move_book_contributions
-- What somebody wrote or read is now by whom they became.
-- needs: create_leaving
update book_contribution
set person_id = leaving.into_id
from leaving_person as leaving
where book_contribution.person_id = leaving.id and leaving.into_id is not null

-- name: drop_second_file_contributions
-- The same for single files of books.
-- needs: create_leaving
delete from file_contribution
using (
    select
        contribution.file_id,
        contribution.person_id,
        contribution.role,
        row_number() over (
            partition by contribution.file_id, coalesce(leaving.into_id, contribution.person_id), contribution.role
            order by contribution.position, leaving.id nulls first
        ) as place
    from file_contribution as contribution
    left join leaving_person as leaving on leaving.id = contribution.person_id
    where contribution.file_id in (
        select file_id
        from file_contribution
        where person_id in (select id from leaving_person where into_id is not null)
    )
        and coalesce(leaving.into_id, contribution.person_id) in (select into_id from leaving_person)
) as ranked
where file_contribution.file_id = ranked.file_id
    and file_contribution.person_id = ranked.person_id
    and file_contribution.role = ranked.role
    and ranked.place > 1

-- name: move_file_contributions
-- The same for single files of books.
-- needs: create_leaving
update file_contribution
set person_id = leaving.into_id
from leaving_person as leaving
where file_contribution.person_id = leaving.id and leaving.into_id is not null

-- name: repoint_lookups
-- Lookups point to what took the place of what they pointed to, or to nothing; never does a listen go.
-- needs: create_leaving
update track_lookup
set track_id = anew.track_id, release_id = anew.release_id, person_id = anew.person_id
from (
    select
        lookup.id,
        case when track.id is null then lookup.track_id else track.into_id end as track_id,
        case
            when winner.id is not null then coalesce(release_of_winner.into_id, winner.release_id)
            when release.id is not null then release.into_id
            else lookup.release_id
        end as release_id,
        case
            when winner.id is not null then first.person_id
            when person.id is null then lookup.person_id
            when person.into_id is not null or track.id is not null then person.into_id
            else first.person_id -- a guest's lookup: the track stays, and with it its first artist
        end as person_id
    from (
        select id from track_lookup where track_id in (select id from leaving_track)
        union
        select id from track_lookup where release_id in (select id from leaving_release)
        union
        select id from track_lookup where person_id in (select id from leaving_person)
    ) as concerned
    join track_lookup as lookup on lookup.id = concerned.id
    left join leaving_track as track on track.id = lookup.track_id
    left join leaving_release as release on release.id = lookup.release_id
    left join leaving_person as person on person.id = lookup.person_id
    left join track as winner on winner.id = track.into_id
    left join leaving_release as release_of_winner on release_of_winner.id = winner.release_id
    left join lateral (
        select contribution.person_id
        from track_contribution as contribution
        where contribution.track_id = coalesce(winner.id, lookup.track_id)
            and contribution.person_id not in (select id from leaving_person)
        order by contribution.position
        limit 1
    ) as first on true
) as anew
where track_lookup.id = anew.id

-- name: drop_changing_track_aliases
-- Aliases whose identity changes are written again under the new one.
-- needs: create_leaving create_changing_tracks
delete from track_alias
using changing_track as changing
where not changing.is_own
    and track_alias.catalogue_id = %(catalogue_id)s
    and track_alias.identity_key = changing.old_key

-- name: move_track_aliases
-- The aliases of a merged track find the track it became.
-- needs: create_leaving
update track_alias
set track_id = leaving.into_id
from leaving_track as leaving
where track_alias.track_id = leaving.id and leaving.into_id is not null

-- name: yield_primary_files
-- A track that another becomes keeps the file whose tags count; if it has none, one of the others gives it one.
-- needs: create_leaving
update media_file
set is_primary = false
from (
    select file.id, row_number() over (
        partition by coalesce(leaving.into_id, file.track_id) order by leaving.id nulls first, file.id
    ) as place
    from media_file as file
    left join leaving_track as leaving on leaving.id = file.track_id
    where file.is_primary
        and (leaving.into_id is not null or file.track_id in (select into_id from leaving_track))
) as ranked
where media_file.id = ranked.id and ranked.place > 1

-- name: move_files_of_merged_tracks
-- The files of a merged track are files of the track it became.
-- needs: create_leaving
update media_file
set track_id = leaving.into_id
from leaving_track as leaving
where media_file.track_id = leaving.id and leaving.into_id is not null

-- name: release_files_of_deleted_tracks
-- The files of a deleted track lie where they lie: the next scan reads them again.
-- needs: create_leaving
update media_file
set track_id = null, is_primary = false, parsed_by = null
from leaving_track as leaving
where media_file.track_id = leaving.id and leaving.into_id is null

-- name: move_labels_of_merged_tracks
-- The genres and tags of a merged track are those of a track that had none.
-- needs: create_leaving
with new_genres as (
    insert into track_genre (track_id, genre_id, position, source)
    select leaving.into_id, label.genre_id, min(label.position), min(label.source)
    from leaving_track as leaving
    join track_genre as label on label.track_id = leaving.id
    where leaving.into_id is not null
        and not exists (select from track_genre as own where own.track_id = leaving.into_id)
    group by leaving.into_id, label.genre_id
)
insert into track_tag (track_id, tag_id, position, source)
select leaving.into_id, label.tag_id, min(label.position), min(label.source)
from leaving_track as leaving
join track_tag as label on label.track_id = leaving.id
where leaving.into_id is not null
    and not exists (select from track_tag as own where own.track_id = leaving.into_id)
group by leaving.into_id, label.tag_id

-- name: delete_leaving_tracks
-- Merged and deleted tracks go, before others take their identities.
-- needs: create_leaving
delete from track using leaving_track as leaving where track.id = leaving.id

-- name: change_tracks
-- The tracks that stay get the release, the artists and the identity they have now.
-- needs: create_leaving create_changing_tracks
update track
set release_id = changing.release_id, artist_ids = changing.artist_ids, identity_key = changing.identity_key
from changing_track as changing
where changing.is_own and track.id = changing.track_id

-- name: fill_merged_tracks
-- What merged tracks knew fills the gaps of what they became; a verified recording replaces a guess.
-- needs: create_leaving create_changing_releases create_changing_tracks create_left
update track
set
    recording_mbid = case
        when track.mbid_source is distinct from 'verified' and gap.verified is not null then gap.verified
        else coalesce(track.recording_mbid, gap.guessed)
    end,
    mbid_source = case
        when gap.verified is not null then 'verified'
        when track.recording_mbid is null and gap.guessed is not null then 'lastfm'
        else track.mbid_source
    end,
    isrc = coalesce(track.isrc, gap.isrc),
    duration_ms = coalesce(track.duration_ms, gap.duration_ms),
    disc = case when track.position is null then coalesce(track.disc, gap.disc) else track.disc end,
    position = coalesce(track.position, gap.position),
    year = coalesce(track.year, gap.year),
    year_source = case when track.year is null then gap.year_source else track.year_source end,
    place_key = coalesce(track.place_key, gap.place_key),
    track_mbid = case when track.place_key is null then gap.track_mbid else track.track_mbid end
from (
    select
        merged.into_id,
        (array_agg(merged.place_key order by merged.id) filter (where merged.place_key is not null))[1] as place_key,
        (array_agg(merged.track_mbid order by merged.id) filter (where merged.place_key is not null))[1] as track_mbid,
        (array_agg(merged.recording_mbid order by merged.id) filter (where merged.mbid_source = 'verified'))[1] as verified,
        (array_agg(merged.recording_mbid order by merged.id) filter (where merged.mbid_source = 'lastfm'))[1] as guessed,
        (array_agg(merged.isrc order by merged.id) filter (where merged.isrc is not null))[1] as isrc,
        (array_agg(merged.duration_ms order by merged.id) filter (where merged.duration_ms is not null))[1] as duration_ms,
        (array_agg(merged.disc order by merged.id) filter (where merged.position is not null and is_at_home))[1] as disc,
        (array_agg(merged.position order by merged.id) filter (where merged.position is not null and is_at_home))[1] as position,
        (array_agg(merged.year order by merged.id) filter (where merged.year is not null))[1] as year,
        (array_agg(merged.year_source order by merged.id) filter (where merged.year is not null))[1] as year_source
    from left_track as merged
    join track as winner on winner.id = merged.into_id
    cross join lateral (select merged.release_id = winner.release_id as is_at_home) as place
    group by merged.into_id
) as gap
where track.id = gap.into_id

-- name: drop_shadowed_track_aliases
-- What is now a track's own identity is nobody's alias.
-- needs: create_leaving create_changing_tracks
delete from track_alias
using changing_track as changing
where track_alias.catalogue_id = %(catalogue_id)s
    and track_alias.identity_key = changing.identity_key
    and exists (
        select from track where track.catalogue_id = %(catalogue_id)s and track.identity_key = changing.identity_key
    )

-- name: insert_merged_track_aliases
-- Merged tracks are found by what they were called, changed aliases under their new identity.
-- needs: create_leaving create_changing_releases create_changing_tracks create_left
insert into track_alias (catalogue_id, track_id, alias, match_key, release_id, artist_ids, identity_key, source)
select distinct on (identity_key) %(catalogue_id)s, track_id, alias, match_key, release_id, artist_ids, identity_key, source
from (
    select into_id as track_id, title as alias, match_key, release_id, artist_ids, identity_key, 'merge' as source
    from left_track
    union all
    select into_id, title, match_key, release_id, artist_ids, place_key, 'merge' -- what a file finds it by
    from left_track
    where place_key is not null
    union all
    select
        coalesce(leaving.into_id, changing.track_id),
        changing.alias,
        changing.match_key,
        changing.release_id,
        changing.artist_ids,
        changing.identity_key,
        changing.source
    from changing_track as changing
    left join leaving_track as leaving on leaving.id = changing.track_id
    where not changing.is_own and changing.artist_ids <> '{}'
) as told
where not exists (
    select from track where track.catalogue_id = %(catalogue_id)s and track.identity_key = told.identity_key
)
order by identity_key, source <> 'merge', track_id
on conflict (catalogue_id, identity_key) do update
set track_id = excluded.track_id, source = excluded.source
where excluded.source = 'merge'

-- name: drop_changing_release_aliases
-- Aliases whose identity changes are written again under the new one.
-- needs: create_leaving create_changing_releases
delete from release_alias
using changing_release as changing
where not changing.is_own
    and release_alias.catalogue_id = %(catalogue_id)s
    and release_alias.identity_key = changing.old_key

-- name: move_release_aliases
-- The aliases of a merged release find the release it became.
-- needs: create_leaving
update release_alias
set release_id = leaving.into_id
from leaving_release as leaving
where release_alias.release_id = leaving.id and leaving.into_id is not null

-- name: move_release_mbids
-- So do its further MBIDs.
-- needs: create_leaving
update release_mbid
set release_id = leaving.into_id
from leaving_release as leaving
where release_mbid.release_id = leaving.id and leaving.into_id is not null

-- name: delete_leaving_releases
-- Merged and deleted releases go, before others take their identities.
-- needs: create_leaving
delete from release using leaving_release as leaving where release.id = leaving.id

-- name: change_releases
-- The releases that stay get the artist and the identity they have now.
-- needs: create_leaving create_changing_releases
update release
set artist_id = changing.artist_id, identity_key = changing.identity_key
from changing_release as changing
where changing.is_own and release.id = changing.release_id

-- name: title_merged_releases
-- A release known only by its MBID takes the title, the artist and with them the identity of one merged into it.
-- needs: create_leaving create_changing_releases create_changing_tracks create_left
update release
set
    title = titled.title,
    match_key = titled.match_key,
    artist_id = titled.artist_id,
    is_compilation = titled.is_compilation,
    title_is_provisional = false,
    identity_key = titled.identity_key
from (
    select distinct on (into_id) *
    from left_release
    where not title_is_provisional
    order by into_id, id
) as titled
where release.id = titled.into_id and release.title_is_provisional

-- name: fill_merged_releases
-- What merged releases knew fills the gaps of what they became; a verified MBID replaces a guess.
-- needs: create_leaving create_changing_releases create_changing_tracks create_left
update release
set
    mbid = case
        when release.mbid_source is distinct from 'verified' and gap.verified is not null then gap.verified
        else coalesce(release.mbid, gap.guessed)
    end,
    mbid_source = case
        when gap.verified is not null then 'verified'
        when release.mbid is null and gap.guessed is not null then 'lastfm'
        else release.mbid_source
    end,
    release_group_mbid = coalesce(release.release_group_mbid, gap.release_group_mbid),
    year = coalesce(release.year, gap.year),
    year_source = case when release.year is null then gap.year_source else release.year_source end
from (
    select
        into_id,
        (array_agg(mbid order by id) filter (where mbid_source = 'verified'))[1] as verified,
        (array_agg(mbid order by id) filter (where mbid_source = 'lastfm'))[1] as guessed,
        (array_agg(release_group_mbid order by id) filter (where release_group_mbid is not null))[1] as release_group_mbid,
        (array_agg(year order by id) filter (where year is not null))[1] as year,
        (array_agg(year_source order by id) filter (where year is not null))[1] as year_source
    from left_release
    group by into_id
) as gap
where release.id = gap.into_id

-- name: insert_release_mbids
-- A verified MBID that found no gap is kept beside it.
-- needs: create_leaving create_changing_releases create_changing_tracks create_left
insert into release_mbid (catalogue_id, mbid, release_id)
select %(catalogue_id)s, merged.mbid, release.id
from left_release as merged
join release on release.id = merged.into_id
where merged.mbid_source = 'verified' and merged.mbid <> release.mbid

-- name: drop_shadowed_release_aliases
-- What is now a release's own identity is nobody's alias.
-- needs: create_leaving create_changing_releases create_changing_tracks create_left
delete from release_alias
using (
    select identity_key from changing_release
    union
    select identity_key from left_release
) as changing
where release_alias.catalogue_id = %(catalogue_id)s
    and release_alias.identity_key = changing.identity_key
    and exists (
        select from release
        where release.catalogue_id = %(catalogue_id)s and release.identity_key = changing.identity_key
    )

-- name: insert_merged_release_aliases
-- Merged releases are found by what they were called, changed aliases under their new identity. One without a title of
-- its own needs no alias: only its MBID ever named it.
-- needs: create_leaving create_changing_releases create_changing_tracks create_left
insert into release_alias (catalogue_id, release_id, alias, match_key, artist_id, identity_key, source)
select distinct on (identity_key) %(catalogue_id)s, release_id, alias, match_key, artist_id, identity_key, source
from (
    select into_id as release_id, title as alias, match_key, artist_id, identity_key, 'merge' as source
    from left_release
    where identity_key
        = set_identity('title', match_key, case when is_compilation then 'various' else artist_id::text end)
    union all
    select
        coalesce(leaving.into_id, changing.release_id),
        changing.alias,
        changing.match_key,
        changing.artist_id,
        changing.identity_key,
        changing.source
    from changing_release as changing
    left join leaving_release as leaving on leaving.id = changing.release_id
    where not changing.is_own
) as told
where not exists (
    select from release where release.catalogue_id = %(catalogue_id)s and release.identity_key = told.identity_key
)
order by identity_key, source <> 'merge', release_id
on conflict (catalogue_id, identity_key) do update
set release_id = excluded.release_id, source = excluded.source
where excluded.source = 'merge'

-- name: move_person_aliases
-- Whoever became another is found under all their names; where the winner has that name already, it now resolves.
-- needs: create_leaving create_changing_releases create_changing_tracks create_left
insert into person_alias (catalogue_id, person_id, alias, match_key, source, resolves, answers_bare)
select
    alias.catalogue_id,
    person.into_id,
    alias.alias,
    alias.match_key,
    case when alias.source = 'name' then 'merge' else alias.source end,
    alias.resolves,
    alias.answers_bare or (
        alias.source <> 'merge' and alias.resolves and person.mbid_source is distinct from 'verified' and not person.set_apart
    )
from left_person as person
join person_alias as alias on alias.person_id = person.id
on conflict (person_id, match_key) do update
set
    source = case
        when excluded.source = 'merge' and not person_alias.is_primary then 'merge' else person_alias.source
    end,
    resolves = person_alias.resolves or excluded.resolves,
    answers_bare = person_alias.answers_bare or excluded.answers_bare

-- name: move_person_mbids
-- So are they by their further MBIDs.
-- needs: create_leaving
update person_mbid
set person_id = leaving.into_id
from leaving_person as leaving
where person_mbid.person_id = leaving.id and leaving.into_id is not null

-- name: delete_leaving_persons
-- Merged and deleted persons go.
-- needs: create_leaving
delete from person using leaving_person as leaving where person.id = leaving.id

-- name: fill_merged_persons
-- What was known of them fills the gaps of whom they became; a verified MBID replaces a guess. How our rule would sort
-- the name they had is no knowledge.
-- needs: create_leaving create_changing_releases create_changing_tracks create_left
update person
set
    sort_name = case when person.sort_name is null and is_stated then merged.sort_name else person.sort_name end,
    sort_name_source = case
        when person.sort_name is null and is_stated then merged.sort_name_source else person.sort_name_source
    end,
    mbid = case
        when person.mbid is null or (person.mbid_source = 'lastfm' and merged.mbid_source = 'verified') then merged.mbid
        else person.mbid
    end,
    mbid_source = case
        when person.mbid is null or (person.mbid_source = 'lastfm' and merged.mbid_source = 'verified')
            then merged.mbid_source
        else person.mbid_source
    end
from left_person as merged
cross join lateral (select merged.sort_name_source is distinct from 'rule' as is_stated) as sorting
where person.id = merged.into_id

-- name: insert_person_mbids
-- A verified MBID that found no gap is kept beside it.
-- needs: create_leaving create_changing_releases create_changing_tracks create_left
insert into person_mbid (catalogue_id, mbid, person_id)
select %(catalogue_id)s, merged.mbid, person.id
from left_person as merged
join person on person.id = merged.into_id
where merged.mbid_source = 'verified' and merged.mbid <> person.mbid

-- name: list_touched_lookups
-- The lookups whose same plays must be derived anew.
-- needs: create_leaving create_touched_lookups
select id from touched_lookup

-- name: list_touched_listeners
-- Whose listens they hold, sorted, so that two who merge lock in one order.
-- needs: create_leaving create_touched_lookups
select distinct listen.listener_id
from listen
where listen.lookup_id in (select id from touched_lookup)
order by listen.listener_id

-- name: count_leaving
-- What left besides the one that was asked for.
-- needs: create_leaving
select (select count(*) from leaving_release) as releases, (select count(*) from leaving_track) as tracks

-- name: drop_leaving
-- The work lists are done; another merge in this transaction makes its own.
-- needs: create_leaving create_changing_releases create_changing_tracks create_left create_touched_lookups
drop table
    leaving_person, leaving_release, leaving_track, changing_release, changing_track, left_person, left_release,
    left_track, touched_lookup
