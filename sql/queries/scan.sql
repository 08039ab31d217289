-- A scan's bookkeeping: libraries, roots, known files, moves, what is missing. Used by scannerd/library.

-- name: keep_library
-- The library of that name of this installation, made on first use; its catalogue follows the settings.
with known as (
    select id, is_settled, kind, catalogue_id from library where instance = %(instance)s and name = %(name)s
), created as (
    insert into library (instance, name, kind, catalogue_id)
    select %(instance)s, %(name)s, %(kind)s, %(catalogue_id)s
    where not exists (select from known)
    returning id, is_settled, kind
), changed as (
    update library
    set catalogue_id = %(catalogue_id)s
    where id in (select id from known where kind = %(kind)s and catalogue_id <> %(catalogue_id)s)
)
select id, is_settled, kind from known
union all
select id, is_settled, kind from created

-- name: unsettle_library
-- From now on a scan that is broken off leaves something to be done.
update library set is_settled = false where id = %(library_id)s and is_settled

-- name: settle_library
-- All of it is done.
update library set is_settled = true where id = %(library_id)s and not is_settled

-- name: keep_catalogue
-- A catalogue by its name, made on first use.
with known as (
    select id from catalogue where name = %(name)s
), created as (
    insert into catalogue (name) select %(name)s where not exists (select from known)
    on conflict (name) do update set name = excluded.name
    returning id
)
select id from known
union all
select id from created

-- name: keep_roots
-- The folders the settings name; those they name no longer stay known, with what lay in them.
insert into root (library_id, path)
select %(library_id)s, path from unnest(%(paths)s::bytea[]) as said (path)
on conflict (library_id, path) do nothing

-- name: configure_roots
-- Which of a library's folders the settings name.
update root
set is_configured = path = any(%(paths)s::bytea[])
where library_id = %(library_id)s and is_configured <> (path = any(%(paths)s::bytea[]))

-- name: keep_for
-- Libraries of an installation are in the settings of that one; said again it is written once a day.
insert into library_keeper as known (instance, library, keeper, place, kept_at)
select %(instance)s, name, %(keeper)s, %(place)s, now()
from unnest(%(names)s::text[]) as said (name)
on conflict (instance, library, keeper) do update
set place = excluded.place, kept_at = excluded.kept_at
where known.kept_at < now() - interval '1 day' or known.place <> excluded.place

-- name: release_libraries
-- What is in the settings of that one no longer, and what belongs to whoever was not heard of for so long.
delete from library_keeper
where instance = %(instance)s
    and (
        (keeper = %(keeper)s and library <> all(%(names)s::text[]))
        or kept_at < now() - %(kept_for)s::interval
    )

-- name: unconfigure_other_libraries
-- Libraries of this installation that nobody's settings name any more: none of their folders is looked at any more.
update root
set is_configured = false
from library
where library.id = root.library_id
    and root.is_configured
    and library.instance = %(instance)s
    and library.name <> all(%(names)s::text[])
    and not exists (
        select
        from library_keeper
        where library_keeper.instance = library.instance and library_keeper.library = library.name
    )
returning library.id, library.name

-- name: unsettle_others
-- What follows from files that went with their library is done by the next scans of those that are left.
update library set is_settled = false where instance = %(instance)s and is_settled

-- name: list_roots
-- The folders of a library.
select id, path, device, is_configured from root where library_id = %(library_id)s order by path

-- name: remember_device
-- The device a root lies on.
update root set device = %(device)s where id = %(root_id)s and device is distinct from %(device)s

-- name: try_library_lock
-- One scan of a library at a time, across all daemons; held by the session.
select pg_try_advisory_lock(%(lock)s, %(library_id)s)

-- name: free_library
-- The scan is over.
select pg_advisory_unlock(%(lock)s, %(library_id)s)

-- name: list_known_files
-- A page of known files below a folder, as a walk meets them; the page begins behind the last one of the page before.
select
    folder, name, id, size, mtime_ns, inode, state = 'missing', parsed_by is not distinct from %(parsed_by)s::int
from media_file
where root_id = %(root_id)s
    and (folder, name) > (%(after_folder)s, %(after_name)s)
    and folder < %(end_folder)s
order by folder, name
limit %(page)s

-- name: create_scan_tables
-- What a walk found that is not as it was.
create temp table if not exists scan_found (
    root_id int, file_id bigint, folder bytea, name bytea, size bigint, mtime_ns bigint, inode bigint, unit bytea
);
create temp table if not exists scan_vanished (root_id int, file_id bigint);
truncate scan_found, scan_vanished

-- name: drop_scan_tables
-- Nothing of it is needed any more.
drop table if exists scan_found, scan_vanished

-- name: copy_scan_found
-- New and changed files.
-- needs: create_scan_tables
copy scan_found (root_id, file_id, folder, name, size, mtime_ns, inode, unit) from stdin (format binary)

-- name: copy_scan_vanished
-- Known files that a walk did not meet.
-- needs: create_scan_tables
copy scan_vanished (root_id, file_id) from stdin (format binary)

-- name: list_move_candidates
-- For each new file the known ones of the same size and time that are gone, or lie where this scan did not look.
-- needs: create_scan_tables
select
    found.root_id,
    found.folder,
    found.name,
    found.size,
    found.mtime_ns,
    found.inode,
    known.id,
    known.inode,
    known.content_hash,
    root.path,
    known.folder,
    known.name,
    known.state = 'missing' or vanished.file_id is not null
from scan_found as found
join media_file as known on known.size = found.size and known.mtime_ns = found.mtime_ns
join root on root.id = known.root_id
join library on library.id = root.library_id
left join scan_vanished as vanished on vanished.file_id = known.id
where found.file_id is null
    and library.instance = %(instance)s
    and library.kind = (select kind from library as ours where ours.id = %(library_id)s)
    and (
        known.state = 'missing'
        or vanished.file_id is not null
        or root.library_id <> %(library_id)s
        or not root.is_configured
    )
order by found.size, found.mtime_ns, found.folder, found.name, known.id

-- name: leave_units
-- What is left where moved files lay together with others is a book no more as it was.
update media_file
set is_derived = false
where is_derived
    and (root_id, unit) in (
        select root_id, unit from media_file where id = any(%(ids)s::bigint[]) and unit is not null
    )

-- name: unsettle_left
-- What nothing needs any more in a library that files left goes with its next scan.
update library
set is_settled = false
from root
join media_file on media_file.root_id = root.id
where library.id = root.library_id and library.is_settled and media_file.id = any(%(ids)s::bigint[])

-- name: move_files
-- Moved files keep their row, and with it their track and its listens.
update media_file
set
    root_id = moved.root_id,
    folder = moved.folder,
    name = moved.name,
    inode = moved.inode,
    unit = moved.unit,
    is_derived = moved.unit is null,
    state = case when media_file.reason is null then 'present' else 'unreadable' end,
    missing_since = null
from unnest(
    %(ids)s::bigint[], %(root_ids)s::int[], %(folders)s::bytea[], %(names)s::bytea[], %(inodes)s::bigint[],
    %(units)s::bytea[]
) as moved (id, root_id, folder, name, inode, unit)
where media_file.id = moved.id
returning media_file.track_id

-- name: read_renamed
-- A file without tags is called as its name says, and a file of a book is what its name says: under another one it is
-- read again, by the next scan if this one does not come to it.
-- needs: create_scan_tables
with renamed as (
    update media_file
    set parsed_by = null
    where id = any(%(ids)s::bigint[]) and (unit is not null or (state = 'present' and not is_tagged))
    returning id, root_id, folder, name
)
update scan_found
set file_id = renamed.id
from renamed
where scan_found.root_id = renamed.root_id
    and scan_found.folder = renamed.folder
    and scan_found.name = renamed.name

-- name: forget_moved
-- What moved is neither new nor gone.
-- needs: create_scan_tables
with arrived as (
    delete from scan_found
    using unnest(%(root_ids)s::int[], %(folders)s::bytea[], %(names)s::bytea[]) as moved (root_id, folder, name)
    where scan_found.file_id is null
        and scan_found.root_id = moved.root_id and scan_found.folder = moved.folder and scan_found.name = moved.name
)
delete from scan_vanished where file_id = any(%(ids)s::bigint[])

-- name: count_vanished
-- For each root that lost files, how many it had and how many of them are gone.
-- needs: create_scan_tables
select
    gone.root_id,
    (select count(*) from media_file where media_file.root_id = gone.root_id and media_file.state <> 'missing'),
    gone.files
from (select root_id, count(*) as files from scan_vanished group by root_id) as gone
order by gone.root_id

-- name: keep_vanished
-- A root that looks unmounted has lost nothing.
-- needs: create_scan_tables
delete from scan_vanished where root_id = %(root_id)s

-- name: mark_missing
-- Known files that a complete walk did not meet; nothing is deleted.
-- needs: create_scan_tables
update media_file
set state = 'missing', missing_since = now(), is_primary = false, is_derived = unit is null
from scan_vanished
where media_file.id = scan_vanished.file_id and media_file.state <> 'missing'
returning media_file.track_id

-- name: mark_unconfigured_missing
-- Files below folders that the settings name no longer.
update media_file
set state = 'missing', missing_since = now(), is_primary = false, is_derived = unit is null
from root
where root.id = media_file.root_id
    and root.library_id = %(library_id)s
    and not root.is_configured
    and media_file.state <> 'missing'
returning media_file.track_id

-- name: mark_back
-- Files that were missing and are here again, as they were.
update media_file
set
    state = case when reason is null then 'present' else 'unreadable' end,
    missing_since = null,
    is_derived = unit is null
where id = any(%(ids)s::bigint[]) and state = 'missing'
returning track_id

-- name: rebase_files
-- The same files under other inode numbers, or times that only lost their fraction.
update media_file
set mtime_ns = now.mtime_ns, inode = now.inode
from unnest(%(ids)s::bigint[], %(mtimes)s::bigint[], %(inodes)s::bigint[]) as now (id, mtime_ns, inode)
where media_file.id = now.id
    and (media_file.mtime_ns, media_file.inode) is distinct from (now.mtime_ns, now.inode)

-- name: list_content_hashes
-- What doubtful files held when they were read.
select id, content_hash from media_file where id = any(%(ids)s::bigint[])

-- name: count_found
-- How many files are to be read.
-- needs: create_scan_tables
select count(*) from scan_found

-- name: index_found
-- So that the files can be taken page by page.
-- needs: create_scan_tables
create index on scan_found (root_id, folder, name);
analyze scan_found

-- name: list_found
-- A page of files to be read, in the order of a walk.
-- needs: create_scan_tables
select root_id, folder, name, file_id
from scan_found
where (root_id, folder, name) > (%(after_root)s, %(after_folder)s, %(after_name)s)
order by root_id, folder, name
limit %(page)s

-- name: list_heirs
-- Tracks that have files below these roots, but none whose tags count: of each the first one present is read again.
select distinct on (media_file.track_id) media_file.root_id, media_file.folder, media_file.name, media_file.id
from media_file
where media_file.track_id = any(%(track_ids)s::bigint[])
    and media_file.root_id = any(%(root_ids)s::int[])
    and media_file.state = 'present'
    and not exists (
        select from media_file as prime where prime.track_id = media_file.track_id and prime.is_primary
    )
order by media_file.track_id, media_file.id

-- name: unsettle_heirs
-- Where the file that comes next lies in another library, perhaps on another machine, its next scan reads it.
update library
set is_settled = false
from root
join media_file on media_file.root_id = root.id
where library.id = root.library_id
    and library.is_settled
    and library.id <> %(library_id)s
    and media_file.track_id = any(%(track_ids)s::bigint[])
    and media_file.state = 'present'
    and not exists (
        select from media_file as prime where prime.track_id = media_file.track_id and prime.is_primary
    )

-- name: end_scan
-- The scan is complete.
update library set scanned_at = now(), summary = %(summary)s where id = %(library_id)s
