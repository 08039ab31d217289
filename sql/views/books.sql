-- Books, their series, whoever made them, and what was heard of them. Public and stable: columns may be added at the
-- end, never taken away or renamed.

create or replace view public.books as
select
    book.id as book_id,
    book.title,
    book.subtitle,
    array(
        select person.name
        from scannerd.book_contribution as part
        join scannerd.person on person.id = part.person_id
        where part.book_id = book.id and part.role in ('author', 'writer')
        group by person.id
        order by min(part.position + case part.role when 'author' then 0 else 100000 end)
    ) as authors,
    array(
        select person.name
        from scannerd.book_contribution as part
        join scannerd.person on person.id = part.person_id
        where part.book_id = book.id and part.role = 'narrator'
        order by part.position
    ) as narrators,
    first_series.name as series,
    first_series.number as series_number,
    array(
        select genre.name
        from scannerd.book_genre
        join scannerd.genre on genre.id = book_genre.genre_id
        where book_genre.book_id = book.id
        order by book_genre.position, genre.name
    ) as genres,
    array(
        select tag.name
        from scannerd.book_tag
        join scannerd.tag on tag.id = book_tag.tag_id
        where book_tag.book_id = book.id
        order by book_tag.position, tag.name
    ) as tags,
    book.language,
    book.published,
    (
        select coalesce(jsonb_object_agg(number.type, number.value), '{}')
        from (
            select own.type, min(own.value) as value
            from scannerd.book_identifier as own
            where own.book_id = book.id
            group by own.type
        ) as number
    ) as identifiers,
    held.files,
    (
        -- Of one book as m4b and as a hundred mp3, each is a reading of its own: a file that is no part, and parts, those
        -- of several formats together where no two have one number.
        select max(reading.duration_ms)
        from (
            select greatest(
                case
                    when grouping(file.format) = 0 or count(file.part) = count(distinct file.part)
                        then sum(file.duration_ms) filter (where file.part is not null)
                end,
                max(file.duration_ms) filter (where file.part is null)
            ) as duration_ms
            from scannerd.media_file as file
            where file.book_id = book.id and file.role = 'main' and file.state = 'present'
            group by grouping sets ((), (file.format))
        ) as reading
    ) as duration_ms,
    first_series.number_end as series_number_end,
    first_series.unit as series_unit,
    first_series.number_text as series_number_text,
    (
        select coalesce(
            jsonb_agg(
                jsonb_build_object(
                    'series', series.name,
                    'number', place.number,
                    'number_end', place.number_end,
                    'unit', place.unit,
                    'number_text', place.number_text
                )
                order by place.position
            ),
            '[]'
        )
        from scannerd.book_series as place
        join scannerd.series on series.id = place.series_id
        where place.book_id = book.id
    ) as all_series,
    book.sort_title,
    book.description,
    book.published_precision,
    book.publisher,
    book.is_abridged,
    held.pages,
    array(
        select distinct file.format
        from scannerd.media_file as file
        where file.book_id = book.id and file.role = 'main' and file.state = 'present' and file.format is not null
        order by file.format
    ) as formats,
    array(
        select person.name
        from scannerd.book_contribution as part
        join scannerd.person on person.id = part.person_id
        where part.book_id = book.id and part.role = 'translator'
        order by part.position
    ) as translators,
    (
        select coalesce(
            jsonb_agg(
                jsonb_build_object('name', person.name, 'role', part.role, 'credited_as', part.credited_as)
                order by part.role, part.position
            ),
            '[]'
        )
        from scannerd.book_contribution as part
        join scannerd.person on person.id = part.person_id
        where part.book_id = book.id
    ) as contributors,
    (
        select coalesce(
            jsonb_agg(jsonb_build_object('type', own.type, 'value', own.value) order by own.type, own.value), '[]'
        )
        from scannerd.book_identifier as own
        where own.book_id = book.id
    ) as all_identifiers,
    held.files > 0 as owned,
    book.added_at,
    catalogue.name as catalogue,
    held.has_cover,
    book.sources,
    first_series.series_id
from scannerd.book
join scannerd.catalogue on catalogue.id = book.catalogue_id
left join lateral ( -- "left", so that it is left out where nobody asks for it
    select
        count(*) filter (where file.role = 'main') as files,
        max(file.pages) filter (where file.role = 'main') as pages,
        coalesce(
            bool_or(case when file.role = 'sidecar' then file.said ->> 'kind' = 'picture' else file.has_picture end), false
        ) as has_cover
    from scannerd.media_file as file
    where file.book_id = book.id and file.state = 'present'
) as held on true
left join lateral (
    select series.id as series_id, series.name, place.number, place.number_end, place.unit, place.number_text
    from scannerd.book_series as place
    join scannerd.series on series.id = place.series_id
    where place.book_id = book.id
    order by place.position, place.series_id
    limit 1
) as first_series on true;

create or replace view public.series as
select
    series.id as series_id,
    series.name,
    held.books,
    held.numbers,
    held.first_number,
    held.last_number,
    array(
        select person.name
        from scannerd.book_series as place
        join scannerd.book_contribution as part on part.book_id = place.book_id
        join scannerd.person on person.id = part.person_id
        where place.series_id = series.id and part.role in ('author', 'writer')
        group by person.id
        order by count(distinct part.book_id) desc, person.name
    ) as authors,
    held.duration_ms,
    held.owned_books,
    catalogue.name as catalogue
from scannerd.series
join scannerd.catalogue on catalogue.id = series.catalogue_id
cross join lateral (
    select
        count(*) as books,
        coalesce(
            array_agg(place.number order by place.number, place.number_end, books.sort_title)
            filter (where place.number is not null),
            '{}'
        ) as numbers,
        min(place.number) as first_number,
        max(coalesce(place.number_end, place.number)) as last_number,
        sum(books.duration_ms)::bigint as duration_ms,
        count(*) filter (where books.owned) as owned_books
    from scannerd.book_series as place
    join public.books on books.book_id = place.book_id
    where place.series_id = series.id
) as held
where held.books > 0;

-- One row for everybody who is one person in several catalogues. Who has the verified MBID of another is them; who has
-- none is whoever else has that name without MBID. If all who have that name and an MBID share one MBID, and no catalogue
-- tells somebody of that name with it from somebody without, then those without are that person too. Who was set apart by
-- hand is nobody else.
create or replace view public.persons as
select
    one.person_ids,
    one.name,
    one.sort_name,
    one.mbid,
    array(
        select distinct book.title
        from scannerd.book_contribution as part
        join scannerd.book on book.id = part.book_id
        where part.person_id = any(one.person_ids) and part.role in ('author', 'writer')
        order by book.title
    ) as wrote,
    array(
        select book.title
        from scannerd.book_contribution as part
        join scannerd.book on book.id = part.book_id
        where part.person_id = any(one.person_ids) and part.role = 'narrator'
        union
        select book.title
        from scannerd.file_contribution as part
        join scannerd.media_file on media_file.id = part.file_id
        join scannerd.book on book.id = media_file.book_id
        where part.person_id = any(one.person_ids) and part.role = 'narrator'
        order by 1
    ) as read,
    array(
        select distinct book.title
        from scannerd.book_contribution as part
        join scannerd.book on book.id = part.book_id
        where part.person_id = any(one.person_ids) and part.role = 'translator'
        order by book.title
    ) as translated,
    array(
        select distinct book.title
        from scannerd.book_contribution as part
        join scannerd.book on book.id = part.book_id
        where part.person_id = any(one.person_ids) and part.role = 'editor'
        order by book.title
    ) as edited,
    array(
        select distinct book.title
        from scannerd.book_contribution as part
        join scannerd.book on book.id = part.book_id
        where part.person_id = any(one.person_ids)
            and part.role in ('illustrator', 'penciller', 'inker', 'colorist', 'cover-artist')
        order by book.title
    ) as illustrated,
    array(
        select track.title
        from scannerd.track_contribution as part
        join scannerd.track on track.id = part.track_id
        where part.person_id = any(one.person_ids) and part.role = 'composer'
        union
        select book.title
        from scannerd.book_contribution as part
        join scannerd.book on book.id = part.book_id
        where part.person_id = any(one.person_ids) and part.role = 'composer'
        order by 1
    ) as composed,
    (
        select count(distinct part.track_id)
        from scannerd.track_contribution as part
        where part.person_id = any(one.person_ids) and part.role in ('artist', 'featured', 'performer', 'conductor')
    ) as performed,
    one.catalogues,
    array(
        select distinct book.title
        from scannerd.book_contribution as part
        join scannerd.book on book.id = part.book_id
        where part.person_id = any(one.person_ids)
            and part.role in ('letterer', 'photographer', 'introduction', 'afterword', 'contributor')
        order by book.title
    ) as contributed
from (
    select
        array_agg(known.id order by known.id) as person_ids,
        (array_agg(known.name order by known.is_verified desc, known.id))[1] as name,
        (
            array_agg(known.sort_name order by known.sort_name_source is not distinct from 'rule', known.id)
            filter (where known.sort_name is not null)
        )[1] as sort_name,
        coalesce(min(known.mbid::text) filter (where known.is_verified), min(known.mbid::text))::uuid as mbid,
        array_agg(distinct catalogue.name order by catalogue.name) as catalogues
    from (
        select person.*, coalesce(person.mbid_source = 'verified', false) as is_verified, namesake.mbid as namesake_mbid
        from scannerd.person
        left join (
            select named.match_key, min(named.mbid::text) filter (where named.mbid_source = 'verified') as mbid
            from scannerd.person as named
            where named.mbid_source = 'verified' or not named.set_apart
            group by named.match_key
            having count(*) > 1
                and count(*) = count(distinct named.catalogue_id)
                and count(distinct named.mbid) filter (where named.mbid_source = 'verified') = 1
        ) as namesake on namesake.match_key = person.match_key
    ) as known
    join scannerd.catalogue on catalogue.id = known.catalogue_id
    group by
        case
            when known.is_verified then known.mbid::text
            when known.set_apart then 'apart ' || known.id
            else coalesce(known.namesake_mbid, 'named ' || known.match_key)
        end
) as one;

create or replace view public.book_listens as
select
    listener.name as listener,
    heard.listened_at,
    heard.book_id,
    coalesce(book.title, heard.title) as title,
    coalesce(
        (
            select string_agg(person.name, ', ' order by part.role, part.position)
            from scannerd.book_contribution as part
            join scannerd.person on person.id = part.person_id
            where part.book_id = heard.book_id and part.role in ('author', 'writer')
        ),
        heard.author
    ) as author,
    heard.chapter,
    heard.played_for_ms,
    heard.client,
    heard.source,
    heard.export_id,
    heard.time_kind,
    heard.title as told_title,
    heard.author as told_author,
    heard.id as book_listen_id
from scannerd.book_listen as heard
join scannerd.listener on listener.id = heard.listener_id
left join scannerd.book on book.id = heard.book_id
where not exists (
    -- The same playing, told before; or told to the second, where this one knows only the minute of its end.
    select from scannerd.book_listen as other
    where other.listener_id = heard.listener_id
        and other.listened_at >= heard.listened_at
        and other.listened_at < heard.listened_at + interval '1 minute'
        and other.title_key = heard.title_key
        and coalesce(other.played_for_ms, -1) = coalesce(heard.played_for_ms, -1)
        and coalesce(other.chapter = heard.chapter, true)
        and (
            (
                other.listened_at = heard.listened_at
                and other.time_kind = heard.time_kind
                and (other.export_id, other.member, other.row_no) < (heard.export_id, heard.member, heard.row_no)
                -- In one file of a source that knows only minutes, equal rows are several playings.
                and (heard.time_kind <> 'minute' or (other.export_id, other.member) <> (heard.export_id, heard.member))
            )
            or (heard.time_kind = 'minute' and other.time_kind <> 'minute')
        )
);

comment on view public.books is 'Every book that a library holds or held, with whoever made it and its place in its series';
comment on column public.books.book_id is 'Its number';
comment on column public.books.title is 'The title';
comment on column public.books.subtitle is 'The subtitle, where known';
comment on column public.books.authors is 'Its authors, or the writers of a comic, in order; empty where nobody says';
comment on column public.books.narrators is 'Who reads it, in order; empty where nobody says';
comment on column public.books.series is 'The series it belongs to, the first of several';
comment on column public.books.series_number is 'Its number there; of a range the first';
comment on column public.books.genres is 'Genres, in order; empty where nobody says';
comment on column public.books.tags is 'A user''s labels, in order; empty where nobody says';
comment on column public.books.language is 'BCP 47 tag: en, de-AT, ...';
comment on column public.books.published is 'When it was published; what published_precision leaves out is 1';
comment on column public.books.identifiers is 'Its numbers by type: {"isbn_13": "9780441172719", "asin": ...}; of several of one type the lowest, see all_identifiers';
comment on column public.books.files is 'How many files of it are there and can be read, without booklets and sidecars';
comment on column public.books.duration_ms is 'How long a reading of it takes, in milliseconds; of several readings the longest';
comment on column public.books.series_number_end is 'The last number, where it is a range';
comment on column public.books.series_unit is 'What the number counts, where that is told: volume or chapter';
comment on column public.books.series_number_text is 'The number as printed, where that is no number: Annual, ...';
comment on column public.books.all_series is 'All its series in order: [{"series", "number", "number_end", "unit", "number_text"}, ...]';
comment on column public.books.sort_title is 'The title as it is sorted: Hobbit, The';
comment on column public.books.description is 'What it is about, in plain text';
comment on column public.books.published_precision is 'How well published is known: year, month or day';
comment on column public.books.publisher is 'The publisher, where known';
comment on column public.books.is_abridged is 'Whether a reading is abridged, where somebody says';
comment on column public.books.pages is 'How many pages its longest file has, where known';
comment on column public.books.formats is 'The formats it is there in: epub, m4b, cbz, ...';
comment on column public.books.translators is 'Who translated it, in order';
comment on column public.books.contributors is 'Everybody with a part in it: [{"name", "role", "credited_as"}, ...], credited_as being the name as printed';
comment on column public.books.all_identifiers is 'All its numbers: [{"type", "value"}, ...]';
comment on column public.books.owned is 'Whether a library holds it: some file of it is there and can be read';
comment on column public.books.added_at is 'When a scan first saw it';
comment on column public.books.catalogue is 'The catalogue it stands in';
comment on column public.books.has_cover is 'Whether a picture is embedded in one of its files, or lies beside them';
comment on column public.books.sources is 'Who says its title, subtitle, ...: manual, sidecar, file or path';
comment on column public.books.series_id is 'The series, as in series';
comment on view public.series is 'Every series that a book belongs to';
comment on column public.series.series_id is 'Its number';
comment on column public.series.name is 'The name';
comment on column public.series.books is 'How many books of it are known';
comment on column public.series.numbers is 'The numbers of these books in order, where they have one; of a range the first';
comment on column public.series.first_number is 'The lowest of them';
comment on column public.series.last_number is 'The highest of them; of a range the last';
comment on column public.series.authors is 'Who wrote them, whoever wrote most of them first';
comment on column public.series.duration_ms is 'How long it takes to hear all that can be heard, in milliseconds';
comment on column public.series.owned_books is 'How many of its books a library holds';
comment on column public.series.catalogue is 'The catalogue it stands in';
comment on view public.persons is 'Everybody once, whatever catalogues they are in: whoever has the same verified MusicBrainz id, or the same name and no id; one without id is also the one who has that name and an id, if only one has';
comment on column public.persons.person_ids is 'Their numbers, one for each catalogue and for each spelling that was not merged; as in artists';
comment on column public.persons.name is 'The name';
comment on column public.persons.sort_name is 'The name as it is sorted: Le Guin, Ursula K.';
comment on column public.persons.mbid is 'MusicBrainz id, where known';
comment on column public.persons.wrote is 'The titles of the books they wrote';
comment on column public.persons.read is 'The titles of the books they read aloud, or a part of';
comment on column public.persons.translated is 'The titles of the books they translated';
comment on column public.persons.edited is 'The titles of the books they edited';
comment on column public.persons.illustrated is 'The titles of the books they drew, inked, coloured or made the cover of';
comment on column public.persons.composed is 'The titles of the tracks and books they composed the music of';
comment on column public.persons.performed is 'On how many tracks they are heard: as artist, guest, performer or conductor';
comment on column public.persons.catalogues is 'The catalogues they are in';
comment on column public.persons.contributed is 'The titles of the books they had any other part in';
comment on view public.book_listens is 'What was heard of audiobooks, each playing once, whether the book is owned or not';
comment on column public.book_listens.listener is 'Who listened';
comment on column public.book_listens.listened_at is 'When it began (time_kind says how well that is known)';
comment on column public.book_listens.book_id is 'The book, as in books; null where none of that title and author is known';
comment on column public.book_listens.title is 'The title of the book; as the source has it where the book is not known';
comment on column public.book_listens.author is 'Its authors; as the source has them where the book is not known';
comment on column public.book_listens.chapter is 'The chapter, as the source names it';
comment on column public.book_listens.played_for_ms is 'How long it was heard, in milliseconds; null where the source does not say';
comment on column public.book_listens.client is 'The player or app, as the source names it';
comment on column public.book_listens.source is 'Which service told it';
comment on column public.book_listens.export_id is 'The export that brought it, as in imports';
comment on column public.book_listens.time_kind is 'What the source told: start, end or minute';
comment on column public.book_listens.told_title is 'The title as the source has it';
comment on column public.book_listens.told_author is 'The author as the source has them';
comment on column public.book_listens.book_listen_id is 'Its number';
