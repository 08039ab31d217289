"""What may be stored of a name, and which two names are one."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scannerd.model.names import clean, is_various, match_key, play_key, title_key

# Surrogates, controls and formats are what exports really hold and what the plain strategy seldom draws.
ODD = "\x00\x1f\t\n\x85\u200b\u200c\u200d\u200e\u2060\ufeff\u00ad\ufe0f\ud800\udc00\u0301\u0323´’“–〜…İßẛ (feat.)[]-/,&"
TEXTS = st.one_of(
    st.text(st.characters(), max_size=40),
    st.text(st.sampled_from(ODD), max_size=40),
    st.lists(st.sampled_from([*"ab(-)[ ", " feat. ", "ft ", " - Radio Edit", "(2011 Remaster)", "’"])).map("".join),
)
KEYS = (match_key, title_key, play_key)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("OurR", "OurR"),
        ("  OurR ", "OurR"),
        ("", ""),
        ("a\x00b", "ab"),
        ("a\x1fb\x07\x9f", "ab"),
        ("a\tb\nc\u2028d", "a b c d"),
        ("\ufeffName\u200b", "Name"),
        ("Na\u200bme", "Name"),
        ("\u200dName\u200c \u00a0", "Name"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("a\ud800b", "a\ufffdb"),
        ("\ud83d\ude00", "😀"),
        ("\udc00\ud800", "\ufffd\ufffd"),
        (" \ufeff\x00", ""),
    ],
)
def test_a_cleaned_text_is_what_can_be_stored(text: str, stored: str) -> None:
    assert clean(text) == stored


@settings(deadline=None)
@given(TEXTS)
def test_a_cleaned_text_holds_nothing_that_a_database_refuses_and_stays_clean(text: str) -> None:
    stored = clean(text)

    stored.encode()
    assert not [char for char in stored if unicodedata.category(char) == "Cc"]
    assert stored == stored.strip()
    assert clean(stored) == stored


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Guns N' Roses", "guns n’ roses"),
        ("Guns N' Roses", "Guns N´ Roses"),
        ("“Weird Al” Yankovic", '"Weird Al" Yankovic'),
        ("„Weird Al“ Yankovic", "'Weird Al' Yankovic"),
        ("Jay‐Z", "JAY-Z"),
        ("a\u2212b\u2014c", "a-b-c"),
        ("Ｎｅｃｒｙ　Ｔａｌｋｉｅ", "necry talkie"),
        ("ﾈｸﾗｲﾄｰｷｰ", "ネクライトーキー"),
        ("〜A〜", "～a～"),
        ("Beyonce\u0301", "Beyoncé"),
        ("e\u200b\u0301", "é"),
        ("Die Ärzte", "DIE ÄRZTE"),
        ("STRASSE", "Straße"),
        ("The  Beatles\u00a0", "The Beatles"),
        ("\ufeffNELKE", "NELKE"),
        ("می\u200cخواهم", "میخواهم"),
        ("I ❤️ U", "I ❤ U"),
        ("LISA", "LiSA"),
    ],
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert match_key(one) == match_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Beyoncé", "Beyonce"),
        ("The Beatles", "Beatles"),
        ("Simon & Garfunkel", "Simon and Garfunkel"),
        ("P!nk", "Pink"),
        ("A.B", "AB"),
        ("放課後の記憶", "放課後の記録"),
        ("バ", "ハ"),
    ],
)
def test_different_names_have_different_keys(one: str, other: str) -> None:
    assert match_key(one) != match_key(other)


def test_a_name_of_nothing_but_invisible_characters_is_its_own_key() -> None:
    assert [match_key(name) for name in ("\ufe0f", "\u200b", " ", "")] == ["\ufe0f", "\u200b", " ", ""]


def test_a_long_key_is_cut_and_told_apart_by_its_hash() -> None:
    one, other = match_key("Ab" * 400), match_key("Ab" * 400 + "c")

    assert one[:513] == "ab" * 256 + "…"
    assert re.fullmatch("[0-9a-f]{16}", one[513:])
    assert one[:513] == other[:513]
    assert one != other
    assert match_key(one) == title_key(one) == play_key(one) == one
    assert match_key("a" * 512) == "a" * 512


def test_a_long_name_and_its_other_spelling_have_one_key() -> None:
    assert match_key("Don’t " * 300) == match_key("DON'T " * 300)


@settings(deadline=None)
@given(TEXTS)
def test_a_key_of_a_key_is_itself(text: str) -> None:
    assert [key(key(text)) for key in KEYS] == [key(text) for key in KEYS]


@settings(deadline=None)
@given(TEXTS)
def test_a_clean_name_has_keys_that_are_never_empty_and_can_be_stored(text: str) -> None:
    name = clean(text)

    for key in KEYS:
        assert bool(key(name)) == bool(name)
        assert "\x00" not in key(name)
        assert len(key(name).encode()) <= 2700


@settings(deadline=None)
@given(TEXTS)
def test_cleaning_changes_no_key(text: str) -> None:
    assert not clean(text) or match_key(clean(text)) == match_key(text)


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Instant Crush (feat. Julian Casablancas)", "instant crush"),
        ("Instant Crush [Ft Julian Casablancas]", "instant crush"),
        ("In My Car feat. Madeline Kenney", "in my car"),
        ("Song featuring A & B - Radio Edit", "song - radio edit"),
        ("Song ft. A (Live)", "song (live)"),
        ("Song (Club Mix feat. A)", "song (club mix)"),
        ("Song （ｆｅａｔ．Ａ）", "song"),
        ("曲名feat.初音ミク", "曲名"),
        ("Song (with A)", "song (with a)"),
        ("Song (Diplo feat. MØ Remix)", "song (diplo feat. mø remix)"),
        ("(feat. A)", "(feat. a)"),
        ("Feat. A", "feat. a"),
        ("Defeat", "defeat"),
        ("A Feat of Strength", "a feat of strength"),
        ("Live in Ft. Worth", "live in ft. worth"),
        ("Aftermath Left Daft", "aftermath left daft"),
    ],
)
def test_a_track_is_the_same_with_and_without_its_guests(title: str, key: str) -> None:
    assert title_key(title) == key


@pytest.mark.parametrize(
    "title",
    [
        "Don't Stop",
        "Don’t Stop!",
        "Don't Stop - Remastered 2011",
        "Don't Stop – 2011 Remaster",
        "Don't Stop (2011 Remaster)",
        "Don't Stop (Remastered)",
        "Don't Stop - 2009 Digital Remaster",
        "Don't Stop - Radio Edit",
        "Don't Stop (Radio Edit)",
        "Don't Stop [Explicit]",
        "Don't Stop - Single Version",
        "Don't Stop (Album Version)",
        "Don't Stop - Mono",
        "Don't Stop - Stereo Mix",
        "Don't Stop - Mono / Remastered",
        "Don't Stop (feat. X) - Remastered 2011",
        "DON'T STOP (Bonus Track)",
    ],
)
def test_editions_of_one_recording_may_be_one_play(title: str) -> None:
    assert play_key(title) == "dontstop"


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Song (Live)", "songlive"),
        ("Song - Live", "songlive"),
        ("Song - Live / Remastered 2001", "songlive"),
        ("Song - Acoustic", "songacoustic"),
        ("Song (Club Remix)", "songclubremix"),
        ("Song [Instrumental]", "songinstrumental"),
        ("Song (Demo)", "songdemo"),
        ("Song, Pt. 2", "songpt2"),
        ("Song (Taylor's Version)", "songtaylorsversion"),
        ("Radio/Video", "radiovideo"),
        ("Mono", "mono"),
        ("(Remastered)", "(remastered)"),
        ("÷", "÷"),
        ("+", "+"),
        ("कि", "कि"),
        ("伊吹", "伊吹"),
    ],
)
def test_another_recording_is_another_play(title: str, key: str) -> None:
    assert play_key(title) == key


@pytest.mark.parametrize(
    "name",
    [
        "Various Artists",
        "various",
        "VA",
        "V.A.",
        "AA.VV.",
        "[Various Artists]",
        "Verschiedene Interpreten",
        "Artistes variés",
        "Varios artistas",
        "Vari artisti",
        "オムニバス",
    ],
)
def test_various_artists_are_nobody_in_any_language(name: str) -> None:
    assert is_various(name)


@pytest.mark.parametrize("name", ["Vanessa Paradis", "Various Cruelties", "Diverse", "", "Omnibus"])
def test_an_artist_is_not_various(name: str) -> None:
    assert not is_various(name)
