"""Who is named in what a source wrote: every wrong rule that was ever complained about, as a fact of ours."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scannerd.model.listen import ArtistForm
from scannerd.model.names import (
    KEEP_WHOLE,
    NamedArtist,
    artists_of,
    clean,
    credit_text,
    match_key,
    split_rules,
)

CREDIT, LIST, JOINED, UNORDERED = ArtistForm.CREDIT, ArtistForm.LIST, ArtistForm.JOINED, ArtistForm.UNORDERED
RULES = split_rules()
ONE, TWO = "4b00640f-3be6-43f8-9b34-ff81bd89320a", "09887aa7-226e-4ecc-9a0c-02d2ae5777e1"

TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            ["A", "B b", "Ｆ", *" ,&;·•-()[]", " feat. ", " ft ", " and ", " • ", " // ", *KEEP_WHOLE[:30]]
        ),
        max_size=12,
    ).map("".join),
)


def named(*artists: str, form: ArtistForm = JOINED, title: str = "", separators: tuple[str, ...] = ()) -> str:
    """The names on one line, a guest with a plus sign in front."""
    rules = split_rules(separators=separators) if separators else RULES
    found = artists_of(artists, form=form, title=title, rules=rules)
    return " | ".join(("+" if artist.featured else "") + artist.name for artist in found)


@pytest.mark.parametrize(
    ("artist", "title", "expected"),
    [
        ("NELKE", "", "NELKE"),
        ("The Brook & The Bluff", "", "The Brook & The Bluff"),
        ("half·alive", "", "half·alive"),
        ("Earth, Wind & Fire", "The Very Best of Earth, Wind & Fire", "Earth, Wind & Fire"),
        ("Carly Rae Jepsen feat. Rufus Wainwright", "", "Carly Rae Jepsen | +Rufus Wainwright"),
        ("Mimi (feat. HATSUNE MIKU & KAFU)", "", "Mimi | +HATSUNE MIKU | +KAFU"),
        ("Magnify Tokyo · Kanade Ishihara", "", "Magnify Tokyo | Kanade Ishihara"),
        ("Magnify Tokyo // Kanade Ishihara", "", "Magnify Tokyo | Kanade Ishihara"),
        ("Daft Punk [feat. Paul Williams]", "", "Daft Punk | +Paul Williams"),
        ("Daft Punk Feat. Paul Williams", "Touch", "Daft Punk | +Paul Williams"),
        (
            "Tyler, The Creator",
            "CA (feat. Alice Smith, Leon Ware & Clem Creevy)",
            "Tyler, The Creator | +Alice Smith | +Leon Ware | +Clem Creevy",
        ),
        ("ONE OK ROCK", "C.U.R.I.O. (feat. Paledusk and CHICO CARLITO)", "ONE OK ROCK | +Paledusk | +CHICO CARLITO"),
        ("Rat Tally", "In My Car feat. Madeline Kenney", "Rat Tally | +Madeline Kenney"),
        ("Rat Tally", "In My Car [Feat. Madeline Kenney]", "Rat Tally | +Madeline Kenney"),
        (
            "Daft Punk feat. Julian Casablancas",
            "Instant Crush (feat. Julian Casablancas)",
            "Daft Punk | +Julian Casablancas",
        ),
        (
            "Paramore (feat. Joy Williams)",
            "Hate to See Your Heart Break feat. Joy Williams",
            "Paramore | +Joy Williams",
        ),
        ("Tyler, The Creator feat. Kali Uchis", "See You Again", "Tyler, The Creator | +Kali Uchis"),
    ],
)
def test_strings_that_others_hold_themselves_to_name_these_artists(artist: str, title: str, expected: str) -> None:
    assert named(artist, title=title) == expected


@pytest.mark.parametrize(
    "artist",
    [
        "Simon & Garfunkel",
        "AC/DC",
        "Mumford & Sons",
        "Emerson, Lake & Palmer",
        "Nick Cave & the Bad Seeds",
        "Hall & Oates",
        "A, B and C",
        "A with B",
        "A vs. B",
        "A x B",
        "A + B",
        "A/B",
        "A feat.",
        "Defeat",
        "Defeat the Giants",
        "Aftermath",
        "Featherstone",
        "Little Feat",
        "Little Feat & Friends",
        "10 Ft. Ganja Plant",
        "Feat. Someone",
        "(feat. Someone)",
        "Sunn O)))",
        "Daft Punk",
        " · ",
    ],
)
def test_one_name_stays_one_name_as_written(artist: str) -> None:
    (found,) = artists_of([artist], form=JOINED, title="", artist_mbids=[ONE], rules=RULES)

    assert found == NamedArtist(artist, ONE, featured=False, position_in_source=0)


@pytest.mark.parametrize(
    ("artist", "expected"),
    [
        ("X feat. Tyler, The Creator & Kali Uchis", "X | +Tyler, The Creator | +Kali Uchis"),
        ("X feat. Earth, Wind & Fire", "X | +Earth, Wind & Fire"),
        ("X feat. Earth, Wind and Fire and Y", "X | +Earth, Wind and Fire | +Y"),
        ("X feat. Florence & The Machine", "X | +Florence & The Machine"),
        ("X feat. Ariana Grande & The Weeknd", "X | +Ariana Grande | +The Weeknd"),
        ("X ft. A, B, & C and D", "X | +A | +B | +C | +D"),
        ("X ft A", "X | +A"),
        ("X FEATURING A · B", "X | +A | +B"),
        ("X feat.A", "X | +A"),
        ("X, feat. A", "X | +A"),
        ("X (with Y) feat. A", "X (with Y) | +A"),
        ("X feat. A ft. B", "X | +A | +B"),
        ("X (feat. A) & Y", "X & Y | +A"),
        ("X feat. Sammy Davis, Jr. & Y", "X | +Sammy Davis, Jr. | +Y"),
        ("X feat. Duke Ellington & His Orchestra", "X | +Duke Ellington & His Orchestra"),
        ("X feat. 10,000 Maniacs", "X | +10,000 Maniacs"),
        ("X feat. A + B", "X | +A + B"),
        ("X feat. f(x)", "X | +f(x)"),
        ("X feat. (G)I-DLE", "X | +(G)I-DLE"),
        ("Little Feat feat. Bonnie Raitt", "Little Feat | +Bonnie Raitt"),
        ("Maroon 5 ft. Christina Aguilera", "Maroon 5 | +Christina Aguilera"),
        ("鏡音リンfeat.初音ミク", "鏡音リン | +初音ミク"),
        ("A • B feat. C", "A | B | +C"),
        ("A; B; A", "A | B"),
    ],
)
def test_guests_are_told_apart_from_the_main_artists(artist: str, expected: str) -> None:
    assert named(artist) == expected


def test_a_name_to_keep_whole_resists_the_separators_of_a_user() -> None:
    separators = (", ", " & ", " / ", " x ")

    assert named("A, B & Earth, Wind & Fire X C", separators=separators) == "A | B | Earth, Wind & Fire | C"
    assert named("Tyler, The Creator, Simon & Garfunkel", separators=separators) == (
        "Tyler, The Creator | Simon & Garfunkel"
    )
    assert named("AC/DC/A", separators=("/",)) == "AC/DC | A"
    assert named("A · B", separators=separators) == "A · B"


def test_a_user_adds_names_to_keep_whole() -> None:
    rules = split_rules(["Foo · Bar", "Me, You & Them"])

    (whole,) = artists_of(["FOO · Bar"], form=JOINED, title="", rules=rules)
    guests = artists_of(["X feat. Me, You and Them"], form=JOINED, title="", rules=rules)

    assert whole.name == "FOO · Bar"
    assert [artist.name for artist in guests] == ["X", "Me, You and Them"]


@pytest.mark.parametrize("name", KEEP_WHOLE)
def test_a_built_in_name_is_never_split(name: str) -> None:
    splitters = (", ", " & ", " and ", " + ", "/", "·")

    assert named(name) == name
    assert named(name.upper(), separators=splitters) == name.upper()
    assert named(f"Xy feat. {name} & Zz") == f"Xy | +{name} | +Zz"


def test_the_built_in_names_are_all_names_that_something_could_split() -> None:
    assert [name for name in KEEP_WHOLE if not set(name.lower()) & set(",&+/·.") and " and " not in name.lower()] == [
        "Little Feat"
    ]
    assert len(set(map(match_key, KEEP_WHOLE))) == len(KEEP_WHOLE)


def test_a_credit_is_never_taken_apart() -> None:
    found = artists_of(
        ["Dune feat. Nobody", "The London Session Orchestra · Choir"],
        form=CREDIT,
        title="Song (feat. Guest & the london session orchestra · choir)",
        artist_mbids=[ONE, TWO],
        rules=RULES,
    )

    assert found == (
        NamedArtist("Dune feat. Nobody", ONE, featured=False, position_in_source=0),
        NamedArtist("The London Session Orchestra · Choir", TWO, featured=True, position_in_source=1),
        NamedArtist("Guest", None, featured=True, position_in_source=None),
    )


def test_the_names_of_a_list_stay_but_for_a_featured_part() -> None:
    found = artists_of(
        ["A · B", "C feat. D", "d", "E, F"], form=LIST, title="", artist_mbids=[ONE, TWO, None, None], rules=RULES
    )

    assert found == (
        NamedArtist("A · B", ONE, featured=False, position_in_source=0),
        NamedArtist("C", None, featured=False, position_in_source=None),
        NamedArtist("d", None, featured=True, position_in_source=2),
        NamedArtist("E, F", None, featured=False, position_in_source=3),
    )


def test_a_later_mention_fills_a_missing_mbid_and_place() -> None:
    found = artists_of(
        ["Main • Guest", "Guest", "GUEST"], form=UNORDERED, title="", artist_mbids=[None, ONE, TWO], rules=RULES
    )

    assert found == (
        NamedArtist("Main", None, featured=False, position_in_source=None),
        NamedArtist("Guest", ONE, featured=False, position_in_source=1),
    )


def test_a_listed_artist_whom_the_title_calls_a_guest_is_one() -> None:
    assert named("A", "Above & Beyond", form=LIST, title="S (feat. Above & Beyond)") == "A | +Above & Beyond"
    assert named("A", "B", form=CREDIT, title="S (feat. B)") == "A | +B"
    assert named("A", "B", form=LIST, title="S (feat. A)") == "A | B"


@pytest.mark.parametrize(
    ("artists", "expected"),
    [
        (["Cherish", "Magnify Tokyo"], "Cherish | Magnify Tokyo"),
        (["Cherish", "Magnify Tokyo • Cherish"], "Magnify Tokyo | Cherish"),
        (["Kanade Ishihara", "Magnify Tokyo • Lauren Horii"], "Magnify Tokyo | Kanade Ishihara | Lauren Horii"),
        (["Alice", "Zoe feat. Bob"], "Zoe | Alice | +Bob"),
        (["A · B", "C; D"], "A · B | C; D"),
    ],
)
def test_in_an_unordered_list_who_leads_a_joined_name_leads(artists: list[str], expected: str) -> None:
    assert named(*artists, form=UNORDERED) == expected


def test_in_an_unordered_list_a_guest_of_the_title_does_not_lead() -> None:
    assert named("Alice", "Bob", form=UNORDERED, title="Song (feat. Alice)") == "Bob | +Alice"
    assert named("Alice", form=UNORDERED, title="Song (feat. Alice)") == "Alice"


def test_blank_names_are_nobody() -> None:
    assert named("", "A", " ", form=LIST) == "A"
    assert named("", form=JOINED, title="Song (feat. B)") == ""
    assert named(form=LIST, title="Song (feat. B)") == ""


def test_a_wrong_number_of_mbids_gives_none_to_anybody() -> None:
    found = artists_of(["A", "B"], form=LIST, title="", artist_mbids=[ONE], rules=RULES)

    assert [artist.mbid for artist in found] == [None, None]


def test_a_credit_text_names_guests_last() -> None:
    def text(artists: list[str], title: str = "") -> str:
        return credit_text(artists_of(artists, form=LIST, title=title, rules=RULES))

    assert text(["A"]) == "A"
    assert text(["A", "B"]) == "A, B"
    assert text(["A", "B"], "Song (feat. C & B)") == "A feat. B, C"
    assert credit_text([NamedArtist("G", None, featured=True, position_in_source=None)]) == "G"
    assert credit_text([]) == ""


def test_the_version_of_the_rules_changes_with_them_and_with_nothing_else() -> None:
    assert split_rules(["B & C", "A & B"]).version == split_rules(["A and B", "b, c", "Simon & Garfunkel"]).version
    assert split_rules(separators=["; ", " / "]).version == split_rules(separators=[" / ", "; ", "; "]).version
    assert len({RULES.version, split_rules(["A & B"]).version, split_rules(separators=["; "]).version}) == 3
    assert 0 < RULES.version < 2**31


def test_a_blank_separator_is_refused() -> None:
    with pytest.raises(ValueError, match="a separator of artist names is blank"):
        split_rules(separators=["; ", " "])


def test_no_separators_at_all_part_nothing_but_guests() -> None:
    rules = split_rules(separators=[])

    assert [a.name for a in artists_of(["A; B feat. C"], form=JOINED, title="", rules=rules)] == ["A; B", "C"]


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=4), TEXTS, st.sampled_from(ArtistForm))
def test_whoever_is_named_is_named_once_and_nobody_is_lost(artists: list[str], title: str, form: ArtistForm) -> None:
    artists = [clean(name) for name in artists]

    found = artists_of(artists, form=form, title=clean(title), artist_mbids=[ONE] * len(artists), rules=RULES)

    assert bool(found) == any(artists)
    assert all(artist.name == artist.name.strip() != "" for artist in found)
    assert len({match_key(artist.name) for artist in found}) == len(found)
    assert not found or not found[0].featured
    assert all(artist.mbid is None or artist.name in artists for artist in found)


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(ArtistForm))
def test_no_text_is_an_exception(artist: str, title: str, form: ArtistForm) -> None:
    artists_of([artist, title], form=form, title=title, rules=RULES)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["a · ", "feat. ", "a feat. b ", ", ", "(", "(feat. a ", "[]", " - ", " ", "̣́"])
def test_a_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    for length in (1000, 100_000):
        text = "x" + piece * (length // len(piece) - 1)
        for form in ArtistForm:
            assert artists_of([text], form=form, title=text, rules=RULES)[0].name.startswith("x")
