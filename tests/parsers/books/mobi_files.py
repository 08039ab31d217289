"""The smallest real Mobipocket and Kindle books: a Palm database of a header record and one of text."""

from __future__ import annotations

import struct
from collections.abc import Sequence

EXTH_FLAG = 0x40


def mobi(
    title: str = "Title",
    exth: Sequence[tuple[int, bytes | str]] = (),
    *,
    version: int = 6,
    encoding: int = 65001,
    encryption: int = 0,
    locale: int = 0,
) -> bytes:
    """`exth` are numbers of records and what is in them."""
    codec = "cp1252" if encoding == 1252 else "utf-8"
    values = [(number, value if isinstance(value, bytes) else value.encode(codec)) for number, value in exth]
    header_length = 232
    records = b"".join(struct.pack(">LL", number, 8 + len(value)) + value for number, value in values)
    block = b"EXTH" + struct.pack(">LL", 12 + len(records), len(values)) + records if exth else b""
    name = title.encode(codec)
    head = bytearray(16 + header_length)
    struct.pack_into(">HHLHHHH", head, 0, 1, 0, 4, 1, 4096, encryption, 0)
    struct.pack_into(">4sLLL", head, 16, b"MOBI", header_length, 2, encoding)
    struct.pack_into(">L", head, 36, version)
    struct.pack_into(">LL", head, 84, len(head) + len(block), len(name))
    struct.pack_into(">L", head, 92, locale)
    struct.pack_into(">L", head, 128, EXTH_FLAG if exth else 0)
    return palm([bytes(head) + block + name + bytes(2), b"text"])


def palm(records: Sequence[bytes], kind: bytes = b"BOOKMOBI") -> bytes:
    at = 78 + 8 * len(records) + 2
    places = b""
    for number, record in enumerate(records):
        places += struct.pack(">LL", at, 2 * number)
        at += len(record)
    return (
        b"Title".ljust(60, b"\0")
        + kind
        + bytes(8)
        + struct.pack(">H", len(records))
        + places
        + bytes(2)
        + b"".join(records)
    )
