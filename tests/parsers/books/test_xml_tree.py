"""XML as strangers write it: read where it can be, refused where it is dangerous, mended where it is only sloppy."""

from __future__ import annotations

import socket
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.books.xml_tree import LARGEST_XML, MOST_TAGS, local_name, parse_xml


def text_of(data: bytes) -> str:
    return "".join(parse_xml(data).itertext())


def reason_for(data: bytes) -> str:
    with pytest.raises(Damaged) as caught:
        parse_xml(data)
    return str(caught.value)


def test_tags_and_attributes_carry_their_namespace() -> None:
    root = parse_xml(b'<p:a xmlns:p="urn:x" xmlns="urn:y" p:q="1" r="2"><b/></p:a>')

    assert root.tag == "{urn:x}a"
    assert root.attrib == {"{urn:x}q": "1", "r": "2"}
    assert [child.tag for child in root] == ["{urn:y}b"]
    assert [local_name(element) for element in root.iter()] == ["a", "b"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<a>Börse</a>".encode(), "Börse"),
        (b'<?xml version="1.0" encoding="iso-8859-1"?><a>B\xf6rse</a>', "Börse"),
        (b'<?xml version="1.0" encoding="windows-1251"?><a>\xc2\xee\xe9\xed\xe0</a>', "Война"),
        (b'<?xml version="1.0" encoding="windows-1251"?><a>\xc2\xee\xe9\xed\xe0&nbsp;</a>', "Война\xa0"),
        ('<?xml version="1.0" encoding="utf-16"?><a>Börse</a>'.encode("utf-16"), "Börse"),
        ('<?xml version="1.0" encoding="utf-16"?><a>Börse</a>'.encode("utf-16-be"), "Börse"),
        ("<a>Börse</a>".encode("utf-16-le"), "Börse"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><a>B\xc3\xb6rse</a>', "Börse"),
        (b'\xef\xbb\xbf<?xml version="1.0" encoding="latin-1"?><a>B\xc3\xb6rse</a>', "Börse"),
        (b'\r\n  <?xml version="1.0"?><a>B\xc3\xb6rse</a>', "Börse"),
        (b'\n\xef\xbb\xbf<?xml version="1.0"?><a>B\xc3\xb6rse</a>', "Börse"),
        (b'<?xml version="1.0" encoding="utf-8"?><a>B\xf6rse \x93x\x94</a>', "Börse “x”"),
        (b'<?xml version="1.0" encoding="utf-16"?><a>B\xc3\xb6rse</a>', "Börse"),
        (b'<?xml version="1.0" encoding="unheard-of"?><a>B\xc3\xb6rse</a>', "Börse"),
        ('<?xml version="1.0" encoding="gbk"?><a>三体</a>'.encode("gbk"), "三体"),
        ('<?xml version="1.0" encoding="shift_jis"?><a>ノルウェイの森</a>'.encode("shift_jis"), "ノルウェイの森"),
        (b"<a>B\x81rse \xff</a>", "B\x81rse ÿ"),
        (b'<?xml version="1.0" encoding="punycode"?><a>B\xf6rse</a>', "Börse"),
    ],
)
def test_a_text_is_read_in_its_encoding_whatever_the_document_claims(data: bytes, text: str) -> None:
    assert text_of(data) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"<a>Simon & Schuster</a>", "Simon & Schuster"),
        (b"<a>Simon &amp; Schuster &lt;&#x3e;&quot;&apos; &</a>", "Simon & Schuster <>\"' &"),
        (b"<a>One&nbsp;two &mdash; three</a>", "One\xa0two — three"),
        (b"<a>&unheard-of; &unheardof; &#38;</a>", "&unheard-of; &unheardof; &"),
        (b"<a>One\x0btwo\x00</a>", "One two "),
        (b"<a>One&#11;&#150;two</a>", "One–two"),
        (b"<a>text</a>and what a broken tool left behind</a>", "text"),
        (b"<a>text</a>\0\0\0\0", "text"),
        (b'<?xml version="1.0" standalone="yes"?><a>&eacute;</a>', "é"),
        (b'<!DOCTYPE a PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/x.dtd"><a>&eacute;</a>', "é"),
        (b"<!DOCTYPE a [<!ELEMENT a (#PCDATA)>]><a>text</a>", "text"),
    ],
)
def test_what_is_only_sloppy_is_mended(data: bytes, text: str) -> None:
    assert text_of(data) == text


def test_a_prefix_that_nobody_declared_is_its_own_namespace() -> None:
    root = parse_xml(b'<!-- <x:y/> --><p xmlns="urn:p"><dc:title opf:role="aut">T &amp; U</dc:title></p>')

    assert [(one.tag, one.attrib, one.text) for one in root] == [("{dc}title", {"{opf}role": "aut"}, "T & U")]


def test_a_prefix_declared_too_late_is_not_declared_twice() -> None:
    root = parse_xml(b'<a xmlns:y="urn:y" y:z="1"><x:b/><x:c xmlns:x="urn:x"/></a>')

    assert root.attrib == {"{urn:y}z": "1"}
    assert [one.tag for one in root] == ["{x}b", "{urn:x}c"]


BOMB = b'<!DOCTYPE a [<!ENTITY l "lol">' + b"".join(
    b'<!ENTITY l%d "%s">' % (level, b"&l%s;" % (b"%d" % (level - 1) if level > 1 else b"") * 10)
    for level in range(1, 10)
)


@pytest.mark.parametrize(
    "data",
    [
        BOMB + b"]><a>&l9;</a>",
        BOMB + b'<!ATTLIST a b CDATA "&l9;">]><a/>',
        b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 100_000 + b'">]><a>' + b"&x;" * 100_000 + b"</a>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:1/">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x.dtd"> %x;]><a/>',
        b'<!DOCTYPE a [<!NOTATION n SYSTEM "n"><!ENTITY x SYSTEM "x.gif" NDATA n>]><a b="x"/>',
        b'<!DOCTYPE a [<!ATTLIST a b CDATA "' + b"x" * 100_000 + b'">]><c>' + b"<a/>" * 10_000 + b"</c>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    ],
    ids=["bomb", "bomb in an attribute", "quadratic", "file", "web", "parameter", "unparsed", "attributes", "harmless"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_declarations_of_its_own_are_refused(data: bytes, encoding: str) -> None:
    written = data.decode().encode(encoding)

    assert reason_for(written) == "its XML declares entities or attributes of its own, which no book has a use for"


def test_what_a_doctype_points_to_is_never_fetched(tmp_path: Path) -> None:
    (tmp_path / "x.dtd").write_text('<!ENTITY e "from the file">')
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        for place in (f"http://127.0.0.1:{server.getsockname()[1]}/x.dtd", (tmp_path / "x.dtd").as_uri()):
            root = parse_xml(f'<!DOCTYPE a SYSTEM "{place}"><a b="&e;">&e;</a>'.encode())
            assert (root.text, root.attrib) == ("&e;", {"b": "&e;"})
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_document_too_large_or_of_too_many_tags_is_refused() -> None:
    assert reason_for(b"<a>" + b" " * LARGEST_XML) == "its XML is larger than 16 MB"
    assert reason_for(b"<a>" * (MOST_TAGS + 1)) == "its XML has more than 400,000 tags or references"
    assert reason_for(b"<a>" + b"&" * (MOST_TAGS + 1)) == "its XML has more than 400,000 tags or references"


def test_what_lies_as_deep_as_tags_allow_is_no_danger() -> None:
    half = MOST_TAGS // 2
    root: Element | None = parse_xml(b"<a>" * half + b"</a>" * half)

    assert root is not None
    assert sum(1 for _ in root.iter()) == half
    root = None  # and being forgotten is none either


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "its XML is broken: no element found at line 1, column 0"),
        (b"\n \n", "its XML is broken: no element found at line 1, column 0"),
        (b"no XML at all", "its XML is broken: syntax error at line 1, column 0"),
        (b"<a>\n<b>", "its XML is broken: no element found at line 2, column 3"),
        (b"<a><b></a></b>", "its XML is broken: mismatched tag at line 1, column 8"),
        (b"<a b=1/>", "its XML is broken: not well-formed (invalid token) at line 1, column 5"),
        (b"\xff\xfe<\0a", "its XML is broken: not well-formed (invalid token) at line 1, column 1"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(data: bytes, reason: str) -> None:
    assert reason_for(data) == reason


SAMPLE = (
    b'<?xml version="1.0" encoding="utf-8"?><!DOCTYPE a PUBLIC "x" "y"><a xmlns:d="urn:d" d:b="1">'
    b"<!-- c --><d:e>&amp;&nbsp;</d:e><![CDATA[x]]><?p q?></a>"
)


def is_answered(data: bytes) -> bool:
    try:
        return isinstance(parse_xml(data), Element)
    except Damaged as exc:
        return str(exc).isprintable() and len(str(exc)) < 200


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255)), max_size=8), st.integers(0, 200))
def test_flipped_and_missing_bytes_are_answered(flips: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(SAMPLE)
    for at, byte in flips:
        data[at] = byte

    assert is_answered(bytes(data[: len(data) - cut]))


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text("<>&;:/='\" !?-[]#xa\0é", max_size=200).map(str.encode)))
def test_noise_is_answered(data: bytes) -> None:
    assert is_answered(data)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="&<>\r", exclude_categories=["Cc", "Cn"]), max_size=60))
def test_a_text_comes_back_from_every_way_of_writing_it(text: str) -> None:
    assert text_of(f"<a>{text}</a>".encode()) == text
    assert text_of(f"<a>{text}</a>".encode("utf-16")) == text
    assert text_of(f"<a>{text}& </a>".encode()) == f"{text}& "
