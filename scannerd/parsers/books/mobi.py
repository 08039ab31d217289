"""Mobipocket and Kindle: MOBI, AZW, AZW3, PRC. Only the header and the EXTH records behind it are read.

The numbers of the records are those that MobileRead's wiki and calibre agree on. A file for old and new Kindles holds
two books; the first one's records speak for both. calibre writes no series here, so there is none.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

from scannerd.model.book import BookContributor, BookFileSaid, BookKind, BookRole, Identifier, Told
from scannerd.model.book_names import split_names
from scannerd.model.book_values import book_date, language_tag
from scannerd.model.identifiers import identifier
from scannerd.model.media import Details
from scannerd.model.plain_text import plain_text
from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.values import text, texts

_PALM_HEADER = 78
_LARGEST_RECORD = 1 << 20
_SHORTEST_RECORD = 132
_MOST_EXTH = 1000
_HAS_EXTH = 0x40
_NONE = 0xFFFFFFFF
_KF8 = 8

_AUTHOR, _PUBLISHER, _DESCRIPTION, _ISBN, _SUBJECT, _DATE, _CONTRIBUTOR = 100, 101, 103, 104, 105, 106, 108
_SOURCE, _ASIN, _BOOK_TYPE, _KF8_COVER, _COVER, _DOCUMENT_TYPE, _TITLE = 112, 113, 123, 129, 201, 501, 503
_ASIN_AGAIN, _SORT_TITLE, _LANGUAGE = 504, 508, 524

_UUID = re.compile(r"(?:urn:uuid:|calibre:)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PRODUCER = re.compile(r"calibre\b|kindlegen|sigil", re.IGNORECASE)  # who made the file, and not the book
_LANGUAGES = (
    "- ar bg ca zh cs da de el en es fi fr he hu is it ja ko nl no pl pt rm ro ru hr sk sq sv th tr ur id uk be sl et"
    " lv lt tg fa vi hy az eu"
)
"""In the order in which Windows counts languages: the header's word for one, where no record says it."""

Records = dict[int, list[bytes]]


def read_mobi(file: BinaryIO) -> BookFileSaid:
    """What a Mobipocket or Kindle book says; raises Damaged."""
    record = _first_record(file)
    if record[16:20] != b"MOBI" or len(record) < _SHORTEST_RECORD:
        raise Damaged("its header is missing")
    encryption, header_length = struct.unpack_from(">12xH6xL", record)
    version = int.from_bytes(record[36:40], "big")
    flags = int.from_bytes(record[128:132], "big")
    records: Records = {}
    for number, value in _exth(record, 16 + header_length) if flags & _HAS_EXTH else ():
        records.setdefault(number, []).append(value)
    details = _details(records)
    if encryption:
        details["drm"] = True
    return BookFileSaid(
        "azw3" if version == _KF8 else "mobi",
        BookKind.TEXT,
        _told(records, _full_name(record), record[95]),
        has_picture=_has_cover(records),
        details=details,
    )


def _first_record(file: BinaryIO) -> bytes:
    head = file.read(_PALM_HEADER)
    if head[60:68] != b"BOOKMOBI":
        raise Damaged("its first bytes are those of something else")
    count = int.from_bytes(head[76:78], "big")
    places = file.read(8 * count)
    offsets = [place for place, _ in struct.iter_unpack(">LL", places[: len(places) // 8 * 8])]
    length = file.seek(0, io.SEEK_END)
    if not count or len(offsets) < count or max(offsets) > length:
        raise Damaged("it ends too early")
    end = offsets[1] if count > 1 else length
    if not _PALM_HEADER <= offsets[0] < end:
        raise Damaged("its list of records makes no sense")
    file.seek(offsets[0])
    return file.read(min(end - offsets[0], _LARGEST_RECORD))


def _exth(record: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Number and value of each record; what is behind a damaged one is not told."""
    if record[at : at + 4] != b"EXTH" or len(record) < at + 12:
        return
    count = int.from_bytes(record[at + 8 : at + 12], "big")
    at += 12
    for _ in range(min(count, _MOST_EXTH)):
        if at + 8 > len(record):
            return
        number, length = struct.unpack_from(">LL", record, at)
        if length < 8:
            return
        yield number, record[at + 8 : at + length]
        at += length


def _all(records: Records, number: int) -> list[str]:
    return [_decoded(value) for value in records.get(number, ())]


def _first(records: Records, number: int) -> str | None:
    return next((value for raw in _all(records, number) if (value := text(raw))), None)


def _decoded(value: bytes) -> str:
    """The header states one of these two encodings; but some converters state one and write the other."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


def _told(records: Records, full_name: str | None, locale: int) -> Told:
    language = _first(records, _LANGUAGE) or _language_of(locale)
    description = _all(records, _DESCRIPTION)
    return Told(
        title=_first(records, _TITLE) or full_name,
        sort_title=_first(records, _SORT_TITLE),
        description=plain_text(description[0]) if description else None,
        language=language_tag(language) if language else None,
        published=next((date for raw in _all(records, _DATE) if (date := book_date(raw))), None),
        publisher=_first(records, _PUBLISHER),
        contributors=tuple(dict.fromkeys(_contributors(records))),
        genres=tuple(texts(genre for raw in _all(records, _SUBJECT) for genre in raw.split(";"))),
        identifiers=tuple(dict.fromkeys(_identifiers(records))),
    )


def _language_of(locale: int) -> str | None:
    languages = _LANGUAGES.split()
    return languages[locale] if 0 < locale < len(languages) else None


def _contributors(records: Records) -> Iterator[BookContributor]:
    for number, role in ((_AUTHOR, BookRole.AUTHOR), (_CONTRIBUTOR, BookRole.CONTRIBUTOR)):
        for raw in _all(records, number):
            if not _PRODUCER.match(raw):
                yield from (BookContributor(role, name) for name in split_names(text(raw)))


def _identifiers(records: Records) -> Iterator[Identifier]:
    schemes = ((_ISBN, "isbn"), (_ASIN, "asin"), (_ASIN_AGAIN, "asin"), (_SOURCE, None))
    for number, scheme in schemes:
        for raw in _all(records, number):
            # calibre puts a UUID of its own where the ASIN should be, because Kindles want something there.
            known = identifier(raw.rpartition(":")[2], "uuid") if _UUID.fullmatch(raw) else identifier(raw, scheme)
            if known:
                yield known


def _details(records: Records) -> Details:
    details: Details = {}
    for name, number in (("document_type", _DOCUMENT_TYPE), ("book_type", _BOOK_TYPE)):
        if value := _first(records, number):
            details[name] = value
    source = _first(records, _SOURCE) or ""
    return details | {"url": source} if source.startswith(("https://", "http://")) else details


def _full_name(record: bytes) -> str | None:
    at, length = struct.unpack_from(">LL", record, 84)
    return text(_decoded(record[at : at + length])) or None


def _has_cover(records: Records) -> bool:
    offsets = [int.from_bytes(value, "big") for value in records.get(_COVER, ())]
    return any(offset != _NONE for offset in offsets) or any(map(bytes.strip, records.get(_KF8_COVER, ())))
