-- What there is, at a glance. Used by scannerd/status/snapshot.py and scannerd/listens/reapply.py.

-- name: list_listeners
-- Everybody whose listens are here.
select id, catalogue_id, time_zone, name from listener order by id

-- name: count_everything
-- How much there is, and what was resolved under other name rules than today's.
select
    (select count(*) from listener),
    (select count(*) from listen),
    (select count(*) from person),
    (select count(*) from release),
    (select count(*) from track),
    (select count(*) from track_lookup where track_id is null or rules_version is distinct from %(rules_version)s)

-- name: list_libraries
-- The libraries of an installation, how many of their files are in which state, and whether a scan holds them now.
select
    library.name,
    count(media_file.id) filter (where media_file.state = 'present'),
    count(media_file.id) filter (where media_file.state = 'missing'),
    count(media_file.id) filter (where media_file.state = 'unreadable'),
    library.scanned_at,
    exists (
        select from pg_locks
        where locktype = 'advisory'
            and database = (select oid from pg_database where datname = current_database())
            and classid = %(lock)s
            and objid = library.id
            and objsubid = 2
    ),
    array(
        select place
        from library_keeper
        where library_keeper.instance = library.instance
            and library_keeper.library = library.name
            and keeper <> %(keeper)s
        order by place
    )
from library
left join root on root.library_id = library.id
left join media_file on media_file.root_id = root.id
where library.instance = %(instance)s
group by library.id
order by library.name
