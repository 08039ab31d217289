-- What daemons say of themselves, who of several works on a folder, and what is done at certain times.

-- name: try_lead
-- Whether this session leads, from now on or already: one at a time works on what this key stands for.
select case
    when exists (
        select
        from pg_locks
        where locktype = 'advisory'
            and pid = pg_backend_pid()
            and database = (select oid from pg_database where datname = current_database())
            and classid = %(lock)s::int::oid
            and objid = %(key)s::int::oid
            and granted
    ) then true
    else pg_try_advisory_lock(%(lock)s, %(key)s)
end

-- name: list_living
-- Which of these sessions have not ended.
select pid from pg_stat_activity where pid = any(%(sessions)s)

-- name: tell_daemon
-- What a daemon is at.
insert into daemon (identity, instance, host, state_folder, pid, started_at, seen_at, state)
values (%(identity)s, %(instance)s, %(host)s, %(state_folder)s, %(pid)s, %(started_at)s, now(), %(state)s)
on conflict (identity) do update
set
    instance = excluded.instance,
    host = excluded.host,
    state_folder = excluded.state_folder,
    pid = excluded.pid,
    started_at = excluded.started_at,
    seen_at = excluded.seen_at,
    state = excluded.state

-- name: list_led
-- Which of these keys some session leads in now.
select key
from unnest(%(keys)s::int[]) as asked (key)
where exists (
    select
    from pg_locks
    where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())
        and classid = %(lock)s::int::oid
        and objid = key::oid
        and objsubid = 2
        and granted
)

-- name: list_other_daemons
-- Whoever else works on this database, or did; nobody where we do not know who we are.
select identity, host || ':' || state_folder, seen_at
from daemon
where identity <> %(identity)s
order by 2, 1

-- name: list_job_runs
-- When each job of an installation was last done.
select job, ended_at, outcome from job_run where instance = %(instance)s and ended_at is not null

-- name: note_job
-- A job ended, however it did.
insert into job_run (instance, job, began_at, ended_at, outcome)
values (%(instance)s, %(job)s, %(began_at)s, now(), %(outcome)s)
on conflict (instance, job) do update
set began_at = excluded.began_at, ended_at = excluded.ended_at, outcome = excluded.outcome

-- name: forget_raw_rows
-- Some of them: that they were refused, and why, stays.
update export_row
set raw = null
where ctid = any(array(
    select export_row.ctid
    from export_row
    join export on export.id = export_row.export_id
    where export_row.raw is not null and export.taken_at < now() - %(keep)s::interval
    limit %(most)s
))

-- name: forget_old_daemons
-- Daemons that were not heard of for so long.
delete from daemon where seen_at < now() - %(keep)s::interval

-- name: analyze_tables
-- Fresh statistics for whoever plans a query.
analyze
