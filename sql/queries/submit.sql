-- Listens that come without a file: one, or a small batch. A known lookup costs two statements.
-- Used by scannerd/listens/submit.py.

-- name: find_lookups
-- Which of these words are known, and whether they are resolved.
select lookup_key, id, track_id is not null
from track_lookup
where catalogue_id = %(catalogue_id)s and lookup_key = any(%(lookup_keys)s)

-- name: submit_listens
-- Store the listens that are not there yet; of those stored, say whether one of the same artist and title lies within an
-- hour of it, for only then can it be the same playing.
with arriving as (
    select *
    from unnest(
        %(lookup_ids)s::bigint[],
        %(listened_at)s::timestamptz[],
        %(time_kinds)s::text[],
        %(played_for_ms)s::int[],
        %(end_reasons)s::text[],
        %(clients)s::text[]
    ) as arriving (lookup_id, listened_at, time_kind, played_for_ms, end_reason, client)
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
    from arriving
    on conflict do nothing
    returning lookup_id, listened_at
)
select
    stored.lookup_id,
    exists (
        select from track_lookup as same
        join listen as other on other.lookup_id = same.id
        where same.person_id = lookup.person_id
            and same.play_key = lookup.play_key
            and other.listener_id = %(listener_id)s
            and other.listened_at between stored.listened_at - interval '1 hour' and stored.listened_at + interval '1 hour'
    ) as has_neighbour
from stored
join track_lookup as lookup on lookup.id = stored.lookup_id
