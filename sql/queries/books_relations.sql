-- What belongs to a book that was there before, relation by relation, in the transaction of the book. Used by
-- scannerd/library/books/write.py. What neither a file nor a person says goes once files say something of that kind.

-- name: write_book_contributions
-- Who has which part in the book.
with hand as (
    select exists (
        select from manual_value
        where entity = 'book' and entity_id = %(book_id)s and field = 'contributions'
    ) as is_set
), wanted as (
    select said.*
    from jsonb_to_recordset(%(contributions)s::jsonb) as said (
        person_id bigint, role text, position smallint, credited_as text, source text
    )
    cross join hand
    where not hand.is_set
), gone as (
    delete from book_contribution as known
    using hand
    where known.book_id = %(book_id)s
        and not hand.is_set
        and known.source <> 'manual'
        and (
            known.source in ('sidecar', 'file', 'path')
            or exists (select from wanted where wanted.role = known.role)
        )
        and not exists (
            select from wanted where wanted.person_id = known.person_id and wanted.role = known.role
        )
)
insert into book_contribution as known (book_id, person_id, role, position, credited_as, source)
select %(book_id)s, person_id, role, position, credited_as, source from wanted
on conflict (book_id, role, person_id) do update
set position = excluded.position, credited_as = excluded.credited_as, source = excluded.source
where known.source <> 'manual'
    and (known.position, known.credited_as, known.source)
    is distinct from (excluded.position, excluded.credited_as, excluded.source)

-- name: write_book_genres
-- The book's genres.
with hand as (
    select exists (
        select from manual_value where entity = 'book' and entity_id = %(book_id)s and field = 'genres'
    ) as is_set
), wanted as (
    select said.*
    from jsonb_to_recordset(%(genres)s::jsonb) as said (genre_id bigint, position smallint, source text)
    cross join hand
    where not hand.is_set
), gone as (
    delete from book_genre as known
    using hand
    where known.book_id = %(book_id)s
        and not hand.is_set
        and known.source <> 'manual'
        and (known.source in ('sidecar', 'file', 'path') or exists (select from wanted))
        and not exists (select from wanted where wanted.genre_id = known.genre_id)
)
insert into book_genre as known (book_id, genre_id, position, source)
select %(book_id)s, genre_id, position, source from wanted
on conflict (book_id, genre_id) do update
set position = excluded.position, source = excluded.source
where known.source <> 'manual'
    and (known.position, known.source) is distinct from (excluded.position, excluded.source)

-- name: write_book_tags
-- The book's tags.
with hand as (
    select exists (
        select from manual_value where entity = 'book' and entity_id = %(book_id)s and field = 'tags'
    ) as is_set
), wanted as (
    select said.*
    from jsonb_to_recordset(%(tags)s::jsonb) as said (tag_id bigint, position smallint, source text)
    cross join hand
    where not hand.is_set
), gone as (
    delete from book_tag as known
    using hand
    where known.book_id = %(book_id)s
        and not hand.is_set
        and known.source <> 'manual'
        and (known.source in ('sidecar', 'file', 'path') or exists (select from wanted))
        and not exists (select from wanted where wanted.tag_id = known.tag_id)
)
insert into book_tag as known (book_id, tag_id, position, source)
select %(book_id)s, tag_id, position, source from wanted
on conflict (book_id, tag_id) do update
set position = excluded.position, source = excluded.source
where known.source <> 'manual'
    and (known.position, known.source) is distinct from (excluded.position, excluded.source)

-- name: write_book_series
-- The series of the book and its place in each. Numbers are compared as texts: 1.10 is not 1.1 to whoever counts so.
with hand as (
    select exists (
        select from manual_value where entity = 'book' and entity_id = %(book_id)s and field = 'series'
    ) as is_set
), wanted as (
    select said.*
    from jsonb_to_recordset(%(series)s::jsonb) as said (
        series_id bigint, position smallint, number numeric, number_end numeric, unit text, number_text text,
        source text
    )
    cross join hand
    where not hand.is_set
), gone as (
    delete from book_series as known
    using hand
    where known.book_id = %(book_id)s
        and not hand.is_set
        and known.source <> 'manual'
        and (known.source in ('sidecar', 'file', 'path') or exists (select from wanted))
        and not exists (select from wanted where wanted.series_id = known.series_id)
)
insert into book_series as known (
    book_id, series_id, position, number, number_end, unit, number_text, source
)
select %(book_id)s, series_id, position, number, number_end, unit, number_text, source from wanted
on conflict (book_id, series_id) do update
set
    position = excluded.position,
    number = excluded.number,
    number_end = excluded.number_end,
    unit = excluded.unit,
    number_text = excluded.number_text,
    source = excluded.source
where known.source <> 'manual'
    and (
        known.position, known.number::text, known.number_end::text, known.unit, known.number_text, known.source
    ) is distinct from (
        excluded.position, excluded.number::text, excluded.number_end::text, excluded.unit, excluded.number_text,
        excluded.source
    )

-- name: write_book_identifiers
-- The numbers that name the book.
with hand as (
    select exists (
        select from manual_value where entity = 'book' and entity_id = %(book_id)s and field = 'identifiers'
    ) as is_set
), wanted as (
    select said.*
    from jsonb_to_recordset(%(identifiers)s::jsonb) as said (type text, value text, source text)
    cross join hand
    where not hand.is_set
), gone as (
    delete from book_identifier as known
    using hand
    where known.book_id = %(book_id)s
        and not hand.is_set
        and known.source <> 'manual'
        and (
            known.source in ('sidecar', 'file', 'path')
            or exists (select from wanted where wanted.type = known.type)
        )
        and not exists (select from wanted where wanted.type = known.type and wanted.value = known.value)
)
insert into book_identifier as known (book_id, type, value, source)
select %(book_id)s, type, value, source from wanted
on conflict (book_id, type, value) do update
set source = excluded.source
where known.source <> 'manual' and known.source <> excluded.source
