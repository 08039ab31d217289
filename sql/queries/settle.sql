-- What follows from a scan once its files are written. Used by scannerd/library/music/settle.py.

-- name: list_tracks_of_files
-- The tracks that files hold or held.
select distinct track_id from media_file where id = any(%(ids)s::bigint[]) and track_id is not null

-- name: list_companions
-- Where files of one folder are on several releases of one title, and some of these files were just read without an
-- album artist to go by: all files of that title there, to be read together.
with just_read as (
    select * from unnest(%(root_ids)s::int[], %(folders)s::bytea[], %(keys)s::text[]) as said (root_id, folder, match_key)
), placed as (
    select
        media_file.root_id, media_file.folder, media_file.name, media_file.id, release.id as release_id,
        release.match_key
    from just_read
    join media_file using (root_id, folder)
    join track on track.id = media_file.track_id
    join release on release.id = track.release_id and release.match_key = just_read.match_key
    where media_file.state = 'present'
)
select root_id, folder, name, id
from placed
where (root_id, folder, placed.match_key) in (
    select root_id, folder, match_key
    from placed
    group by root_id, folder, match_key
    having count(distinct release_id) > 1
)
order by root_id, folder, name

-- name: list_left_behind
-- Tracks that lost a file, or all of them, to a scan that did not come to its end.
select id
from track
where catalogue_id = %(catalogue_id)s
    and place_key is not null
    and not exists (select from media_file where media_file.track_id = track.id and media_file.is_primary)

-- name: list_held
-- Tracks whose tags a file of this library says.
select media_file.track_id
from media_file
join root on root.id = media_file.root_id
where root.library_id = %(library_id)s and media_file.is_primary

-- name: name_as_listened
-- Tracks that stood beside another of their name, and whose name is free by now: listens find them by it.
update track
set identity_key = free.identity_key
from (
    select distinct on (named.identity_key) beside.id, named.identity_key
    from track as beside
    cross join lateral (
        select set_identity(
            'track', beside.release_id::text, array_to_string(beside.artist_ids, ','), beside.match_key
        )
    ) as named (identity_key)
    where beside.catalogue_id = %(catalogue_id)s
        and beside.identity_key = beside.place_key
        and not exists (
            select from track as other
            where other.catalogue_id = %(catalogue_id)s and other.identity_key = named.identity_key
        )
        and not exists (
            select from track_alias
            where track_alias.catalogue_id = %(catalogue_id)s and track_alias.identity_key = named.identity_key
        )
    order by named.identity_key, beside.id
) as free
where track.id = free.id
returning track.id

-- name: keep_as_listened
-- Tracks that no file holds any more, missing ones included, but that somebody listened to.
update track
set place_key = null, track_mbid = null
where id = any(%(track_ids)s::bigint[])
    and place_key is not null
    and not exists (select from media_file where media_file.track_id = track.id)
    and exists (select from track_lookup where track_lookup.track_id = track.id)

-- name: delete_left_tracks
-- Tracks that no file holds any more and nobody listened to.
with gone as (
    delete from track
    where id = any(%(track_ids)s::bigint[])
        and not exists (select from media_file where media_file.track_id = track.id)
        and not exists (select from track_lookup where track_lookup.track_id = track.id)
    returning release_id
)
select distinct release_id from gone where release_id is not null

-- name: delete_left_releases
-- Releases without tracks and lookups.
delete from release
where id = any(%(release_ids)s::bigint[])
    and not exists (select from track where track.release_id = release.id)
    and not exists (select from track_lookup where track_lookup.release_id = release.id)

-- name: delete_all_left_releases
-- The same, wherever they are.
delete from release
where catalogue_id = %(catalogue_id)s
    and not exists (select from track where track.release_id = release.id)
    and not exists (select from track_lookup where track_lookup.release_id = release.id)

-- name: delete_left_persons
-- Persons that nothing is by, and of whom nobody ever said anything but their name.
delete from person
where person.catalogue_id = %(catalogue_id)s
    and not person.set_apart
    and not exists (select from track_contribution where track_contribution.person_id = person.id)
    and not exists (select from release_contribution where release_contribution.person_id = person.id)
    and not exists (select from release where release.artist_id = person.id)
    and not exists (select from release_alias where release_alias.artist_id = person.id)
    and not exists (select from track_lookup where track_lookup.person_id = person.id)
    and not exists (select from book_contribution where book_contribution.person_id = person.id)
    and not exists (select from file_contribution where file_contribution.person_id = person.id)
    and not exists (select from manual_value where entity = 'person' and entity_id = person.id)

-- name: delete_left_genres
-- Genres that no track and no book has.
delete from genre
where catalogue_id = %(catalogue_id)s
    and not exists (select from track_genre where track_genre.genre_id = genre.id)
    and not exists (select from book_genre where book_genre.genre_id = genre.id)
    and not exists (select from genre_alias where genre_alias.genre_id = genre.id)

-- name: delete_left_tags
-- Tags that no track and no book has.
delete from tag
where catalogue_id = %(catalogue_id)s
    and not exists (select from track_tag where track_tag.tag_id = tag.id)
    and not exists (select from book_tag where book_tag.tag_id = tag.id)
    and not exists (select from tag_alias where tag_alias.tag_id = tag.id)

-- name: delete_left_series
-- Series that no book belongs to.
delete from series
where catalogue_id = %(catalogue_id)s
    and not exists (select from book_series where book_series.series_id = series.id)
    and not exists (select from series_alias where series_alias.series_id = series.id)

-- name: date_releases
-- A release is of the year of its earliest track, where files say; another source's year stays.
update release
set year = told.year, year_source = case when told.year is not null then 'file' end
from (
    select track.release_id, min(track.year) as year
    from track
    where track.place_key is not null
        and track.release_id in (
            select release_id from track where id = any(%(track_ids)s::bigint[])
            union
            select unnest(%(release_ids)s::bigint[])
        )
    group by track.release_id
) as told
where release.id = told.release_id
    and (release.year_source is null or release.year_source = 'file')
    and release.year is distinct from told.year
    and not exists (
        select from manual_value
        where entity = 'release' and entity_id = release.id and field = 'year'
    )

-- name: create_pending_owned
-- Lookups whose track no file holds, but that name a track which a file now does: by the same artist and title, on a
-- release of that title or on none. The limit keeps their artists from being joined first, all with all: of a table that
-- was just filled the planner knows nothing.
create temp table pending as
select distinct lookup.id as lookup_id, 1::bigint as plays, 0::bigint as batch_no
from track as owned
join track as heard
    on heard.catalogue_id = owned.catalogue_id and heard.match_key = owned.match_key and heard.place_key is null
left join release on release.id = owned.release_id
left join release as heard_release on heard_release.id = heard.release_id
join track_lookup as lookup on lookup.track_id = heard.id
where owned.id = any(%(track_ids)s::bigint[])
    and owned.place_key is not null
    and (heard.release_id is null or heard_release.match_key = release.match_key)
    and (
        select true
        from track_contribution as ours
        join track_contribution as theirs on theirs.person_id = ours.person_id and theirs.position = 0
        where ours.track_id = owned.id and ours.position = 0 and theirs.track_id = heard.id
        limit 1
    )
