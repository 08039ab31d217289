"""The smallest real EPUBs, built for tests: `epub(title=..., creators=[...], version=3)`; `opf(...)` is what is in one.

What is odd about a book comes in by `metadata=`, `files=` and the like, as the text that a file would have.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

CONTAINER = (
    '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="{path}" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
UUID = "urn:uuid:6f1b9a3e-26a2-4c1c-9a2e-3f6f5d3f7f10"


def opf(
    title: str | None = "Title",
    creators: Sequence[str] = ("Jane Doe",),
    *,
    version: int = 3,
    language: str | None = "en",
    identifiers: Sequence[str] = (UUID,),
    publisher: str | None = None,
    date: str | None = None,
    description: str | None = None,
    subjects: Sequence[str] = (),
    series: tuple[str, str] | None = None,
    metadata: str = "",
    manifest: str = "",
    has_cover: bool = True,
) -> str:
    """A package document; `series` is a name and a number, `metadata` and `manifest` are more lines of it."""
    fields = [f'<dc:identifier id="id">{escape(value)}</dc:identifier>' for value in identifiers]
    fields += [f"<dc:title>{escape(title)}</dc:title>"] if title is not None else []
    for number, name in enumerate(creators):
        fields += _creator(escape(name), number, version)
    for element, value in (("language", language), ("publisher", publisher), ("date", date)):
        fields += [f"<dc:{element}>{escape(value)}</dc:{element}>"] if value is not None else []
    fields += [f"<dc:description>{escape(description)}</dc:description>"] if description is not None else []
    fields += [f"<dc:subject>{escape(subject)}</dc:subject>" for subject in subjects]
    fields += _series(*map(escape, series), version) if series else []
    fields += ['<meta name="cover" content="cover"/>'] if has_cover and version == 2 else []
    cover = ' properties="cover-image"' if version == 3 else ""
    items = [f'<item id="cover" href="cover.jpg" media-type="image/jpeg"{cover}/>'] if has_cover else []
    items += ['<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'] * (version == 3)
    items += ['<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'] * (version == 2)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<package xmlns="http://www.idpf.org/2007/opf" version="{version}.0"'
        ' unique-identifier="id">\n<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"'
        f' xmlns:opf="http://www.idpf.org/2007/opf">{"".join(fields)}{metadata}</metadata>\n'
        f'<manifest>{"".join(items)}<item id="c1" href="c1.xhtml" media-type="application/xhtml+xml"/>{manifest}'
        '</manifest>\n<spine toc="ncx"><itemref idref="c1"/></spine></package>'
    )


def _creator(name: str, number: int, version: int) -> list[str]:
    if version == 2:
        return [f'<dc:creator opf:role="aut">{name}</dc:creator>']
    refined = f'<meta refines="#creator{number}" property="role" scheme="marc:relators">aut</meta>'
    return [f'<dc:creator id="creator{number}">{name}</dc:creator>', refined]


def _series(name: str, number: str, version: int) -> list[str]:
    if version == 2:
        named = f'<meta name="calibre:series" content="{name}"/>'
        return [named, f'<meta name="calibre:series_index" content="{number}"/>']
    return [
        f'<meta property="belongs-to-collection" id="series">{name}</meta>',
        '<meta refines="#series" property="collection-type">series</meta>',
        f'<meta refines="#series" property="group-position">{number}</meta>',
    ]


def nav(items: str, more: str = "") -> str:
    """A navigation document of these `<li>`."""
    return (
        '<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"'
        ' xmlns:epub="http://www.idpf.org/2007/ops"><head><title>Contents</title></head><body>'
        f'<nav epub:type="toc"><h1>Contents</h1><ol>{items}</ol></nav>{more}</body></html>'
    )


def ncx(points: str, more: str = "") -> str:
    """An NCX of these `<navPoint>`, with the DOCTYPE that they have."""
    return (
        '<?xml version="1.0"?><!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN"'
        ' "http://www.daisy.org/z3986/2005/ncx-2005-1.dtd"><ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"'
        f' version="2005-1"><head/><docTitle><text>T</text></docTitle><navMap>{points}</navMap>{more}</ncx>'
    )


def epub(
    title: str | None = "Title",
    creators: Sequence[str] = ("Jane Doe",),
    *,
    version: int = 3,
    chapters: Sequence[str] = ("One",),
    files: Mapping[str, str | bytes | None] | None = None,
    **said: Any,
) -> bytes:
    """An EPUB. `files` adds files, replaces them, or leaves them out by None; the rest is as for `opf`."""
    linked = [(f"c{number}.xhtml", escape(name)) for number, name in enumerate(chapters, 1)]
    items = "".join(f'<li><a href="{href}">{name}</a></li>' for href, name in linked)
    points = "".join(
        f'<navPoint><navLabel><text>{name}</text></navLabel><content src="{href}"/></navPoint>' for href, name in linked
    )
    contents = {"OEBPS/nav.xhtml": nav(items)} if version == 3 else {"OEBPS/toc.ncx": ncx(points)}
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER.format(path="OEBPS/content.opf"),
            "OEBPS/content.opf": opf(title, creators, version=version, **said),
            **contents,
            "OEBPS/c1.xhtml": '<html xmlns="http://www.w3.org/1999/xhtml"><body><p>It began.</p></body></html>',
            "OEBPS/cover.jpg": JPEG,
            **(files or {}),
        }
    )


def zipped(files: Mapping[str, str | bytes | None]) -> bytes:
    """An archive of the files that are not None, the first one uncompressed, as EPUB wants its mimetype."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, content) in enumerate(
            (name, content) for name, content in files.items() if content is not None
        ):
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            archive.writestr(info, content, zipfile.ZIP_DEFLATED if number else zipfile.ZIP_STORED)
    return packed.getvalue()
