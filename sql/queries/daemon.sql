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

-- name: tell_daemon
-- What a daemon is at.
insert into daemon (instance, host, state_folder, pid, started_at, seen_at, state)
values (%(instance)s, %(host)s, %(state_folder)s, %(pid)s, %(started_at)s, now(), %(state)s)
on conflict (instance, host, state_folder) do update
set pid = excluded.pid, started_at = excluded.started_at, seen_at = excluded.seen_at, state = excluded.state

-- name: list_job_runs
-- When each job of an installation was last done.
select job, began_at, ended_at, outcome from job_run where instance = %(instance)s

-- name: begin_job
-- A job is under way.
insert into job_run (instance, job, began_at)
values (%(instance)s, %(job)s, now())
on conflict (instance, job) do update
set began_at = excluded.began_at, ended_at = null, outcome = null

-- name: end_job
-- A job is done.
update job_run set ended_at = now(), outcome = %(outcome)s where instance = %(instance)s and job = %(job)s

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
-- Daemons that were not heard of for half a year.
delete from daemon where seen_at < now() - interval '180 days'

-- name: analyze_tables
-- Fresh statistics for whoever plans a query.
analyze
