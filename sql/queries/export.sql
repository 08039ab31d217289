-- Exports: taken, stored, resolved, shelved. Used by scannerd/listens/exports.py.

-- name: lock_export_content
-- One taker at a time for one file's content, until the session ends or lets go.
select pg_try_advisory_lock(%(listener_id)s, %(content)s) as taken

-- name: unlock_export_content
-- Let go of a file's content.
select pg_advisory_unlock(%(listener_id)s, %(content)s)

-- name: find_live_export
-- The export that already holds this content for this listener, if any.
select id, state from export
where listener_id = %(listener_id)s and sha256 = %(sha256)s and state not in ('failed', 'undone')

-- name: insert_export
-- Take an export in.
insert into export (listener_id, name, sha256, size, path)
values (%(listener_id)s, %(name)s, %(sha256)s, %(size)s, %(path)s)
returning id

-- name: mark_stored
-- The rows are in, and accounted for.
update export
set
    state = 'stored',
    stored_at = now(),
    format = %(format)s,
    members = %(members)s,
    rows_read = %(read)s,
    rows_stored = %(stored)s,
    rows_duplicate = %(duplicate)s,
    rows_skipped = %(skipped)s,
    rows_failed = %(failed)s,
    first_at = %(first_at)s,
    last_at = %(last_at)s,
    left_out = %(left_out)s,
    warnings = %(warnings)s
where id = %(export_id)s

-- name: add_new_names
-- Count what resolving a batch of an export's lookups brought into the catalogue.
update export
set
    new_artists = new_artists + %(artists)s,
    new_releases = new_releases + %(releases)s,
    new_tracks = new_tracks + %(tracks)s
where id = %(export_id)s

-- name: mark_resolved
-- Artists, releases and tracks are known, and duplicates are marked.
update export set state = 'resolved', resolved_at = now() where id = %(export_id)s and state = 'stored'

-- name: mark_shelved
-- The file has its place, or never leaves it. What was undone meanwhile stays undone: else it could not come again.
update export
set
    state = case when state = 'undone' then state else 'shelved' end,
    shelved_at = now(),
    shelved_as = coalesce(%(shelved_as)s, shelved_as)
where id = %(export_id)s

-- name: mark_failed
-- The export cannot be taken in; it may be tried again.
update export set state = 'failed', error = %(error)s, ended_at = now() where id = %(export_id)s

-- name: set_shelved_as
-- Where the file of a failed export lies now.
update export set shelved_as = %(shelved_as)s where id = %(export_id)s

-- name: list_unfinished_exports
-- Exports taken in from below a folder whose import has not ended, or failed and was not put away: what a killed
-- daemon left.
select id, listener_id, state, path, sha256
from export
where (state in ('taken', 'stored', 'resolved') or (state = 'failed' and shelved_as is null))
    and path is not null
    and substring(path for octet_length(%(folder)s::bytea)) = %(folder)s::bytea
order by id

-- name: list_exports
-- All exports, or one, the latest first.
select
    export.id,
    export.name,
    export.format,
    listener.name,
    export.state,
    export.rows_read,
    export.rows_stored,
    export.rows_duplicate,
    export.rows_skipped,
    export.rows_failed,
    export.first_at,
    export.last_at,
    export.new_artists,
    export.new_releases,
    export.new_tracks,
    export.warnings,
    export.left_out,
    export.error,
    export.taken_at,
    export.shelved_at,
    export.sha256,
    export.path,
    export.shelved_as
from export
join listener on listener.id = export.listener_id
where %(export_id)s::bigint is null or export.id = %(export_id)s
order by export.id desc
limit %(most)s

-- name: count_reasons
-- Why rows of these exports were skipped or failed, and how often.
select export_id, outcome, reason, count(*) as times
from export_row
where export_id = any(%(export_ids)s) and outcome in ('skipped', 'failed')
group by export_id, outcome, reason
union all
select export.id, kept.outcome, kept.reason, kept.times
from export
cross join lateral jsonb_to_recordset(export.reasons) as kept (outcome text, reason text, times bigint)
where export.id = any(%(export_ids)s)
order by export_id, times desc, reason

-- name: list_failed_rows
-- The first broken rows of an export, for its report.
select case when member > 0 then members[member] end, row_no, reason, raw
from export_row
join export on export.id = export_row.export_id
where export_id = %(export_id)s and outcome = 'failed'
order by member, row_no
limit %(most)s

-- name: count_same_plays
-- How many listens of an export are marked as the same playing told by another source, and how many of it count.
select
    count(*) filter (where listen.duplicate_of is not null) as same_play,
    count(*) filter (where listen.duplicate_of is null and (
        listen.played_for_ms is null
        or listen.end_reason = 'trackdone'
        or listen.played_for_ms >= (select value::int from rule where name = 'min_played_ms')
    )) as counted
from listen
where listen.export_id = %(export_id)s

-- name: find_listener
-- A listener by name.
select id, catalogue_id, time_zone, name from listener where match_key = %(match_key)s

-- name: insert_listener
-- A listener on first use.
insert into listener (name, match_key, catalogue_id, time_zone)
select %(name)s, %(match_key)s, catalogue.id, %(time_zone)s
from catalogue where catalogue.name = 'music'
on conflict (match_key) do nothing

-- name: set_time_zone
-- Where the listeners' clocks stand now; the days of their listens follow.
with moved as (
    update listener set time_zone = %(time_zone)s where time_zone <> %(time_zone)s returning id
)
update listen set day = (listen.listened_at at time zone %(time_zone)s)::date
from moved
where listen.listener_id = moved.id and listen.day <> (listen.listened_at at time zone %(time_zone)s)::date

-- name: get_listener
-- A listener by number.
select id, catalogue_id, time_zone, name from listener where id = %(listener_id)s

-- name: set_rule
-- A setting that the views read.
insert into rule (name, value) values (%(name)s, %(value)s)
on conflict (name) do update set value = excluded.value
where rule.value is distinct from excluded.value

-- name: delete_taken_export
-- Forget an export whose file changed before anything of it was stored.
delete from export where id = %(export_id)s and state = 'taken'

-- name: find_failed_export
-- The failed export of this very file: its move to the shelf did not happen any more, or it stays where it is.
select id from export
where listener_id = %(listener_id)s and sha256 = %(sha256)s and state = 'failed' and path = %(path)s
    and (shelved_as is null or (%(stays)s and shelved_as = path))
order by id desc
limit 1
