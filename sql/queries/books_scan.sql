-- What a scan of books has to derive, which book that is so far, and what nothing needs any more. Used by
-- scannerd/library/books/owed.py, numbers.py, read.py and settle.py.

-- name: drop_scan_units
-- Nothing of it is needed any more.
drop table if exists scan_unit

-- name: create_scan_units
-- Units in which a file is to be read, or came, went or moved since it was derived; each on a page with others, so that
-- the files of a page are not many more than fit. Those that nothing is read of have pages of their own.
-- needs: drop_scan_units create_scan_tables
create temp table scan_unit as
with owed as (
    select root_id, unit, true as is_found from scan_found where unit is not null
    union all
    select media_file.root_id, media_file.unit, false
    from media_file
    join root on root.id = media_file.root_id
    where root.library_id = %(library_id)s and not media_file.is_derived and media_file.unit is not null
), units as (
    select root_id, unit, bool_or(is_found) as is_read, count(*) filter (where is_found) as found
    from owed
    group by root_id, unit
), sized as (
    select
        units.*,
        units.found
        + (select count(*) from media_file where media_file.root_id = units.root_id and media_file.unit = units.unit)
        as files
    from units
)
select
    root_id,
    unit,
    is_read,
    ((sum(files) over (partition by is_read order by root_id, unit) - files) / %(page)s)::int as page
from sized

-- name: owe_shared_units
-- Where else files of a book lie of which a unit that is to be derived has some: the book stays where most of them are,
-- and the others have to know.
-- needs: drop_scan_units create_scan_tables create_scan_units
update media_file
set is_derived = false
from (
    select distinct other.root_id, other.unit
    from scan_unit
    cross join lateral (
        select distinct book_id
        from media_file
        where root_id = scan_unit.root_id and unit = scan_unit.unit and book_id is not null
    ) as mine
    cross join lateral (
        select root_id, unit
        from media_file
        where book_id = mine.book_id and state <> 'missing' and unit is not null
        offset 0
    ) as other
    where (other.root_id, other.unit) <> (scan_unit.root_id, scan_unit.unit)
) as shared
where media_file.root_id = shared.root_id
    and media_file.unit = shared.unit
    and media_file.is_derived
    and not exists (select from scan_unit where root_id = shared.root_id and unit = shared.unit)

-- name: index_scan_units
-- So that the files of a page are found at once.
-- needs: drop_scan_units create_scan_tables create_scan_units
create index on scan_unit (is_read, page);
create index on scan_found (root_id, unit);
create index on scan_found (root_id, folder, name);
analyze scan_unit;
analyze scan_found

-- name: list_unit_pages
-- The pages there are, in order.
-- needs: drop_scan_units create_scan_tables create_scan_units
select distinct page from scan_unit where is_read = %(is_read)s order by page

-- name: list_unit_files
-- The files of the units of a page, known ones and those that are to be read, unit by unit. A book of another catalogue
-- is not theirs any more. OFFSET 0 keeps to the indexes: in a first scan the planner knows nothing of the tables, and
-- would read them whole for each page.
-- needs: drop_scan_units create_scan_tables create_scan_units
with here as materialized (
    select root_id, unit from scan_unit where is_read = %(is_read)s and page = %(page)s
)
select
    here.root_id, here.unit, known.folder, known.name, known.id, known.state,
    (select book.id from book where book.id = known.book_id and book.catalogue_id = %(catalogue_id)s),
    known.said::text, known.role, known.part, known.is_derived, found.root_id is not null
from here
cross join lateral (
    select * from media_file where root_id = here.root_id and unit = here.unit offset 0
) as known
left join lateral (
    select root_id, unit
    from scan_found
    where root_id = known.root_id and folder = known.folder and name = known.name
    offset 0
) as found on true
where found.unit is null or found.unit = known.unit
union all
select
    here.root_id, here.unit, found.folder, found.name, known.id, coalesce(known.state, 'present'),
    (select book.id from book where book.id = known.book_id and book.catalogue_id = %(catalogue_id)s),
    known.said::text, known.role, known.part, coalesce(known.is_derived, false), true
from here
cross join lateral (
    select * from scan_found where root_id = here.root_id and unit = here.unit offset 0
) as found
left join lateral (
    select *
    from media_file
    where root_id = found.root_id and folder = found.folder and name = found.name
    offset 0
) as known on true
where known.id is null or known.unit is distinct from found.unit
order by 1, 2, 3, 4

-- name: count_book_files
-- Where the files of these books lie: of each unit how many main files, how many at all, and those that are missing
-- counted as none.
select
    book.id,
    file.root_id,
    file.unit,
    count(*) filter (where file.state <> 'missing' and file.role = 'main'),
    count(*) filter (where file.state <> 'missing')
from unnest(%(ids)s::bigint[]) as wanted (id)
join book on book.id = wanted.id and book.catalogue_id = %(catalogue_id)s
cross join lateral (
    select root_id, unit, state, role
    from media_file
    where book_id = wanted.id and book_id is not null and unit is not null
    offset 0
) as file
group by book.id, file.root_id, file.unit

-- name: take_book_ids
-- Numbers for books that are going to be written.
with numbers as materialized (select pg_get_serial_sequence('book', 'id')::regclass as sequence)
select nextval(numbers.sequence) from numbers, generate_series(1, %(count)s)

-- name: owe_files
-- What is about to be written would not be found again by its files, should this scan be killed: now it is.
update media_file set is_derived = false where id = any(%(ids)s::bigint[]) and is_derived

-- name: delete_left_books
-- Books that no file holds any more, missing ones included, and of which nobody said anything by hand.
delete from book
where book.catalogue_id = %(catalogue_id)s
    and not exists (select from media_file where media_file.book_id = book.id)
    and not exists (select from manual_value where entity = 'book' and entity_id = book.id)
