-- Tracks that files hold: which one each is. Used by scannerd/library/music/tracks.py.

-- name: list_track_candidates
-- For each file of a batch the tracks it may hold: by its place, by what a listen finds it by (alias included), by the
-- recording on that release, and the track it held so far. With each the present file whose tags count. OFFSET 0 keeps
-- to the indexes: during a first scan the planner takes the tables for small, and would read them whole for each batch.
with wanted as (
    select *
    from unnest(
        %(place_keys)s::bytea[], %(identity_keys)s::bytea[], %(recordings)s::uuid[], %(releases)s::bigint[],
        %(file_ids)s::bigint[]
    ) with ordinality as said (place_key, identity_key, recording_mbid, release_id, file_id, n)
), found as (
    select wanted.n, 'place' as how, track.id
    from wanted
    cross join lateral (
        select id from track where catalogue_id = %(catalogue_id)s and place_key = wanted.place_key offset 0
    ) as track
    union all
    select wanted.n, 'identity', track.id
    from wanted
    cross join lateral (
        select id from track where catalogue_id = %(catalogue_id)s and identity_key = wanted.identity_key offset 0
    ) as track
    union all
    select wanted.n, 'alias', track_alias.track_id
    from wanted
    join track_alias
        on track_alias.catalogue_id = %(catalogue_id)s
        and track_alias.identity_key in (wanted.identity_key, wanted.place_key)
    union all
    select wanted.n, 'recording', track.id
    from wanted
    cross join lateral (
        select id, recording_mbid
        from track
        where release_id = wanted.release_id and place_key is null and mbid_source = 'verified'
        offset 0
    ) as track
    where track.recording_mbid = wanted.recording_mbid
    union all
    select wanted.n, 'held', held.track_id
    from wanted
    cross join lateral (
        select track_id from media_file where id = wanted.file_id and track_id is not null offset 0
    ) as held
)
select
    found.n,
    found.how,
    track.id,
    track.place_key is not null,
    track.release_id,
    track.disc,
    track.position,
    track.match_key,
    track.artist_ids,
    track.duration_ms,
    track.recording_mbid,
    track.track_mbid,
    prime.id,
    (
        select count(*) from media_file
        where media_file.track_id = track.id
            and media_file.state = 'present'
            and media_file.id is distinct from wanted.file_id
    )
from found
join wanted on wanted.n = found.n
cross join lateral (select * from track where id = found.id offset 0) as track
left join lateral (
    select id from media_file where track_id = found.id and is_primary and state = 'present' offset 0
) as prime on true
order by found.n, found.how, track.id

-- name: take_track_ids
-- Numbers for tracks that are going to be written.
with numbers as materialized (select pg_get_serial_sequence('track', 'id')::regclass as sequence)
select nextval(numbers.sequence) from numbers, generate_series(1, %(count)s)
