"""The rows of a JSON export: the items of an array, or the lines of a JSONL file.

A small document is loaded whole, which is the fastest; a large one, and one that orjson refuses, is read item by
item. What is broken raises a `BadExport`, a `CutOffExport` if nothing is wrong but that it ends; the message goes on
from the file's name: "is cut off: it ends in the middle of item 38 (line 512, column 3)"; the worker puts the name in
front.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import orjson

from scannerd.errors import CutOffExport
from scannerd.formats.decoding import byte_lines
from scannerd.formats.json_text import CHUNK, VALUE_LIMIT, JsonText
from scannerd.model.batch import RAW_LIMIT

WHOLE_LIMIT = 16 * 1024 * 1024
"""Bytes of a document that is loaded whole; its objects take about eight times as much memory."""
LINE_LIMIT = VALUE_LIMIT
_DEPTH_SHOWN = 20

PRIVATE = frozenset(
    {
        *("ip", "ip_addr", "ip_addr_decrypted", "ip_address", "user_agent", "user_agent_decrypted", "useragent"),
        *("conn_country", "country", "city", "region", "metro_code", "latitude", "longitude"),
        *("username", "user_name", "user", "user_id", "email", "platform"),  # Spotify's platform names the device
    }
)
"""Keys whose values never leave the reader, whatever the source."""
_private_member = re.compile(
    rf'"(?:{"|".join(sorted(PRIVATE))})"\s*:\s*(?:"(?:[^"\\]|\\.)*"?|[^,}}\]]*),?', re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no JSON."""

    reason: str
    raw: str


def items(file: BinaryIO, size: int, prefix: str) -> Iterator[tuple[int, object]]:
    """Number (from 1) and value of every item at `prefix`, written as ijson does: `item`, `scrobbles.item`.

    `item.track.item` joins the lists of several pages; an empty prefix is the document itself. A single object
    where a list belongs inside the document counts as a list of one, as some services write it.
    """
    path = prefix.split(".") if prefix else []
    begin = file.read(WHOLE_LIMIT + 1) if size <= WHOLE_LIMIT else b""
    if begin and len(begin) <= WHOLE_LIMIT:
        try:
            document = orjson.loads(begin.removeprefix(b"\xef\xbb\xbf"))
        except orjson.JSONDecodeError:
            pass  # read again below, by what takes more and can say where it breaks
        except SystemError as exc:
            raise MemoryError from exc  # what orjson makes of an allocation that fails
        else:
            yield from enumerate(_found(document, path, top=True), 1)
            return
    yield from _streamed(JsonText(file, begin or file.read(CHUNK)), path)


def lines(file: BinaryIO) -> Iterator[tuple[int, object | BadLine]]:
    """Number (from 1) and value of every line of a JSONL file; blank lines are passed over, a broken one is a value."""
    for number, line in enumerate(byte_lines(file, LINE_LIMIT), 1):
        if line.isspace():
            continue
        if len(line) >= LINE_LIMIT and not line.endswith(b"\n"):
            yield number, BadLine(f"the line is longer than {LINE_LIMIT >> 20} MB", _shown(line))
            continue
        try:
            yield number, orjson.loads(line)
        except orjson.JSONDecodeError:
            yield number, _tolerant(line)


def raw(value: object) -> str:
    """A row as it may be stored and shown: compact, at most 4 kB, without what is private."""
    text = json.dumps(_public(value, 0), ensure_ascii=False, separators=(",", ":"))
    return _storable(text)


def _streamed(text: JsonText, path: list[str]) -> Iterator[tuple[int, object]]:
    if not text.peek():
        raise CutOffExport("is empty")
    for number, _ in enumerate(_stops(text, path, top=True), 1):
        text.item = number
        yield number, text.value()
    text.end()


def _stops(text: JsonText, path: list[str], *, top: bool = False) -> Iterator[None]:
    """Stop where each value at `path` begins and pass over everything else."""
    if not path:
        yield
        return
    begins = text.peek()
    if path[0] == "item":
        if begins == "[":
            for _ in text.elements():
                yield from _stops(text, path[1:])
        elif begins == "{" and not top:
            yield from _stops(text, path[1:])
        else:
            text.value()
    elif begins == "{":
        yield from _in_members(text, path)
    else:
        text.value()


def _in_members(text: JsonText, path: list[str]) -> Iterator[None]:
    for key in text.members():
        if key == path[0]:
            yield from _stops(text, path[1:])
        else:
            text.value()


def _found(value: object, path: list[str], *, top: bool = False) -> Iterator[object]:
    if not path:
        yield value
    elif path[0] == "item":
        if isinstance(value, list):
            if len(path) == 1:
                yield from value
                return
            for element in value:
                yield from _found(element, path[1:])
        elif isinstance(value, dict) and not top:
            yield from _found(value, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from _found(value[path[0]], path[1:])


def _tolerant(line: bytes) -> object | BadLine:
    try:
        value: object = json.loads(line.decode("utf-8").rstrip(), strict=False)
    except UnicodeDecodeError as exc:
        return BadLine(f"the line is not UTF-8: byte 0x{line[exc.start]:02x} at column {exc.start + 1}", _shown(line))
    except json.JSONDecodeError as exc:
        return BadLine(f"the line is broken JSON at column {exc.pos + 1}: {exc.msg.lower()}", _shown(line))
    except RecursionError:
        return BadLine("the line is nested too deep", _shown(line))
    return value


def _shown(line: bytes) -> str:
    return _storable(_private_member.sub("", line[: 4 * RAW_LIMIT].decode("utf-8", "replace").strip()))


def _storable(text: str) -> str:
    return text[:RAW_LIMIT].encode("utf-8", "replace").decode().replace("\0", "")


def _public(value: object, depth: int) -> object:
    if depth > _DEPTH_SHOWN:
        return "…"
    if isinstance(value, dict):
        return {key: _public(inner, depth + 1) for key, inner in value.items() if key.lower() not in PRIVATE}
    if isinstance(value, list):
        return [_public(inner, depth + 1) for inner in value]
    return value
