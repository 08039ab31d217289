-- What was heard of audiobooks, and the books it was. Used by scannerd/listens/book_listens.py.

-- name: lock_book_listens
-- Wait until nobody else finds books for what was heard of them.
select pg_advisory_xact_lock(%(lock)s)

-- name: list_heard_books
-- The titles and authors that one export tells of, or all do.
select title_key, author_key, min(author)
from book_listen
where %(export_id)s::bigint is null or export_id = %(export_id)s
group by title_key, author_key

-- name: list_books_of_titles
-- The books whose titles are like these, subtitles aside: with their subtitle, whether they can be heard, and every name
-- of their authors.
select
    book.id,
    book.match_key,
    book.subtitle,
    exists (
        select from media_file
        where media_file.book_id = book.id and media_file.role = 'main' and media_file.said ->> 'kind' = 'audio'
    ) as is_audio,
    array(
        select person.match_key
        from book_contribution as by
        join person on person.id = by.person_id
        where by.book_id = book.id and by.role in ('author', 'writer')
        union
        select person_alias.match_key
        from book_contribution as by
        join person_alias on person_alias.person_id = by.person_id
        where by.book_id = book.id and by.role in ('author', 'writer')
    ) as authors
from (select distinct bare_key from unnest(%(bare_keys)s::text[]) as asked (bare_key)) as asked
join book on split_part(split_part(book.match_key, ': ', 1), ' - ', 1) = asked.bare_key

-- name: point_book_listens
-- What was heard points to its book from now on, or to none. Books that somebody is deleting are left out.
with heard as (
    select *
    from unnest(%(title_keys)s::text[], %(author_keys)s::text[], %(book_ids)s::bigint[])
        as heard (title_key, author_key, book_id)
), kept as (
    select id from book where id in (select book_id from heard) order by id for key share
)
update book_listen
set book_id = kept.id
from heard
left join kept on kept.id = heard.book_id
where book_listen.title_key = heard.title_key
    and book_listen.author_key is not distinct from heard.author_key
    and book_listen.book_id is distinct from kept.id
