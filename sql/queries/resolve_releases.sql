-- Releases of a batch: by MBID, then by title and primary artist, then created. No album means no release.
-- Used by scannerd/listens/resolve.py, after the persons.

-- name: keep_to_known_releases
-- A lookup whose verified MBID we have belongs to that release, and takes none with it that only shares its title.
-- needs: create_resolving
update resolving
set release_identity = known.identity_key
from (
    select mbid, identity_key
    from release
    where catalogue_id = %(catalogue_id)s and mbid_source = 'verified' and not title_is_provisional
    union all
    select release_mbid.mbid, release.identity_key
    from release_mbid
    join release on release.id = release_mbid.release_id
    where release_mbid.catalogue_id = %(catalogue_id)s and not release.title_is_provisional
) as known
where resolving.release_mbid = known.mbid and resolving.release_identity <> known.identity_key

-- name: agree_on_release_identities
-- Lookups of one release MBID are one release, whatever they call it: under the first title, in the order of batches.
-- needs: create_resolving
update resolving
set release_identity = agreed.release_identity
from (
    select distinct on (release_mbid) release_mbid, release_identity
    from resolving
    where release_mbid is not null
    order by release_mbid, album_key nulls last, lookup_id
) as agreed
where resolving.release_mbid = agreed.release_mbid and resolving.release_identity <> agreed.release_identity

-- name: create_wanted_releases
-- Each release of the batch once.
-- needs: create_resolving
create temp table wanted_release on commit drop as
select distinct on (release_identity)
    release_identity as identity_key,
    lookup_id,
    coalesce(album, title) as title,
    coalesce(album_key, title_key) as match_key,
    case when not various then album_person_id end as artist_id,
    various,
    album is null as is_provisional,
    release_mbid as mbid,
    release_group_mbid,
    null::bigint as release_id,
    null::text as how
from resolving
where release_identity is not null
order by release_identity, release_mbid is null, album is null, lookup_id;
analyze wanted_release

-- name: withdraw_guessed_releases
-- A guess that a verified id contradicts is taken back.
-- needs: create_resolving create_wanted_releases
update release
set mbid = null, mbid_source = null
from wanted_release as wanted
where release.catalogue_id = %(catalogue_id)s
    and release.mbid = wanted.mbid
    and release.mbid_source = 'lastfm'
    and release.identity_key <> wanted.identity_key

-- name: find_releases
-- By verified MBID, its own or that of one merged into it, else by title and primary artist, else by an alias of that pair.
-- needs: create_resolving create_wanted_releases
update wanted_release
set
    release_id = coalesce(by_mbid.id, by_further_mbid.release_id, by_title.id, by_alias.release_id),
    how = case
        when coalesce(by_mbid.id, by_further_mbid.release_id) is not null then 'by mbid'
        when by_title.id is not null then 'by title'
        else 'by alias'
    end
from wanted_release as wanted
left join release as by_mbid
    on by_mbid.catalogue_id = %(catalogue_id)s and by_mbid.mbid = wanted.mbid and by_mbid.mbid_source = 'verified'
left join release_mbid as by_further_mbid
    on by_further_mbid.catalogue_id = %(catalogue_id)s and by_further_mbid.mbid = wanted.mbid
left join release as by_title
    on by_title.catalogue_id = %(catalogue_id)s and by_title.identity_key = wanted.identity_key
left join release_alias as by_alias
    on by_alias.catalogue_id = %(catalogue_id)s and by_alias.identity_key = wanted.identity_key
where wanted_release.identity_key = wanted.identity_key
    and coalesce(by_mbid.id, by_further_mbid.release_id, by_title.id, by_alias.release_id) is not null

-- name: title_provisional_releases
-- A release that was known only by its MBID gets its title from the first source that tells it.
-- needs: create_resolving create_wanted_releases
update release
set
    title = wanted.title,
    match_key = wanted.match_key,
    artist_id = wanted.artist_id,
    is_compilation = wanted.various,
    title_is_provisional = false,
    identity_key = case
        when exists (
            select from release as taken
            where taken.catalogue_id = %(catalogue_id)s and taken.identity_key = wanted.identity_key
        ) then release.identity_key
        else wanted.identity_key
    end
from wanted_release as wanted
where release.id = wanted.release_id and release.title_is_provisional and not wanted.is_provisional

-- name: fill_releases
-- Verified ids fill gaps and replace guesses; they never overwrite a verified one.
-- needs: create_resolving create_wanted_releases
update release
set
    mbid = case when release.mbid_source is distinct from 'verified' then coalesce(wanted.mbid, release.mbid) else release.mbid end,
    mbid_source = case
        when release.mbid_source is distinct from 'verified' and wanted.mbid is not null then 'verified'
        else release.mbid_source
    end,
    release_group_mbid = coalesce(release.release_group_mbid, wanted.release_group_mbid)
from (
    select distinct on (release_id) release_id, mbid, release_group_mbid
    from wanted_release
    where release_id is not null and (mbid is not null or release_group_mbid is not null)
    order by release_id, mbid is null, lookup_id
) as wanted
where release.id = wanted.release_id
    and (
        (wanted.mbid is not null and release.mbid_source is distinct from 'verified')
        or (wanted.release_group_mbid is not null and release.release_group_mbid is null)
    )

-- name: insert_releases
-- What nobody knows yet, sorted, so that two scans lock in one order.
-- needs: create_resolving create_wanted_releases
with created as (
    insert into release (
        catalogue_id, title, match_key, artist_id, identity_key, mbid, mbid_source, release_group_mbid, is_compilation,
        title_is_provisional
    )
    select
        %(catalogue_id)s,
        title,
        match_key,
        artist_id,
        identity_key,
        mbid,
        case when mbid is not null then 'verified' end,
        release_group_mbid,
        various,
        is_provisional
    from wanted_release
    where release_id is null
    order by identity_key
    returning id, identity_key
)
update wanted_release
set release_id = created.id, how = 'new'
from created
where wanted_release.identity_key = created.identity_key

-- name: insert_release_contributions
-- Whose release it is: the album's artists where its source names them, else the primary artist of its first track.
-- needs: create_resolving create_wanted_releases
insert into release_contribution (release_id, person_id, role, position, credited_as, source)
select distinct on (wanted.release_id, named.person_id)
    wanted.release_id,
    named.person_id,
    'artist',
    named.position,
    named.name,
    'listens'
from wanted_release as wanted
join resolving_name as named on named.lookup_id = wanted.lookup_id
where wanted.how = 'new'
    and not wanted.various
    and (named.of_album or (named.position = 0 and not exists (
        select from resolving_name as owner where owner.lookup_id = wanted.lookup_id and owner.of_album
    )))
order by wanted.release_id, named.person_id, named.position

-- name: point_releases
-- Each lookup gets its release, and with it the identity of its track.
-- needs: create_resolving create_wanted_releases
update resolving
set
    release_id = placed.release_id,
    release_how = placed.how,
    track_identity = set_identity(
        'track', placed.release_id::text, array_to_string(resolving.artist_ids, ','), resolving.title_key
    )
from resolving as same
left join wanted_release as placed on placed.identity_key = same.release_identity
where resolving.lookup_id = same.lookup_id

-- name: fill_guessed_releases
-- A Last.fm id fills the MBID of a release that has none, if no other has it.
-- needs: create_resolving create_wanted_releases
update release
set mbid = guess.mbid, mbid_source = 'lastfm'
from (
    select distinct on (mbid) mbid, release_id
    from (
        select distinct on (release_id) release_id, guessed_release_mbid as mbid, count(*) as times
        from resolving
        where guessed_release_mbid is not null and release_id is not null
        group by release_id, guessed_release_mbid
        order by release_id, count(*) desc, guessed_release_mbid
    ) as most_told
    order by mbid, times desc, release_id
) as guess
where release.id = guess.release_id
    and release.mbid is null
    and not exists (
        select from release as holder where holder.catalogue_id = %(catalogue_id)s and holder.mbid = guess.mbid
    )
    and not exists (
        select from release_mbid as holder where holder.catalogue_id = %(catalogue_id)s and holder.mbid = guess.mbid
    )
