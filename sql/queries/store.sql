-- Raw first: what a worker read goes by COPY into temp tables and from there, in the transaction that also counts it,
-- into track_lookup, listen and export_row; what was heard of audiobooks goes straight into book_listen.
-- Used by scannerd/listens/store.py.

-- name: keep_lookups
-- Shared by all who store, so that undo waits for them, and they for it.
select pg_advisory_xact_lock_shared(%(lock)s, %(catalogue_id)s)

-- name: create_incoming
-- The temp tables one import is copied into.
create temp table incoming_lookup (
    lookup_key bytea, form text, artists text, artist_mbids text, joiners text, title text, album text,
    album_key text, album_artists text, is_compilation boolean, recording_mbid text, release_mbid text, release_group_mbid text,
    track_mbid text, isrc text, source_track_id text, duration_ms int, guessed_artist_mbid text,
    guessed_recording_mbid text, guessed_release_mbid text, aliases text
) on commit drop;
create temp table incoming_listen (
    member smallint, source text, row_no int, listened_at timestamptz, lookup_key bytea, time_kind text,
    played_for_ms int, end_reason text, client text
) on commit drop;
create temp table incoming_other (member smallint, row_no int, outcome text, reason text, raw text) on commit drop

-- name: copy_incoming_lookups
-- What the sources wrote, once per batch.
-- needs: create_incoming
copy incoming_lookup from stdin (format binary)

-- name: copy_incoming_listens
-- The listens of one batch.
-- needs: create_incoming
copy incoming_listen from stdin (format binary)

-- name: copy_incoming_others
-- The rows that are no listens.
-- needs: create_incoming
copy incoming_other from stdin (format binary)

-- name: copy_book_listens
-- What skipped rows tell of audiobooks; few exports tell any, and there is nothing to find first.
copy book_listen (
    listener_id, export_id, member, source, row_no, listened_at, time_kind, played_for_ms, title, title_key, author,
    author_key, chapter, client, source_id
) from stdin (format binary)

-- name: analyze_incoming
-- Without statistics on what they join, the joins below go wrong.
-- needs: create_incoming
analyze incoming_lookup (lookup_key), incoming_listen (lookup_key, listened_at, time_kind)

-- name: insert_lookups
-- Store what was never written before, sorted, so that two imports lock in one order, and an album's lookups lie together.
-- needs: create_incoming
insert into track_lookup (
    catalogue_id, lookup_key, form, artists, artist_mbids, joiners, title, album, album_key, album_artists, is_compilation,
    recording_mbid, release_mbid, release_group_mbid, track_mbid, isrc, source_track_id, duration_ms,
    guessed_artist_mbid, guessed_recording_mbid, guessed_release_mbid, aliases
)
select
    %(catalogue_id)s,
    lookup_key,
    form,
    string_to_array(artists, E'\x1f'),
    string_to_array(artist_mbids, E'\x1f'),
    string_to_array(joiners, E'\x1f'),
    title,
    album,
    album_key,
    string_to_array(album_artists, E'\x1f'),
    is_compilation,
    recording_mbid::uuid,
    release_mbid::uuid,
    release_group_mbid::uuid,
    track_mbid::uuid,
    isrc,
    source_track_id,
    duration_ms,
    guessed_artist_mbid::uuid,
    guessed_recording_mbid::uuid,
    guessed_release_mbid::uuid,
    aliases::jsonb
from (
    select distinct on (lookup_key) *
    from incoming_lookup
    order by lookup_key, duration_ms nulls last, guessed_artist_mbid nulls last
) as incoming
where not exists (
    select from track_lookup
    where track_lookup.catalogue_id = %(catalogue_id)s and track_lookup.lookup_key = incoming.lookup_key
)
order by album_key nulls last, lookup_key
on conflict (catalogue_id, lookup_key) do nothing

-- name: fill_lookups
-- What is not part of a lookup's identity fills its gaps: a later row may know a length the first did not. What was
-- resolved without it is out of date.
-- needs: create_incoming
update track_lookup
set
    duration_ms = coalesce(track_lookup.duration_ms, known.duration_ms),
    release_group_mbid = coalesce(track_lookup.release_group_mbid, known.release_group_mbid),
    guessed_artist_mbid = coalesce(track_lookup.guessed_artist_mbid, known.guessed_artist_mbid),
    guessed_recording_mbid = coalesce(track_lookup.guessed_recording_mbid, known.guessed_recording_mbid),
    guessed_release_mbid = coalesce(track_lookup.guessed_release_mbid, known.guessed_release_mbid),
    aliases = coalesce(track_lookup.aliases, known.aliases),
    rules_version = null
from (
    select
        lookup_key,
        min(duration_ms) as duration_ms,
        min(release_group_mbid)::uuid as release_group_mbid,
        min(guessed_artist_mbid)::uuid as guessed_artist_mbid,
        min(guessed_recording_mbid)::uuid as guessed_recording_mbid,
        min(guessed_release_mbid)::uuid as guessed_release_mbid,
        min(aliases)::jsonb as aliases
    from incoming_lookup
    where coalesce(
        duration_ms::text, release_group_mbid, guessed_artist_mbid, guessed_recording_mbid, guessed_release_mbid, aliases
    ) is not null
    group by lookup_key
) as known
where track_lookup.catalogue_id = %(catalogue_id)s
    and track_lookup.lookup_key = known.lookup_key
    and (
        (track_lookup.duration_ms is null and known.duration_ms is not null)
        or (track_lookup.release_group_mbid is null and known.release_group_mbid is not null)
        or (track_lookup.guessed_artist_mbid is null and known.guessed_artist_mbid is not null)
        or (track_lookup.guessed_recording_mbid is null and known.guessed_recording_mbid is not null)
        or (track_lookup.guessed_release_mbid is null and known.guessed_release_mbid is not null)
        or (track_lookup.aliases is null and known.aliases is not null)
    )

-- name: create_arriving
-- Each incoming listen with its lookup and its number among equal rows of a source that tells only minutes. Members are
-- numbered apart: two that overlap tell one history twice, as two exports would.
-- needs: create_incoming
create temp table arriving on commit drop as
select
    incoming.member,
    incoming.source,
    incoming.row_no,
    incoming.listened_at,
    lookup.id as lookup_id,
    incoming.time_kind,
    incoming.played_for_ms,
    incoming.end_reason,
    incoming.client,
    0::smallint as nth
from incoming_listen as incoming
join track_lookup as lookup
    on lookup.catalogue_id = %(catalogue_id)s and lookup.lookup_key = incoming.lookup_key
where incoming.time_kind <> 'minute'
union all
select
    incoming.member,
    incoming.source,
    incoming.row_no,
    incoming.listened_at,
    lookup.id,
    incoming.time_kind,
    incoming.played_for_ms,
    incoming.end_reason,
    incoming.client,
    least(row_number() over (
        partition by
            incoming.member, incoming.source, incoming.listened_at, lookup.artists, lookup.title, incoming.played_for_ms
        order by lookup.album nulls first, incoming.row_no
    ) - 1, 32767)::smallint
from incoming_listen as incoming
join track_lookup as lookup
    on lookup.catalogue_id = %(catalogue_id)s and lookup.lookup_key = incoming.lookup_key
where incoming.time_kind = 'minute'

-- name: analyze_arriving
-- Without statistics on what it joins, the anti-join below goes wrong.
-- needs: create_incoming create_arriving
analyze arriving (lookup_id, listened_at)

-- name: insert_listens
-- Store the listens that are not there yet; of equal rows in one file the first.
-- needs: create_incoming create_arriving
insert into listen (
    listener_id, listened_at, lookup_id, played_for_ms, nth, member, row_no, export_id, day, source, time_kind,
    end_reason, client
)
select
    %(listener_id)s,
    listened_at,
    lookup_id,
    played_for_ms,
    nth,
    member,
    row_no,
    %(export_id)s,
    (listened_at at time zone %(time_zone)s)::date,
    source,
    time_kind,
    end_reason,
    client
from arriving
where not exists (
    select from listen
    where listen.lookup_id = arriving.lookup_id
        and listen.listened_at = arriving.listened_at
        and listen.listener_id = %(listener_id)s
        and listen.nth = arriving.nth
        and listen.source = arriving.source
        and listen.time_kind = arriving.time_kind
        and coalesce(listen.played_for_ms, -1) = coalesce(arriving.played_for_ms, -1)
)
order by member, row_no
on conflict do nothing

-- name: insert_duplicate_rows
-- Account for each row whose exact listen was there before: which listen, and what it said beyond that listen's identity.
-- needs: create_incoming create_arriving
insert into export_row (export_id, member, row_no, outcome, listen_id, end_reason, client)
select %(export_id)s, arriving.member, arriving.row_no, 'duplicate', listen.id, arriving.end_reason, arriving.client
from arriving
join listen
    on listen.lookup_id = arriving.lookup_id
    and listen.listened_at = arriving.listened_at
    and listen.listener_id = %(listener_id)s
    and listen.nth = arriving.nth
    and listen.source = arriving.source
    and listen.time_kind = arriving.time_kind
    and coalesce(listen.played_for_ms, -1) = coalesce(arriving.played_for_ms, -1)
where (listen.export_id, listen.member, listen.row_no) is distinct from (%(export_id)s, arriving.member, arriving.row_no)

-- name: insert_other_rows
-- Account for each row that is no listen.
-- needs: create_incoming
insert into export_row (export_id, member, row_no, outcome, reason, raw)
select %(export_id)s, member, row_no, outcome, reason, nullif(raw, '')
from incoming_other

-- name: count_incoming
-- How many rows were read, and which time they cover.
-- needs: create_incoming create_arriving
select
    (select count(*) from arriving) as listens,
    (select min(listened_at) from arriving) as first_at,
    (select max(listened_at) from arriving) as last_at,
    (select count(*) from incoming_other where outcome = 'skipped') as skipped,
    (select count(*) from incoming_other where outcome = 'failed') as failed
