-- One book with its files and all that belongs to it, in one transaction. Used by scannerd/library/books/write.py, many
-- in one pipeline. Files and relations come as JSON documents, bytes in them as base64. Each relation is written as the
-- difference: what left goes, what is new or changed comes, the rest is not touched. What a person set by hand stays.

-- name: insert_book
-- A book that nobody knew, under the number it was given, with its files and all relations: nobody holds a part of it
-- yet, so one statement is enough, and is the whole transaction.
with new_book as (
    insert into book (
        id, catalogue_id, title, match_key, sort_title, subtitle, description, language, published,
        published_precision, publisher, is_abridged, sources
    )
    overriding system value
    select
        %(book_id)s, %(catalogue_id)s, title, match_key, sort_title, subtitle, description, language, published,
        published_precision, publisher, is_abridged, sources
    from jsonb_to_record(%(book)s::jsonb) as said (
        title text, match_key text, sort_title text, subtitle text, description text, language text, published date,
        published_precision text, publisher text, is_abridged boolean, sources jsonb
    )
), said_files as materialized (
    select *, decode(said.folder_64, 'base64') as folder, decode(said.name_64, 'base64') as name
    from jsonb_to_recordset(%(files)s::jsonb) as said (
        folder_64 text, name_64 text, size bigint, mtime_ns bigint, inode bigint, content_hash text, state text,
        role text, part int, format text, codec text, duration_ms int, bitrate int, sample_rate int, channels smallint,
        bit_depth smallint, pages int, has_picture boolean, is_tagged boolean, details jsonb, said jsonb, reason text,
        chapters jsonb, narrators jsonb
    )
), new_files as (
    insert into media_file (
        root_id, folder, name, unit, size, mtime_ns, inode, content_hash, state, book_id, role, part, format, codec,
        duration_ms, bitrate, sample_rate, channels, bit_depth, pages, has_picture, is_tagged, details, said, reason,
        parsed_by, is_derived
    )
    select
        %(root_id)s, folder, name, %(unit)s::bytea, size, mtime_ns, inode, decode(content_hash, 'base64'), state,
        %(book_id)s, role, part, format, codec, duration_ms, bitrate, sample_rate, channels, bit_depth, pages,
        has_picture, is_tagged, details, said, reason, %(parsed_by)s, true
    from said_files
    returning id, folder, name
), new_chapters as (
    insert into chapter (file_id, position, level, title, start_ms, end_ms, start_page, end_page, href)
    select new_files.id, chapter.*
    from said_files
    join new_files using (folder, name)
    cross join lateral jsonb_to_recordset(said_files.chapters) as chapter (
        position int, level smallint, title text, start_ms bigint, end_ms bigint, start_page int, end_page int,
        href text
    )
), new_narrators as (
    insert into file_contribution (file_id, person_id, role, position, credited_as, source)
    select new_files.id, narrator.*
    from said_files
    join new_files using (folder, name)
    cross join lateral jsonb_to_recordset(said_files.narrators) as narrator (
        person_id bigint, role text, position smallint, credited_as text, source text
    )
), new_contributions as (
    insert into book_contribution (book_id, person_id, role, position, credited_as, source)
    select %(book_id)s, said.*
    from jsonb_to_recordset(%(contributions)s::jsonb) as said (
        person_id bigint, role text, position smallint, credited_as text, source text
    )
), new_genres as (
    insert into book_genre (book_id, genre_id, position, source)
    select %(book_id)s, said.*
    from jsonb_to_recordset(%(genres)s::jsonb) as said (genre_id bigint, position smallint, source text)
), new_tags as (
    insert into book_tag (book_id, tag_id, position, source)
    select %(book_id)s, said.*
    from jsonb_to_recordset(%(tags)s::jsonb) as said (tag_id bigint, position smallint, source text)
), new_series as (
    insert into book_series (book_id, series_id, position, number, number_end, unit, number_text, source)
    select %(book_id)s, said.*
    from jsonb_to_recordset(%(series)s::jsonb) as said (
        series_id bigint, position smallint, number numeric, number_end numeric, unit text, number_text text,
        source text
    )
)
insert into book_identifier (book_id, type, value, source)
select %(book_id)s, said.*
from jsonb_to_recordset(%(identifiers)s::jsonb) as said (type text, value text, source text)

-- name: make_book
-- A book that nobody knew, made of files that we do know; what belongs to it follows in the same transaction.
insert into book (
    id, catalogue_id, title, match_key, sort_title, subtitle, description, language, published, published_precision,
    publisher, is_abridged, sources
)
overriding system value
select
    %(book_id)s, %(catalogue_id)s, title, match_key, sort_title, subtitle, description, language, published,
    published_precision, publisher, is_abridged, sources
from jsonb_to_record(%(book)s::jsonb) as said (
    title text, match_key text, sort_title text, subtitle text, description text, language text, published date,
    published_precision text, publisher text, is_abridged boolean, sources jsonb
)

-- name: update_book
-- A book that was there before takes what its files say now. What a person set stays, and so does what another source
-- said of which the files are silent; what only files said goes when they say it no longer.
with hand as (
    select array(select field from manual_value where entity = 'book' and entity_id = %(book_id)s) as fields
), kept as (
    select
        hand.fields,
        array(
            select field
            from (
                values
                    ('title', 'title'), ('title', 'match_key'), ('title', 'sort_title'), ('sort_title', 'sort_title'),
                    ('subtitle', 'subtitle'), ('description', 'description'), ('language', 'language'),
                    ('published', 'published'), ('published', 'published_precision'), ('publisher', 'publisher'),
                    ('is_abridged', 'is_abridged')
            ) as column_of (value, field)
            where column_of.value = any(hand.fields)
                or (
                    coalesce(known.sources ->> column_of.value, 'file') not in ('sidecar', 'file', 'path')
                    and %(book)s::jsonb ->> column_of.value is null
                )
        ) as columns
    from book as known
    cross join hand
    where known.id = %(book_id)s
), told as (
    select (jsonb_populate_record(known, (%(book)s::jsonb - kept.columns) || jsonb_build_object(
        'sources',
        ((%(book)s::jsonb -> 'sources') - kept.columns)
        || coalesce(
            (
                select jsonb_object_agg(
                    field, case when field = any(kept.fields) then 'manual' else known.sources ->> field end
                )
                from unnest(kept.columns) as field
                where known.sources ? field or field = any(kept.fields)
            ),
            '{}'
        )
    ))).*
    from book as known
    cross join kept
    where known.id = %(book_id)s
)
update book
set
    title = told.title,
    match_key = told.match_key,
    sort_title = told.sort_title,
    subtitle = told.subtitle,
    description = told.description,
    language = told.language,
    published = told.published,
    published_precision = told.published_precision,
    publisher = told.publisher,
    is_abridged = told.is_abridged,
    sources = told.sources
from told
where book.id = told.id and book.* is distinct from told.*

-- name: write_book_files
-- The files that were just read, in the same transaction as their book: a file that is here has all its relations.
insert into media_file as known (
    root_id, folder, name, unit, size, mtime_ns, inode, content_hash, state, book_id, role, part, format, codec,
    duration_ms, bitrate, sample_rate, channels, bit_depth, pages, has_picture, is_tagged, details, said, parsed_by,
    is_derived
)
select
    %(root_id)s, decode(folder_64, 'base64'), decode(name_64, 'base64'), %(unit)s::bytea, size, mtime_ns, inode,
    decode(content_hash, 'base64'), state, book_id, role, part, format, codec, duration_ms, bitrate, sample_rate,
    channels, bit_depth, pages, has_picture, is_tagged, details, said, %(parsed_by)s, true
from jsonb_to_recordset(%(files)s::jsonb) as said (
    folder_64 text, name_64 text, size bigint, mtime_ns bigint, inode bigint, content_hash text, state text,
    book_id bigint, role text, part int, format text, codec text, duration_ms int, bitrate int, sample_rate int,
    channels smallint, bit_depth smallint, pages int, has_picture boolean, is_tagged boolean, details jsonb, said jsonb
)
on conflict (root_id, folder, name) do update
set
    unit = excluded.unit,
    size = excluded.size,
    mtime_ns = excluded.mtime_ns,
    inode = excluded.inode,
    content_hash = excluded.content_hash,
    state = excluded.state,
    missing_since = null,
    track_id = null,
    is_primary = false,
    book_id = excluded.book_id,
    role = excluded.role,
    part = excluded.part,
    format = excluded.format,
    codec = excluded.codec,
    duration_ms = excluded.duration_ms,
    bitrate = excluded.bitrate,
    sample_rate = excluded.sample_rate,
    channels = excluded.channels,
    bit_depth = excluded.bit_depth,
    pages = excluded.pages,
    has_picture = excluded.has_picture,
    is_tagged = excluded.is_tagged,
    details = excluded.details,
    said = excluded.said,
    reason = null,
    parsed_by = excluded.parsed_by,
    is_derived = true
where (
    known.unit, known.size, known.mtime_ns, known.inode, known.content_hash, known.state, known.book_id, known.role,
    known.part, known.format, known.codec, known.duration_ms, known.bitrate, known.sample_rate, known.channels,
    known.bit_depth, known.pages, known.has_picture, known.is_tagged, known.details, known.said, known.parsed_by,
    known.is_derived
) is distinct from (
    excluded.unit, excluded.size, excluded.mtime_ns, excluded.inode, excluded.content_hash, excluded.state,
    excluded.book_id, excluded.role, excluded.part, excluded.format, excluded.codec, excluded.duration_ms,
    excluded.bitrate, excluded.sample_rate, excluded.channels, excluded.bit_depth, excluded.pages,
    excluded.has_picture, excluded.is_tagged, excluded.details, excluded.said, excluded.parsed_by, excluded.is_derived
)

-- name: write_unreadable_book_files
-- Files that are there and broken: what they said before is still known, but does not count.
insert into media_file as known (
    root_id, folder, name, unit, size, mtime_ns, inode, content_hash, state, book_id, role, part, format, reason,
    parsed_by, is_derived
)
select
    %(root_id)s, decode(folder_64, 'base64'), decode(name_64, 'base64'), %(unit)s::bytea, size, mtime_ns, inode,
    decode(content_hash, 'base64'), state, book_id, role, part, format, reason, %(parsed_by)s, true
from jsonb_to_recordset(%(files)s::jsonb) as said (
    folder_64 text, name_64 text, size bigint, mtime_ns bigint, inode bigint, content_hash text, state text,
    book_id bigint, role text, part int, format text, reason text
)
on conflict (root_id, folder, name) do update
set
    unit = excluded.unit,
    size = excluded.size,
    mtime_ns = excluded.mtime_ns,
    inode = excluded.inode,
    content_hash = excluded.content_hash,
    state = excluded.state,
    missing_since = null,
    track_id = null,
    is_primary = false,
    book_id = excluded.book_id,
    role = excluded.role,
    part = excluded.part,
    reason = excluded.reason,
    parsed_by = excluded.parsed_by,
    is_derived = true
where (
    known.unit, known.size, known.mtime_ns, known.inode, known.content_hash, known.state, known.book_id, known.role,
    known.part, known.reason, known.parsed_by, known.is_derived
) is distinct from (
    excluded.unit, excluded.size, excluded.mtime_ns, excluded.inode, excluded.content_hash, excluded.state,
    excluded.book_id, excluded.role, excluded.part, excluded.reason, excluded.parsed_by, excluded.is_derived
)

-- name: place_book_files
-- Files that were not read now, at their place in their book.
update media_file
set book_id = said.book_id, role = said.role, part = said.part, is_derived = true
from jsonb_to_recordset(%(placed)s::jsonb) as said (id bigint, book_id bigint, role text, part int)
where media_file.id = said.id
    and (media_file.book_id, media_file.role, media_file.part, media_file.is_derived)
    is distinct from (said.book_id, said.role, said.part, true)

-- name: write_chapters
-- The chapters of files that were just read; other files keep theirs. They are counted without a gap.
with said as materialized (
    select media_file.id as file_id, said.chapters
    from jsonb_to_recordset(%(chapters)s::jsonb) as said (folder_64 text, name_64 text, chapters jsonb)
    cross join lateral (
        select id
        from media_file
        where root_id = %(root_id)s
            and folder = decode(said.folder_64, 'base64')
            and name = decode(said.name_64, 'base64')
        offset 0
    ) as media_file
), gone as (
    delete from chapter as known
    using said
    where known.file_id = said.file_id and known.position >= jsonb_array_length(said.chapters)
)
insert into chapter as known (file_id, position, level, title, start_ms, end_ms, start_page, end_page, href)
select said.file_id, chapter.*
from said
cross join lateral jsonb_to_recordset(said.chapters) as chapter (
    position int, level smallint, title text, start_ms bigint, end_ms bigint, start_page int, end_page int, href text
)
on conflict (file_id, position) do update
set
    level = excluded.level,
    title = excluded.title,
    start_ms = excluded.start_ms,
    end_ms = excluded.end_ms,
    start_page = excluded.start_page,
    end_page = excluded.end_page,
    href = excluded.href
where (
    known.level, known.title, known.start_ms, known.end_ms, known.start_page, known.end_page, known.href
) is distinct from (
    excluded.level, excluded.title, excluded.start_ms, excluded.end_ms, excluded.start_page, excluded.end_page,
    excluded.href
)

-- name: write_file_narrators
-- Who reads each file of the book, where its files are read by different people; a file at a time is compared.
with said as materialized (
    select media_file.id as file_id, said.narrators
    from jsonb_to_recordset(%(narrators)s::jsonb) as said (folder_64 text, name_64 text, narrators jsonb)
    cross join lateral (
        select id
        from media_file
        where root_id = %(root_id)s
            and folder = decode(said.folder_64, 'base64')
            and name = decode(said.name_64, 'base64')
        offset 0
    ) as media_file
), wanted as (
    select said.file_id, narrator.*
    from said
    cross join lateral jsonb_to_recordset(said.narrators) as narrator (
        person_id bigint, role text, position smallint, credited_as text, source text
    )
), gone as (
    delete from file_contribution as known
    using said
    where known.file_id = said.file_id
        and known.source <> 'manual'
        and not exists (
            select from wanted
            where wanted.file_id = known.file_id and wanted.person_id = known.person_id and wanted.role = known.role
        )
)
insert into file_contribution as known (file_id, person_id, role, position, credited_as, source)
select file_id, person_id, role, position, credited_as, source from wanted
on conflict (file_id, role, person_id) do update
set position = excluded.position, credited_as = excluded.credited_as, source = excluded.source
where known.source <> 'manual'
    and (known.position, known.credited_as, known.source)
    is distinct from (excluded.position, excluded.credited_as, excluded.source)
