-- Listens that come without a file: one, or a small batch. A known lookup costs two statements.
-- Used by scannerd/listens/submit.py.

-- name: submit_listens
-- Store the listens whose words are known and that are not there yet; one that an export brought keeps a trace of having
-- been told live too. Says for each word that is known whether it is resolved, and which listens of it were stored.
with arriving as (
    select distinct on (lookup_key, listened_at, time_kind, played_for_ms) *
    from unnest(
        %(lookup_keys)s::bytea[],
        %(listened_at)s::timestamptz[],
        %(time_kinds)s::text[],
        %(played_for_ms)s::int[],
        %(end_reasons)s::text[],
        %(clients)s::text[]
    ) with ordinality as arriving (lookup_key, listened_at, time_kind, played_for_ms, end_reason, client, place)
    order by lookup_key, listened_at, time_kind, played_for_ms, place
), known as materialized (
    select arriving.*, lookup.id as lookup_id, lookup.track_id is not null as is_resolved
    from arriving
    join track_lookup as lookup
        on lookup.catalogue_id = %(catalogue_id)s and lookup.lookup_key = arriving.lookup_key
), stored as (
    insert into listen (
        listener_id, listened_at, lookup_id, played_for_ms, day, source, time_kind, end_reason, client
    )
    select
        %(listener_id)s,
        listened_at,
        lookup_id,
        played_for_ms,
        (listened_at at time zone %(time_zone)s)::date,
        %(source)s,
        time_kind,
        end_reason,
        client
    from known
    on conflict (lookup_id, listened_at, listener_id, nth, source, time_kind, coalesce(played_for_ms, -1)) do update
    set told_live_at = clock_timestamp(), live_end_reason = excluded.end_reason, live_client = excluded.client
    where listen.export_id is not null and listen.told_live_at is null
    returning id, lookup_id, told_live_at
)
select
    known.lookup_key,
    known.lookup_id,
    known.is_resolved,
    array(select id from stored where stored.lookup_id = known.lookup_id and told_live_at is null) as stored_ids
from known
group by known.lookup_key, known.lookup_id, known.is_resolved

-- name: find_neighbours
-- The lookups of those of these listens that have one of the same artist and title within an hour, for only then can it be
-- the same playing. Asked when they are stored for all to see: of two that come at once, one at least sees the other.
select distinct listen.lookup_id
from listen
join track_lookup as lookup on lookup.id = listen.lookup_id
where listen.id = any(%(listen_ids)s)
    and exists (
        select from track_lookup as same
        join listen as other on other.lookup_id = same.id
        where same.person_id = lookup.person_id
            and same.play_key = lookup.play_key
            and other.listener_id = listen.listener_id
            and other.id <> listen.id
            and other.listened_at between listen.listened_at - interval '1 hour' and listen.listened_at + interval '1 hour'
    )
