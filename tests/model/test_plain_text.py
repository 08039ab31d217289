"""Descriptions as plain text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scannerd.model.book import LONGEST_DESCRIPTION
from scannerd.model.plain_text import plain_text

PIECES = [
    "<p>",
    "</p>",
    "<br>",
    "<b",
    "</b>",
    "<div x='",
    '"',
    "'>",
    "&lt;",
    "&amp;",
    "&#0;",
    "&#1;",
    "<!--",
    "-->",
    "<",
    ">",
]
HOSTILE = [
    "<",
    "<p",
    "<!--",
    "<!",
    "&",
    "&lt;",
    '<a "',
    "<a '",
    "<p>",
    " ",
    "\n",
    "<b ''",
    "<br>",
    "<script>",
    "<a:",
    "̣́",
    "<![CDATA[",
]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        # Elements.
        ("<p>One</p>\n<p>Two <b>bold</b>\nwords</p>", "One\n\nTwo bold words"),
        ("<p>One<p>Two", "One\n\nTwo"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("One<br>Two<br/>\n<br />Three", "One\nTwo\n\nThree"),
        ("<ul><li>One</li><li>Two</li></ul>Three", "One\nTwo\n\nThree"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<H1 class='x'>Title</H1>Text", "Title\n\nText"),
        ('<p title="a > b">One</p>', "One"),
        ("<p>One</p><p>&nbsp;</p><p>Two</p>", "One\n\nTwo"),
        ("Hello<i>World</i> <b>x</b>", "HelloWorld x"),
        ("<o:p>One</o:p>", "One"),
        ("One<script>if (a<b) alert('</p>')</script> Two", "One Two"),
        ("<style>p {}</style><p>One</p>", "One"),
        ("<script>never ends <p>One</p>", None),
        ("One<!-- <p>no</p> --> Two<!-- never ends", "One Two"),
        ("<?xml version='1.0'?><!DOCTYPE html><p>One</p>", "One"),
        ("<![CDATA[<p>One</p>]]>", "One"),
        # No elements.
        ("a < b and c > d", "a < b and c > d"),
        ("List<String> <3 <John Doe>", "List<String> <3 <John Doe>"),
        ("One\nTwo\r\n\r\n\r\n\r\nThree", "One\nTwo\n\nThree"),
        ("  One \t two  \n", "One two"),
        ("First\n\nSecond <i>x</i>\nThird", "First\n\nSecond x\nThird"),
        # Entities.
        ("AT&amp;T &#169; &eacute;", "AT&T © é"),
        ("http://x/?a=1&copy=2", "http://x/?a=1&copy=2"),
        ("<p>Use &lt;b&gt; for bold</p>", "Use <b> for bold"),
        ("&lt;p&gt;One &amp;amp; two&lt;/p&gt;&lt;p&gt;Three&lt;/p&gt;", "One & two\n\nThree"),
        # Nothing, and what may not be stored.
        ("", None),
        (" \n ", None),
        ("<p></p>", None),
        ("a\x00b\x01c\ufeff", "ab c"),
        ("e\u0301", "é"),
    ],
)
def test_a_description_is_told_without_its_mark_up(source: str, text: str | None) -> None:
    assert plain_text(source) == text


def test_a_description_has_a_longest_length() -> None:
    assert plain_text("a b " * 50_000) == ("a b " * 50_000)[: LONGEST_DESCRIPTION - 1]
    assert plain_text(f"<p>{'x' * 100_000}</p>") == "x" * LONGEST_DESCRIPTION


@settings(deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from([*PIECES, "a", " ", "\n", "\x02"])).map("".join)))
def test_whatever_is_told_can_be_stored_and_has_no_loose_ends(source: str) -> None:
    text = plain_text(source)

    assert text is None or (text == text.strip() != "" and "\n\n\n" not in text)
    assert text is None or not any(char < " " and char != "\n" for char in text)


@given(st.lists(st.text("abc >&;.-\n", min_size=1).filter(str.strip), max_size=5))
def test_plain_text_of_plain_text_is_itself(paragraphs: list[str]) -> None:
    once = plain_text("\n\n".join(paragraphs))

    assert once is None or plain_text(once) == once


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_description_takes_no_longer_than_its_length(piece: str) -> None:
    plain_text(piece * (1_000_000 // len(piece)))
