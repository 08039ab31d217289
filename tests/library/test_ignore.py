"""What a walk leaves out."""

import logging
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scannerd.errors import ConfigError
from scannerd.library.ignore import LONGEST_IGNORE_FILE, Ignore, IgnoreUnreadable, is_hidden


def below(root: Path, folder: str, above: Ignore | None = None, **files: str | bytes) -> Ignore:
    """The patterns of a folder with these ignore files (`ndignore="*.ogg"`)."""
    place = root / folder
    place.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (place / f".{name}").write_bytes(content if isinstance(content, bytes) else content.encode())
    names = [f".{name}".encode() for name in files]
    return (above or Ignore()).below(bytes(root), folder.encode(), names)


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        (b".DS_Store", True),
        (b"._song.mp3", True),
        (b".Trash-1000", True),
        (b".", True),
        (b"...And Justice for All", False),
        (b"..song.mp3", False),
        (b"song.mp3", False),
        (b"a.b", False),
    ],
)
def test_exactly_one_leading_dot_hides(name: bytes, hidden: bool) -> None:
    assert is_hidden(name) is hidden


@pytest.mark.parametrize(
    ("patterns", "path", "hidden"),
    [
        ([], "a.mp3", False),
        (["*.mp3"], "a.mp3", True),
        (["*.mp3"], "Artist/Album/a.mp3", True),
        (["*.mp3"], "a.MP3", False),
        (["Demos"], "Artist/Demos/", True),
        (["Demos/"], "Artist/Demos/", True),
        (["Demos/"], "Artist/Demos", False),
        (["/Demos"], "Artist/Demos/", False),
        (["/Demos"], "Demos/", True),
        (["Artist/*/bonus"], "Artist/Album/bonus/", True),
        (["**/live/**"], "Artist/live/a.mp3", True),
        (["*.mp3", "!a.mp3"], "a.mp3", False),
        (["!a.mp3", "*.mp3"], "a.mp3", True),
        (["/*", "!/Artist/"], "Artist/", False),
        (["/*", "!/Artist/"], "Artist/a.mp3", False),
        (["/*", "!/Artist/"], "Other/", True),
        (["[[]Live] *"], "[Live] 1994/", True),
        (["# a comment", ""], "# a comment", False),
        ([r"\#1 hits"], "#1 hits/", True),
    ],
)
def test_patterns_mean_what_they_mean_to_git(patterns: list[str], path: str, hidden: bool) -> None:
    assert Ignore(patterns).hides(path.encode()) is hidden


@pytest.mark.parametrize("pattern", ["!", "a\\"])
def test_a_setting_that_is_no_pattern_is_refused_by_name(pattern: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Ignore(["*.tmp", pattern])

    assert str(refused.value) == f'"{pattern}" is no pattern'


def test_names_that_are_not_utf_8_are_matched() -> None:
    assert Ignore(["*.mp3"]).hides(b"Bj\xf6rk/J\xf3ga.mp3")
    assert not Ignore(["*.mp3"]).hides(b"Bj\xf6rk/J\xf3ga.ogg")


@pytest.mark.parametrize("pattern", ["NFC", "NFD"])
@pytest.mark.parametrize("name", ["NFC", "NFD"])
def test_a_pattern_matches_however_its_accents_are_spelled(pattern: str, name: str) -> None:
    ignore = Ignore([unicodedata.normalize(pattern, "Sigur Rós/") + "*"])

    assert ignore.hides(unicodedata.normalize(name, "Sigur Rós/á.mp3").encode())


def test_a_folders_patterns_are_relative_to_it_and_hold_below(tmp_path: Path) -> None:
    ignore = below(tmp_path, "Café/", ndignore="/bonus\n*.ogg\r\n")

    assert ignore.hides("Café/bonus/".encode())
    assert ignore.hides("Café/Album/a.ogg".encode())
    assert not ignore.hides("Café/Album/bonus/".encode())
    assert not ignore.hides("Café/Album/a.mp3".encode())


def test_the_deeper_file_has_the_last_word_and_the_settings_the_least(tmp_path: Path) -> None:
    settings = Ignore(["*.ogg", "*.wav"])
    outer = below(tmp_path, "A/", settings, ignore="*.mp3\n!a.ogg\n")
    inner = below(tmp_path, "A/B/", outer, ignore="!*.mp3\n", ndignore="b.mp3\n")

    told = {name: inner.hides(f"A/B/{name}".encode()) for name in ("a.mp3", "b.mp3", "a.ogg", "b.ogg", "a.wav", "c")}
    assert told == {"a.mp3": False, "b.mp3": True, "a.ogg": False, "b.ogg": True, "a.wav": True, "c": False}
    assert outer.hides(b"A/a.mp3")
    assert not settings.hides(b"A/a.mp3")


@pytest.mark.parametrize("content", ["", "\n\n", "  \n", "# not this one\n", "\ufeff", "\ufeff# no\r\n"])
def test_a_file_without_a_pattern_leaves_everything_out(tmp_path: Path, content: str) -> None:
    ignore = below(tmp_path, "A/", ndignore=content)

    assert ignore.hides(b"A/song.mp3")
    assert ignore.hides(b"A/B/")


def test_a_byte_order_mark_is_no_part_of_the_first_pattern(tmp_path: Path) -> None:
    assert below(tmp_path, "", ignore="\ufeff*.mp3\n").hides(b"a.mp3")


def test_a_pattern_in_another_encoding_matches_names_in_it(tmp_path: Path) -> None:
    assert below(tmp_path, "", ignore=b"Bj\xf6rk/\n").hides(b"Bj\xf6rk/")


def test_a_slip_in_one_line_is_told_and_does_not_take_the_others_along(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        ignore = below(tmp_path, "A/", ndignore="!\n*.ogg\n")

    assert ignore.hides(b"A/a.ogg")
    assert not ignore.hides(b"A/a.mp3")
    assert caplog.messages == [f"'!' is no pattern, left out: {tmp_path}/A/.ndignore"]


def test_an_ignore_file_that_is_gone_meanwhile_ignores_nothing(tmp_path: Path) -> None:
    ignore = Ignore().below(bytes(tmp_path), b"", [b".ignore"])

    assert not ignore
    assert not ignore.hides(b"a.mp3")


def test_an_ignore_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    # A folder instead of the file: the one thing that root cannot read as a file either.
    (tmp_path / ".ndignore").mkdir()
    (tmp_path / ".ignore").write_bytes(b"a" * (LONGEST_IGNORE_FILE + 1))

    with pytest.raises(IgnoreUnreadable, match=r"^its .ndignore cannot be read: is a directory$"):
        Ignore().below(bytes(tmp_path), b"", [b".ndignore"])
    with pytest.raises(IgnoreUnreadable, match=r"^its .ignore cannot be read: it is larger than 1 MiB$"):
        Ignore().below(bytes(tmp_path), b"", [b".ignore"])


@given(st.lists(st.text("ab*?[]!-^/\\ .#\udcff\x00é&|~", max_size=8), max_size=3), st.binary(min_size=1, max_size=12))
def test_no_line_and_no_name_breaks_it(lines: list[str], name: bytes) -> None:
    try:
        ignore = Ignore(lines)
    except ConfigError:
        return

    assert ignore.hides(name) in {True, False}
