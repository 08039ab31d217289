-- What would bite later. Used by scannerd/doctor/server.py and scannerd/doctor/stored.py.

-- name: limit_doctor
-- No question of the doctor's takes long: a server that is busy has better things to do.
select set_config('statement_timeout', '2s', false), set_config('default_transaction_read_only', 'on', false)

-- name: look_at_server
-- How safe it keeps what it is given, what we may do there, how full it is, what time it is there.
select
    current_setting('fsync') <> 'off' as keeps_on_disk,
    current_setting('full_page_writes') <> 'off' as whole_pages,
    current_setting('data_checksums') = 'on' as has_checksums,
    lower('Ж') = 'ж' as knows_letters,
    (select datctype::text from pg_database where datname = current_database()) as ctype,
    pg_is_in_recovery() as is_standby,
    coalesce(
        (select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = 'scannerd'),
        has_database_privilege(current_database(), 'create')
    ) and has_schema_privilege('public', 'create') as may_change,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        as most_connections,
    (select count(*) from pg_stat_activity where backend_type = 'client backend')::int as connections,
    pg_database_size(current_database()) as size,
    array(select name::text from pg_available_extensions where name in ('pg_trgm', 'unaccent') order by name)
        as extensions,
    clock_timestamp() as now

-- name: list_old_transactions
-- Those of others that keep the server from clearing up: open for ten minutes or more, or prepared and forgotten.
select
    usename::text,
    coalesce(nullif(application_name, ''), 'a program without a name'),
    extract(epoch from now() - xact_start)::float8
from pg_stat_activity
where datname = current_database()
    and backend_type = 'client backend'
    and xact_start < now() - interval '10 minutes'
    and not starts_with(application_name, 'scannerd')
    and pid <> pg_backend_pid()
union all
select owner::text, 'prepared as ' || gid, extract(epoch from now() - prepared)::float8
from pg_prepared_xacts
where database = current_database() and prepared < now() - interval '10 minutes'
order by 3 desc

-- name: count_unhappy_exports
-- Exports that failed and did not come again, and those that were begun an hour ago and are not finished.
select
    count(*) filter (
        where state = 'failed'
            and not exists (
                select
                from export as again
                where again.listener_id = export.listener_id
                    and again.sha256 = export.sha256
                    and again.state not in ('failed', 'undone')
            )
    ),
    count(*) filter (where state in ('taken', 'stored', 'resolved') and taken_at < now() - interval '1 hour')
from export

-- name: count_unreadable_files
-- The broken files of each library of an installation, where there are any.
select library.name, count(*)
from library
join root on root.library_id = library.id
join media_file on media_file.root_id = root.id
where library.instance = %(instance)s and media_file.state = 'unreadable'
group by library.name
order by library.name
