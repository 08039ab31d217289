-- Which listens are the same playing. Used by scannerd/listens/duplicates.py; the rule itself is pure Python
-- (scannerd/listens/same_play.py).

-- name: lock_listener
-- One at a time decides for a listener which listens are the same, until the transaction ends.
select pg_advisory_xact_lock(%(lock)s, %(listener_id)s)

-- name: create_touched_by_export
-- The artists and titles whose listens one export added to, or whose length it may have told: that of a short track
-- decides how near two playings may be.
create temp table touched on commit drop as
select distinct lookup.person_id, lookup.play_key
from track_lookup as lookup
where lookup.person_id is not null
    and (
        lookup.id in (select lookup_id from listen where export_id = %(export_id)s)
        or (lookup.duration_ms < %(short_ms)s and lookup.id in (
            select listen.lookup_id
            from export_row
            join listen on listen.id = export_row.listen_id
            where export_row.export_id = %(export_id)s
        ))
    )

-- name: create_touched_by_lookups
-- The artists and titles of some lookups, and those their listens have marks in common with: a lookup that was resolved
-- anew left its old title behind.
create temp table touched on commit drop as
with own as (
    select id, duplicate_of from listen where lookup_id = any(%(lookup_ids)s)
), marked as (
    select listen.lookup_id from own join listen on listen.id = own.duplicate_of
    union
    select listen.lookup_id from own join listen on listen.duplicate_of = own.id
)
select distinct person_id, play_key
from track_lookup
where person_id is not null and (id = any(%(lookup_ids)s) or id in (select lookup_id from marked))

-- name: create_touched_all
-- All artists and titles of a listener's listens.
create temp table touched on commit drop as
select distinct lookup.person_id, lookup.play_key
from track_lookup as lookup
where lookup.person_id is not null
    and lookup.id in (select lookup_id from listen where listener_id = %(listener_id)s)

-- name: analyze_touched
-- Without statistics the joins below go wrong.
-- needs: create_touched_by_export
analyze touched

-- name: list_tellings
-- The listens of the touched titles that could be the same playing as a neighbour, or are marked so: where one teller
-- told them all, only what is seconds apart; where several did, what is within an hour.
-- needs: create_touched_by_export
select
    person_id, play_key, id, at, source, time_kind, played_for_ms, nth, lookup_key, source_track_id, title, duration_ms,
    has_album, duplicate_of
from (
    select
        lookup.person_id,
        lookup.play_key,
        listen.id,
        extract(epoch from listen.listened_at)::bigint as at,
        listen.source,
        listen.time_kind,
        listen.played_for_ms,
        listen.nth,
        lookup.lookup_key,
        lookup.source_track_id,
        lookup.title,
        lookup.duration_ms,
        lookup.album is not null as has_album,
        listen.duplicate_of,
        listen.listened_at,
        lag(listen.listened_at) over by_time as before,
        lead(listen.listened_at) over by_time as after,
        min(listen.source || listen.time_kind) over title <> max(listen.source || listen.time_kind) over title as several
    from touched
    join track_lookup as lookup on lookup.person_id = touched.person_id and lookup.play_key = touched.play_key
    join listen on listen.lookup_id = lookup.id
    where listen.listener_id = %(listener_id)s
    window
        title as (partition by lookup.person_id, lookup.play_key),
        by_time as (partition by lookup.person_id, lookup.play_key order by listen.listened_at)
) as told
where duplicate_of is not null
    or least(listened_at - before, after - listened_at)
    <= case when several then interval '1 hour' else interval '30 seconds' end
order by person_id, play_key, listened_at

-- name: create_marked
-- The temp table for marks that change.
create temp table marked (listen_id bigint, duplicate_of bigint) on commit drop

-- name: copy_marked
-- Marks that change.
-- needs: create_marked
copy marked from stdin (format binary)

-- name: mark_duplicates
-- Write the marks that change.
-- needs: create_marked
update listen
set duplicate_of = marked.duplicate_of
from marked
where listen.id = marked.listen_id

-- name: unmark_unresolved
-- A listen whose lookup lost its artist is nobody's duplicate until it is resolved again.
update listen
set duplicate_of = null
from track_lookup as lookup
where listen.lookup_id = lookup.id
    and listen.listener_id = %(listener_id)s
    and lookup.person_id is null
    and listen.duplicate_of is not null

-- name: unmark_unresolved_lookups
-- The same, where only these lookups may have lost their artist: a live listen must not ask for all of them.
update listen
set duplicate_of = null
from track_lookup as lookup
where listen.lookup_id = lookup.id
    and lookup.id = any(%(lookup_ids)s)
    and listen.listener_id = %(listener_id)s
    and lookup.person_id is null
    and listen.duplicate_of is not null
