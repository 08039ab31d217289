"""What a database says of libraries of books, told without numbers, so that two databases can be compared."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psycopg
from library_content import differences

Content = dict[str, Any]

_BOOKS = """
    select book.id, title, book.match_key, sort_title, subtitle, description, language, published,
        published_precision, publisher, is_abridged, sources::text,
        array(select (role, position, person.match_key, credited_as, source)::text
            from book_contribution join person on person.id = person_id where book_id = book.id
            order by role, position),
        array(select (match_key, position, source)::text
            from book_genre join genre on genre.id = genre_id where book_id = book.id order by position),
        array(select (match_key, position, source)::text
            from book_tag join tag on tag.id = tag_id where book_id = book.id order by position),
        array(select (match_key, position, number, number_end, unit, number_text, source)::text
            from book_series join series on series.id = series_id where book_id = book.id order by position),
        array(select (type, value, source)::text from book_identifier where book_id = book.id order by 1)
    from book"""
_FILES = """
    select root.path, folder || media_file.name, state, book_id, is_derived, encode(unit, 'escape'), size, mtime_ns,
        role, reason, part, format, codec, duration_ms, bitrate, pages, has_picture, is_tagged, details::text,
        said::text,
        array(select (position, level, title, start_ms, end_ms, start_page, end_page, href)::text
            from chapter where file_id = media_file.id order by position),
        array(select (position, person.match_key, credited_as, source)::text
            from file_contribution join person on person.id = person_id where file_id = media_file.id order by position)
    from media_file join root on root.id = root_id"""
_COMMON = slice(4, 10)
"""What is known of a file even if it cannot be read; what it said before it broke does not count."""

LEFT_OVER = {
    "books that no file holds": """
        select title from book where not exists (select from media_file where book_id = book.id)""",
    "persons without a part": """
        select name from person
        where not exists (select from book_contribution where person_id = person.id)
            and not exists (select from file_contribution where person_id = person.id)""",
    "genres without books": """
        select name from genre where not exists (select from book_genre where genre_id = genre.id)""",
    "tags without books": "select name from tag where not exists (select from book_tag where tag_id = tag.id)",
    "series without books": """
        select name from series where not exists (select from book_series where series_id = series.id)""",
    "files whose book is not derived from them": """
        select encode(folder || name, 'escape') from media_file where not is_derived""",
    "books of which only sidecars and supplements are known where these lie": """
        select title from book
        where exists (select from media_file where book_id = book.id and state = 'present')
            and not exists (
                select from media_file as main
                join media_file as here on (here.root_id, here.unit) = (main.root_id, main.unit)
                where main.book_id = book.id and main.role = 'main' and here.book_id = book.id)""",
    "parts of no book": """
        select encode(folder || name, 'escape') from media_file where book_id is null and part is not null""",
    "books that lie in two places": """
        select title from book join media_file on media_file.book_id = book.id
        where state = 'present' group by book.id having count(distinct (root_id, unit)) > 1""",
    "books without an author's place, a genre's, a series'": """
        select title from book
        where exists (
            select from (
                select position, row_number() over (partition by role order by position) - 1 as place
                from book_contribution where book_id = book.id
                union all
                select position, row_number() over (order by position) - 1 from book_genre where book_id = book.id
                union all
                select position, row_number() over (order by position) - 1 from book_series where book_id = book.id
            ) as one where position <> place)""",
}
"""What no scan may leave behind."""


def content(conn: psycopg.Connection[Any]) -> Content:
    """Files that are here, and the books that they make, each named by its files."""
    files = [row for row in conn.execute(_FILES).fetchall() if row[2] != "missing"]
    of_book: dict[int, list[tuple[Any, ...]]] = {}
    told: Content = {"files": {}, "books": {}}
    for row in files:
        told["files"][_place(row)] = (row[2], *(row[4:] if row[2] == "present" else row[_COMMON]))
        if row[3] is not None:
            of_book.setdefault(row[3], []).append(row)
    parts = {_place(row): row[10] for row in files}
    for book_id, title, *said in conn.execute(_BOOKS):
        held = of_book.get(book_id, [])
        if any(row[2] == "present" and row[8] == "main" for row in held):
            places = sorted(_place(row) for row in held)
            told["books"][" + ".join(places)] = (title, *said, [parts[place] for place in places])
    return told


def faults(expected: psycopg.Connection[Any], found: psycopg.Connection[Any]) -> list[str]:
    """What is not as the expected database says, or is left over. A line each."""
    return [*differing(expected, found), *map(str, left_over(found).items())]


def differing(expected: psycopg.Connection[Any], found: psycopg.Connection[Any]) -> list[str]:
    """What is not as the expected database says, a line each.

    A book of which nothing can be read any more stays as it was, with what lies beside it: no first scan knows it.
    """
    should, is_ = content(expected), content(found)
    held = {place for places in should["books"] for place in places.split(" + ")}
    for places in is_["books"].keys() - should["books"].keys():
        if held.isdisjoint(places.split(" + ")):
            del is_["books"][places]
    return differences(should, is_)


def left_over(conn: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """What no scan may leave behind, and this one did."""
    found = {what: [str(value) for (value,) in conn.execute(query.encode())] for what, query in LEFT_OVER.items()}
    return {what: names for what, names in found.items() if names}


def _place(row: tuple[Any, ...]) -> str:
    return ascii(f"{Path(os.fsdecode(row[0])).name}/{os.fsdecode(row[1])}")
