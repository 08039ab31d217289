-- Releases that a scan's files name: found by rules that also know editions and folders, else created.
-- Used by scannerd/library/music/releases.py, under the catalogue's lock.

-- name: list_release_candidates
-- For each release wanted, those it may be, the surest first: by MBID, one that files of this folder hold, by title and
-- artist or an alias of those, by these and the edition.
with wanted as (
    select *
    from unnest(
        %(mbids)s::uuid[], %(identities)s::bytea[], %(dated)s::bytea[], %(root_ids)s::int[], %(folders)s::bytea[],
        %(keys)s::text[], %(artist_ids)s::bigint[], %(guessed)s::boolean[]
    ) with ordinality as said (
        mbid, identity_key, dated_key, root_id, folder, match_key, artist_id, owner_is_guessed, n
    )
), found as (
    select wanted.n, 1 as surety, release.id
    from wanted
    join release
        on release.catalogue_id = %(catalogue_id)s
        and release.mbid = wanted.mbid
        and release.mbid_source = 'verified'
    union
    select wanted.n, 1, release_mbid.release_id
    from wanted
    join release_mbid on release_mbid.catalogue_id = %(catalogue_id)s and release_mbid.mbid = wanted.mbid
    union
    select wanted.n, 2, release.id
    from wanted
    cross join lateral (
        select distinct track.release_id
        from media_file
        cross join lateral (select release_id from track where id = media_file.track_id offset 0) as track
        where media_file.root_id = wanted.root_id and media_file.folder = wanted.folder
        offset 0
    ) as held
    join release on release.id = held.release_id and release.catalogue_id = %(catalogue_id)s
    where release.match_key = wanted.match_key
        and (release.artist_id is not distinct from wanted.artist_id or (wanted.owner_is_guessed and release.is_compilation))
    union
    select wanted.n, 3, release.id
    from wanted
    join release on release.catalogue_id = %(catalogue_id)s and release.identity_key = wanted.identity_key
    union
    select wanted.n, 3, release_alias.release_id
    from wanted
    join release_alias
        on release_alias.catalogue_id = %(catalogue_id)s and release_alias.identity_key = wanted.identity_key
    union
    select wanted.n, 4, release.id
    from wanted
    join release on release.catalogue_id = %(catalogue_id)s and release.identity_key = wanted.dated_key
)
select
    found.n,
    found.surety,
    release.id,
    case when release.mbid_source = 'verified' then release.mbid end,
    release.edition,
    release.identity_key,
    release.title_is_provisional
from found
join release on release.id = found.id
order by found.n, found.surety, release.id

-- name: withdraw_guessed_releases_of_files
-- A guess that a file's verified id contradicts is taken back.
update release
set mbid = null, mbid_source = null
where catalogue_id = %(catalogue_id)s and mbid = any(%(mbids)s::uuid[]) and mbid_source = 'lastfm'

-- name: fill_scanned_releases
-- What files add to releases we have: ids and edition fill gaps, and a release known only by its MBID gets its title.
update release
set
    mbid = case when release.mbid_source = 'verified' then release.mbid else coalesce(told.mbid, release.mbid) end,
    mbid_source = case when told.mbid is not null then 'verified' else release.mbid_source end,
    release_group_mbid = coalesce(release.release_group_mbid, told.release_group_mbid),
    edition = coalesce(release.edition, told.edition),
    title = case when release.title_is_provisional then told.title else release.title end,
    match_key = case when release.title_is_provisional then told.match_key else release.match_key end,
    artist_id = case when release.title_is_provisional then told.artist_id else release.artist_id end,
    is_compilation = case
        when release.title_is_provisional then told.artist_id is null else release.is_compilation
    end,
    identity_key = case
        when release.title_is_provisional and not exists (
            select from release as taken
            where taken.catalogue_id = release.catalogue_id and taken.identity_key = told.identity_key
        ) then told.identity_key
        else release.identity_key
    end,
    title_is_provisional = false
from (
    select distinct on (id) *
    from unnest(
        %(ids)s::bigint[], %(mbids)s::uuid[], %(group_mbids)s::uuid[], %(editions)s::text[], %(titles)s::text[],
        %(keys)s::text[], %(artist_ids)s::bigint[], %(identities)s::bytea[]
    ) as said (id, mbid, release_group_mbid, edition, title, match_key, artist_id, identity_key)
    order by id, mbid, edition
) as told
where release.id = told.id
    and (
        release.title_is_provisional
        or (told.mbid is not null and release.mbid_source is distinct from 'verified')
        or (told.release_group_mbid is not null and release.release_group_mbid is null)
        or (told.edition is not null and release.edition is null)
    )

-- name: insert_scanned_releases
-- What nobody knows yet, sorted, so that two scans lock in one order.
insert into release (
    catalogue_id, title, match_key, artist_id, identity_key, mbid, mbid_source, release_group_mbid, is_compilation, edition
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
    artist_id is null,
    edition
from unnest(
    %(titles)s::text[], %(keys)s::text[], %(artist_ids)s::bigint[], %(identities)s::bytea[], %(mbids)s::uuid[],
    %(group_mbids)s::uuid[], %(editions)s::text[]
) as said (title, match_key, artist_id, identity_key, mbid, release_group_mbid, edition)
order by identity_key
returning identity_key, id

-- name: insert_scanned_release_contributions
-- Whose the new releases are, in order, as printed.
insert into release_contribution (release_id, person_id, role, position, credited_as, source)
select release_id, person_id, 'artist', position, credited_as, 'file'
from unnest(
    %(release_ids)s::bigint[], %(person_ids)s::bigint[], %(positions)s::smallint[], %(names)s::text[]
) as said (release_id, person_id, position, credited_as)
on conflict (release_id, person_id, role) do nothing
