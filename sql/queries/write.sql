-- One track and all its relations, in one transaction. Used by scannerd/library/music/write.py, many in one pipeline.
-- Each relation is written as the difference: what left the tags goes, what is new or changed comes, the rest is not
-- touched. What a person set by hand stays, and a list that a file leaves empty takes away only what files said.

-- name: insert_track
-- A track that nobody knew, under the number it was given, with its file and all that belongs to it: nobody holds a
-- part of it yet, so one statement is enough, and is the whole transaction.
with new_track as (
    insert into track (
        id, catalogue_id, release_id, title, match_key, artist_ids, artist_credit, identity_key, place_key, disc,
        position, duration_ms, recording_mbid, mbid_source, track_mbid, isrc, year, year_source
    )
    overriding system value
    values (
        %(id)s, %(catalogue_id)s, %(release_id)s, %(title)s, %(match_key)s, %(artist_ids)s, %(artist_credit)s,
        %(identity_key)s, %(place_key)s, %(disc)s, %(position)s, %(duration_ms)s, %(recording_mbid)s::uuid,
        case when %(recording_mbid)s::uuid is not null then 'verified' end, %(track_mbid)s::uuid, %(isrc)s, %(year)s,
        case when %(year)s::smallint is not null then 'file' end
    )
), new_contributions as (
    insert into track_contribution (track_id, person_id, role, position, credited_as, detail, source)
    select %(id)s, person_id, role, position, credited_as, detail, 'file'
    from unnest(
        %(persons)s::bigint[], %(roles)s::text[], %(positions)s::smallint[], %(names)s::text[], %(part_details)s::text[]
    ) as said (person_id, role, position, credited_as, detail)
), new_genres as (
    insert into track_genre (track_id, genre_id, position, source)
    select %(id)s, genre_id, position, 'file'
    from unnest(%(genres)s::bigint[]) with ordinality as said (genre_id, position)
), new_tags as (
    insert into track_tag (track_id, tag_id, position, source)
    select %(id)s, tag_id, position, 'file'
    from unnest(%(tags)s::bigint[]) with ordinality as said (tag_id, position)
)
insert into media_file (
    root_id, folder, name, size, mtime_ns, inode, content_hash, state, track_id, is_primary, format, codec, duration_ms,
    bitrate, sample_rate, channels, bit_depth, has_picture, is_tagged, details, parsed_by
)
values (
    %(root_id)s, %(folder)s, %(name)s, %(size)s, %(mtime_ns)s, %(inode)s, %(content_hash)s, 'present', %(id)s, true,
    %(format)s, %(codec)s, %(duration_ms)s, %(bitrate)s, %(sample_rate)s, %(channels)s, %(bit_depth)s,
    %(has_picture)s, %(is_tagged)s, %(details)s, %(parsed_by)s
)

-- name: make_track
-- A track that nobody knew, for a file that we do know; what belongs to it follows in the same transaction.
insert into track (
    id, catalogue_id, release_id, title, match_key, artist_ids, artist_credit, identity_key, place_key, disc, position,
    duration_ms, recording_mbid, mbid_source, track_mbid, isrc, year, year_source
)
overriding system value
values (
    %(id)s, %(catalogue_id)s, %(release_id)s, %(title)s, %(match_key)s, %(artist_ids)s, %(artist_credit)s,
    %(identity_key)s, %(place_key)s, %(disc)s, %(position)s, %(duration_ms)s, %(recording_mbid)s::uuid,
    case when %(recording_mbid)s::uuid is not null then 'verified' end, %(track_mbid)s::uuid, %(isrc)s, %(year)s,
    case when %(year)s::smallint is not null then 'file' end
)

-- name: update_track
-- A track that was there before takes what its primary file says; an empty value takes nothing away from another source.
update track
set
    release_id = %(release_id)s,
    title = case when 'title' = any(hand.fields) then track.title else %(title)s end,
    match_key = case when 'title' = any(hand.fields) then track.match_key else %(match_key)s end,
    artist_ids = case when 'contributions' = any(hand.fields) then track.artist_ids else %(artist_ids)s end,
    artist_credit = case when 'contributions' = any(hand.fields) then track.artist_credit else %(artist_credit)s end,
    identity_key = %(identity_key)s,
    place_key = %(place_key)s,
    disc = case when 'disc' = any(hand.fields) then track.disc else %(disc)s end,
    position = case when 'position' = any(hand.fields) then track.position else %(position)s end,
    duration_ms = coalesce(%(duration_ms)s, track.duration_ms),
    recording_mbid = coalesce(%(recording_mbid)s::uuid, track.recording_mbid),
    mbid_source = case when %(recording_mbid)s::uuid is not null then 'verified' else track.mbid_source end,
    track_mbid = %(track_mbid)s::uuid,
    isrc = coalesce(%(isrc)s, track.isrc),
    year = case when hand.keeps_year then track.year else %(year)s end,
    year_source = case
        when hand.keeps_year then track.year_source
        when %(year)s::smallint is not null then 'file'
    end
from (
    select
        known.id,
        set_by_hand.fields,
        'year' = any(set_by_hand.fields)
        or (%(year)s::smallint is null and known.year_source is distinct from 'file') as keeps_year
    from track as known
    cross join lateral (
        select array(
            select field from manual_value where entity = 'track' and entity_id = known.id
        ) as fields
    ) as set_by_hand
    where known.id = %(id)s
) as hand
where track.id = hand.id
    and (
        track.release_id, track.title, track.match_key, track.artist_ids, track.artist_credit, track.identity_key,
        track.place_key, track.disc, track.position, track.duration_ms, track.recording_mbid, track.mbid_source,
        track.track_mbid, track.isrc, track.year
    ) is distinct from (
        %(release_id)s::bigint, %(title)s::text, %(match_key)s::text, %(artist_ids)s::bigint[],
        %(artist_credit)s::text, %(identity_key)s::bytea, %(place_key)s::bytea, %(disc)s::smallint,
        %(position)s::int, coalesce(%(duration_ms)s, track.duration_ms),
        coalesce(%(recording_mbid)s::uuid, track.recording_mbid),
        case when %(recording_mbid)s::uuid is not null then 'verified' else track.mbid_source end,
        %(track_mbid)s::uuid, coalesce(%(isrc)s, track.isrc), %(year)s::smallint
    )

-- name: write_file
-- The file and its stamp, in the same transaction as its track: a file that is here has all its relations.
insert into media_file as known (
    root_id, folder, name, size, mtime_ns, inode, content_hash, state, track_id, is_primary, format, codec, duration_ms,
    bitrate, sample_rate, channels, bit_depth, has_picture, is_tagged, details, parsed_by
)
values (
    %(root_id)s, %(folder)s, %(name)s, %(size)s, %(mtime_ns)s, %(inode)s, %(content_hash)s, 'present', %(track_id)s,
    %(is_primary)s, %(format)s, %(codec)s, %(duration_ms)s, %(bitrate)s, %(sample_rate)s, %(channels)s,
    %(bit_depth)s, %(has_picture)s, %(is_tagged)s, %(details)s, %(parsed_by)s
)
on conflict (root_id, folder, name) do update
set
    size = excluded.size,
    mtime_ns = excluded.mtime_ns,
    inode = excluded.inode,
    content_hash = excluded.content_hash,
    state = excluded.state,
    missing_since = null,
    track_id = excluded.track_id,
    is_primary = excluded.is_primary,
    format = excluded.format,
    codec = excluded.codec,
    duration_ms = excluded.duration_ms,
    bitrate = excluded.bitrate,
    sample_rate = excluded.sample_rate,
    channels = excluded.channels,
    bit_depth = excluded.bit_depth,
    has_picture = excluded.has_picture,
    is_tagged = excluded.is_tagged,
    details = excluded.details,
    reason = null,
    parsed_by = excluded.parsed_by
where (
    known.size, known.mtime_ns, known.inode, known.content_hash, known.state, known.track_id, known.is_primary,
    known.format, known.codec, known.duration_ms, known.bitrate, known.sample_rate, known.channels, known.bit_depth,
    known.has_picture, known.is_tagged, known.details, known.parsed_by
) is distinct from (
    excluded.size, excluded.mtime_ns, excluded.inode, excluded.content_hash, excluded.state, excluded.track_id,
    excluded.is_primary, excluded.format, excluded.codec, excluded.duration_ms, excluded.bitrate,
    excluded.sample_rate, excluded.channels, excluded.bit_depth, excluded.has_picture, excluded.is_tagged,
    excluded.details, excluded.parsed_by
)

-- name: write_unreadable_file
-- A file that is there and broken: what it held before is still known, but another file's tags count from now on.
insert into media_file as known (
    root_id, folder, name, size, mtime_ns, inode, content_hash, state, format, reason, parsed_by
)
values (
    %(root_id)s, %(folder)s, %(name)s, %(size)s, %(mtime_ns)s, %(inode)s, %(content_hash)s, 'unreadable', %(format)s,
    %(reason)s, %(parsed_by)s
)
on conflict (root_id, folder, name) do update
set
    size = excluded.size,
    mtime_ns = excluded.mtime_ns,
    inode = excluded.inode,
    content_hash = excluded.content_hash,
    state = excluded.state,
    missing_since = null,
    is_primary = false,
    reason = excluded.reason,
    parsed_by = excluded.parsed_by
where (
    known.size, known.mtime_ns, known.inode, known.content_hash, known.state, known.reason, known.parsed_by
) is distinct from (
    excluded.size, excluded.mtime_ns, excluded.inode, excluded.content_hash, excluded.state, excluded.reason,
    excluded.parsed_by
)

-- name: write_contributions
-- Who has a part in the track.
with wanted as (
    select *
    from unnest(
        %(persons)s::bigint[], %(roles)s::text[], %(positions)s::smallint[], %(names)s::text[], %(part_details)s::text[]
    ) as said (person_id, role, position, credited_as, detail)
    where not exists (
        select from manual_value
        where entity = 'track' and entity_id = %(track_id)s and field = 'contributions'
    )
), gone as (
    delete from track_contribution as known
    where known.track_id = %(track_id)s
        and known.source <> 'manual'
        and (known.source = 'file' or exists (select from wanted))
        and not exists (
            select from wanted where wanted.person_id = known.person_id and wanted.role = known.role
        )
        and not exists (
            select from manual_value
            where entity = 'track' and entity_id = %(track_id)s and field = 'contributions'
        )
)
insert into track_contribution as known (track_id, person_id, role, position, credited_as, detail, source)
select %(track_id)s, person_id, role, position, credited_as, detail, 'file'
from wanted
on conflict (track_id, person_id, role) do update
set
    position = excluded.position,
    credited_as = excluded.credited_as,
    detail = excluded.detail,
    source = excluded.source
where known.source <> 'manual'
    and (known.position, known.credited_as, known.detail, known.source)
    is distinct from (excluded.position, excluded.credited_as, excluded.detail, excluded.source)

-- name: write_genres
-- The track's genres.
with wanted as (
    select *
    from unnest(%(genres)s::bigint[]) with ordinality as said (genre_id, position)
    where not exists (
        select from manual_value where entity = 'track' and entity_id = %(track_id)s and field = 'genres'
    )
), gone as (
    delete from track_genre as known
    where known.track_id = %(track_id)s
        and known.source = 'file'
        and not exists (select from wanted where wanted.genre_id = known.genre_id)
        and not exists (
            select from manual_value where entity = 'track' and entity_id = %(track_id)s and field = 'genres'
        )
)
insert into track_genre as known (track_id, genre_id, position, source)
select %(track_id)s, genre_id, position, 'file'
from wanted
on conflict (track_id, genre_id) do update
set position = excluded.position, source = excluded.source
where known.source <> 'manual'
    and (known.position, known.source) is distinct from (excluded.position, excluded.source)

-- name: write_tags
-- The track's tags.
with wanted as (
    select *
    from unnest(%(tags)s::bigint[]) with ordinality as said (tag_id, position)
    where not exists (
        select from manual_value where entity = 'track' and entity_id = %(track_id)s and field = 'tags'
    )
), gone as (
    delete from track_tag as known
    where known.track_id = %(track_id)s
        and known.source = 'file'
        and not exists (select from wanted where wanted.tag_id = known.tag_id)
        and not exists (
            select from manual_value where entity = 'track' and entity_id = %(track_id)s and field = 'tags'
        )
)
insert into track_tag as known (track_id, tag_id, position, source)
select %(track_id)s, tag_id, position, 'file'
from wanted
on conflict (track_id, tag_id) do update
set position = excluded.position, source = excluded.source
where known.source <> 'manual'
    and (known.position, known.source) is distinct from (excluded.position, excluded.source)

-- name: commit_without_waiting
-- Commits reach the disk in order, but a little later: what a crash takes back, the next scan finds to be read again.
set synchronous_commit to off

-- name: commit_as_before
-- From here on what is committed is on the disk.
reset synchronous_commit
