"""Which book was heard: what exports tell of audiobooks, and the books that libraries hold.

A book is found by its title and, where the export names an author, by one of its authors:

    title     the same, or the same with the book's subtitle behind it; if no book has it, then the same but for a
              subtitle ("Dune: A Novel") that only one of the two names, and only if that fits one book alone
    author    under any name the person is known by; of several books of that title and author the one that came first
    neither   an export that names no author means the only book of that title; where there are several, it is unknown

Of several that fit, those that can be heard go before those that can only be read. The books of all catalogues are
looked through: whoever listens, it is the same shelf.

What is found is a function of the titles told and the books there are, and nothing else: whether the export or the
book came first, or a book was retitled or deleted meanwhile, `find_books` gives the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from scannerd.db.locks import lock_book_listens
from scannerd.db.queries import run
from scannerd.model.book_names import natural_name, split_names
from scannerd.model.names import match_key

_SUBTITLE = ": "


@dataclass(frozen=True, slots=True)
class Candidate:
    """A book that may have been heard."""

    book_id: int
    title_key: str
    subtitle: str | None
    is_audio: bool
    authors: Collection[str]  # match keys of every name they have


def find_books(conn: Connection[Any], export_id: int | None = None) -> int:
    """Point what one export, or all, told of audiobooks to the books there are; how many rows changed."""
    with conn.transaction():
        lock_book_listens(conn)
        heard = run(conn, "list_heard_books", export_id=export_id).fetchall()
        if not heard:
            return 0
        bare_keys = [without_subtitle(title_key) for title_key, _, _ in heard]
        found = _by_bare_key(Candidate(*row) for row in run(conn, "list_books_of_titles", bare_keys=bare_keys))
        book_ids = [
            which_book(title_key, author, found.get(bare_key, ()))
            for (title_key, _, author), bare_key in zip(heard, bare_keys, strict=True)
        ]
        title_keys, author_keys, _ = map(list, zip(*heard, strict=True))
        return run(
            conn, "point_book_listens", title_keys=title_keys, author_keys=author_keys, book_ids=book_ids
        ).rowcount


def which_book(title_key: str, author: str | None, books: Iterable[Candidate]) -> int | None:
    """The book of that title and author, by the rules above."""
    names = _keys_of(author) if author else None
    theirs = [book for book in books if names is None or not names.isdisjoint(book.authors)]
    exact = _heard_first([book for book in theirs if _colon(title_key) in _titles(book)])
    if exact:
        return min(book.book_id for book in exact) if names or len(exact) == 1 else None
    close = _heard_first([book for book in theirs if _is_but_for_subtitle(title_key, book)])
    return close[0].book_id if len(close) == 1 else None


def without_subtitle(title_key: str) -> str:
    """What stands before ": " or " - "; as in `list_books_of_titles`."""
    return title_key.partition(_SUBTITLE)[0].partition(" - ")[0]


def _is_but_for_subtitle(title_key: str, book: Candidate) -> bool:
    if title_key == without_subtitle(title_key):
        return title_key == without_subtitle(book.title_key)
    # Two different subtitles are two books of a series.
    return book.subtitle is None and book.title_key == without_subtitle(title_key)


def _titles(book: Candidate) -> set[str]:
    """The title as it may be told, with the subtitle and without."""
    told = {_colon(book.title_key)}
    if book.subtitle:
        told.add(_colon(match_key(f"{book.title_key}{_SUBTITLE}{book.subtitle}")))
    return told


def _colon(title_key: str) -> str:
    return title_key.replace(" - ", _SUBTITLE)


def _heard_first(books: Sequence[Candidate]) -> Sequence[Candidate]:
    return [book for book in books if book.is_audio] or books


def _keys_of(author: str) -> set[str]:
    """What the author's names may be called: a field may name several, and may name them last name first."""
    return {match_key(author)} | {match_key(spelled) for name in split_names(author) for spelled in _spelled(name)}


def _spelled(name: str) -> tuple[str, str]:
    return name, natural_name(name)


def _by_bare_key(books: Iterable[Candidate]) -> dict[str, list[Candidate]]:
    found: dict[str, list[Candidate]] = {}
    for book in books:
        found.setdefault(without_subtitle(book.title_key), []).append(book)
    return found
