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
