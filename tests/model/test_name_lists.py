"""Who is named in one field of a book."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scannerd.model.book import BookRole
from scannerd.model.book_names import MOST_NAMES, credited_names, natural_name, split_names
from scannerd.model.names import clean, match_key

NAMES = (
    "Ursula K. Le Guin",
    "Le Guin, Ursula K.",
    "Tolkien, J. R. R.",
    "King, Martin Luther, Jr.",
    "Stephen King",
    "Plato",
    "村上春樹",
    "村上, 春樹",
    "Smith, Elder & Co.",
    "Simon & Schuster",
    "Penguin Random House",
    "García Márquez, Gabriel",
    "Full Cast",
    "Strunk and White",
    "van Gogh, Vincent",
    "Dr. Seuss",
    "Jane Doe, M.D.",
    "AC/DC",
    "スティーヴン・キング",
)
ODD_TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            [
                *("A", "b", "Doe", " ", ",", ", ", ";", " & ", " and ", "/", "(", ")", " - ", ".", "Jr.", "Ph.D."),
                *("1949-", "narrator", "(Narrator)", "read by ", "et al.", "van", "、", "・", "村上", "The", "\x01"),
                *NAMES,
            ]
        ),
        max_size=12,
    ).map("".join),
)


@pytest.mark.parametrize(
    "name",
    [
        *NAMES,
        "King, Jr., Martin Luther",
        "Goethe, Johann Wolfgang von",
        "Doyle, Arthur Conan, Sir",
        "Conan Doyle, Sir Arthur",
        "Van Dine, S. S.",
        "Sallust, Ph.D.",
        "Brubaker, Ed",
        "Lu, Xun",
        "O'Brian, Patrick",
        "de la Cruz, Maria Luisa",
        "Homer, Virgil",
        "Farrar, Straus and Giroux",
        "Little, Brown and Company",
        "John Wiley & Sons",
        "Random House, Inc.",
        "Emerson, Lake & Palmer",
        "Marx und Engels",
        "Arkady and Boris Strugatsky",
        "Jane & John Doe",
        "Wachowski, Lana and Lilly",
        "José Ortega y Gasset",
        "Mary Jane E Smith",
        "The Brothers Grimm",
        "Tyler, The Creator",
        "Beatles, The",
        "Seneca, the Younger",
        "Various",
        "Various Authors",
        "Anonymous",
        "bell hooks",
        "Will.i.am",
        "10,000 Maniacs",
    ],
)
def test_one_name_stays_one(name: str) -> None:
    assert split_names(name) == (name,)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Stephen King; Peter Straub", ("Stephen King", "Peter Straub")),
        ("King, Stephen; Straub, Peter", ("King, Stephen", "Straub, Peter")),
        ("Neil Gaiman\nTerry Pratchett", ("Neil Gaiman", "Terry Pratchett")),
        ("Stephen King|Peter Straub", ("Stephen King", "Peter Straub")),
        ("Smith, Elder & Co.; Jane Doe", ("Smith, Elder & Co.", "Jane Doe")),
        ("Stephen King, Peter Straub", ("Stephen King", "Peter Straub")),
        ("stephen king, peter straub", ("stephen king", "peter straub")),
        ("Stan Lee,Jack Kirby", ("Stan Lee", "Jack Kirby")),
        ("A B, C D", ("A B", "C D")),
        ("A B, C D, E F", ("A B", "C D", "E F")),
        ("J.K. Rowling, Stephen Fry", ("J.K. Rowling", "Stephen Fry")),
        ("Stephen King, Peter Straub, and Clive Barker", ("Stephen King", "Peter Straub", "Clive Barker")),
        ("Stephen King, Peter Straub & Clive Barker", ("Stephen King", "Peter Straub", "Clive Barker")),
        ("Terry Pratchett & Neil Gaiman", ("Terry Pratchett", "Neil Gaiman")),
        ("Terry Pratchett and Neil Gaiman", ("Terry Pratchett", "Neil Gaiman")),
        ("Karl Marx und Friedrich Engels", ("Karl Marx", "Friedrich Engels")),
        ("Jean-Paul Sartre et Simone de Beauvoir", ("Jean-Paul Sartre", "Simone de Beauvoir")),
        ("Jorge Amado e José Saramago", ("Jorge Amado", "José Saramago")),
        ("Stephen King/Peter Straub", ("Stephen King", "Peter Straub")),
        ("James Patterson with Maxine Paetro", ("James Patterson", "Maxine Paetro")),
        ("Dr. Seuss & Roy McKie", ("Dr. Seuss", "Roy McKie")),
        ("King, Stephen & Straub, Peter", ("King, Stephen", "Straub, Peter")),
        ("Preston, Douglas & Lincoln Child", ("Preston, Douglas", "Lincoln Child")),
        ("King, Stephen, Straub, Peter", ("King, Stephen", "Straub, Peter")),
        ("Le Guin, Ursula K., King, Stephen", ("Le Guin, Ursula K.", "King, Stephen")),
        ("Tolkien, J. R. R., Stephen King", ("Tolkien, J. R. R.", "Stephen King")),
        ("Smith, J.K., Jones, A.B.", ("Smith, J.K.", "Jones, A.B.")),
        ("Stephen King, Homer, Peter Straub", ("Stephen King", "Homer", "Peter Straub")),
        ("Homer, Robert Fagles", ("Homer", "Robert Fagles")),
        ("Homer, Virgil, Ovid", ("Homer", "Virgil", "Ovid")),
        ("Jane Doe, PhD, John Roe, MD", ("Jane Doe, PhD", "John Roe, MD")),
        ("Stephen King, Martin Luther King, Jr.", ("Stephen King", "Martin Luther King, Jr.")),
        ("Jane Doe, Penguin Books", ("Jane Doe", "Penguin Books")),
        ("The Great Courses, Jane Doe", ("The Great Courses", "Jane Doe")),
        ("Gene Wolfe, Various", ("Gene Wolfe", "Various")),
        ("Anonymous, Seamus Heaney", ("Anonymous", "Seamus Heaney")),
        ("Unknown, Jane Doe", ("Jane Doe",)),
        ("Ray Porter, Jane Doe, Full Cast", ("Ray Porter", "Jane Doe", "Full Cast")),
        ("Антон Чехов и Лев Толстой", ("Антон Чехов", "Лев Толстой")),
        ("Jane Doe, Random House, Inc.", ("Jane Doe", "Random House, Inc.")),
        ("村上春樹、川上弘美", ("村上春樹", "川上弘美")),
        ("村上春樹, 川上弘美", ("村上春樹", "川上弘美")),
        ("김영하, 정유정", ("김영하", "정유정")),
        ("刘慈欣，王晋康", ("刘慈欣", "王晋康")),
        # Nothing tells two last names and two first names from two persons.
        ("García Márquez, Gabriel José", ("García Márquez", "Gabriel José")),
    ],
)
def test_a_list_is_taken_apart(text: str, names: tuple[str, ...]) -> None:
    assert split_names(text) == names


@pytest.mark.parametrize(
    ("text", "credited"),
    [
        ("Jane Doe, narrator", [("Jane Doe", BookRole.NARRATOR)]),
        ("Jane Doe - translator", [("Jane Doe", BookRole.TRANSLATOR)]),
        ("Jane Doe – Übersetzerin", [("Jane Doe", BookRole.TRANSLATOR)]),
        ("Jane Doe (ed.)", [("Jane Doe", BookRole.EDITOR)]),
        ("Doe, Jane [Illustrator]", [("Doe, Jane", BookRole.ILLUSTRATOR)]),
        ("Jane Doe (author, narrator)", [("Jane Doe", BookRole.AUTHOR)]),
        ("Jane Doe - introduction and notes", [("Jane Doe", BookRole.INTRODUCTION)]),
        ("Jane Doe (Narrator), John Roe (Author)", [("Jane Doe", BookRole.NARRATOR), ("John Roe", BookRole.AUTHOR)]),
        ("Jane Doe, John Roe - foreword", [("Jane Doe", None), ("John Roe", BookRole.INTRODUCTION)]),
        ("read by Jane Doe", [("Jane Doe", BookRole.NARRATOR)]),
        ("Written and read by Jane Doe", [("Jane Doe", BookRole.NARRATOR)]),
        ("Gelesen von Jane Doe", [("Jane Doe", BookRole.NARRATOR)]),
        ("by Jane Doe", [("Jane Doe", None)]),
        ("James (Jim) Smith", [("James (Jim) Smith", None)]),
        ("Jane Doe - Smith", [("Jane Doe - Smith", None)]),
        ("narrator", []),
    ],
)
def test_what_somebody_did_is_no_part_of_the_name(text: str, credited: list[tuple[str, BookRole | None]]) -> None:
    assert list(credited_names(text)) == credited


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        (" ; ;, & ", ()),
        ("Unknown", ()),
        ("n/a", ()),
        ("Unknown; Jane Doe", ("Jane Doe",)),
        ("Smith, J., et al.", ("Smith, J.",)),
        ("Jane Doe and others", ("Jane Doe",)),
        ("Tolstoy, Leo, 1828-1910", ("Tolstoy, Leo",)),
        ("Leo Tolstoy (1828-1910)", ("Leo Tolstoy",)),
        ("Doe, Jane, b. 1949", ("Doe, Jane",)),
        ("Jane Doe; jane  doe; Doe, Jane", ("Jane Doe",)),
        ("\ufeffJane\tDoe\x00;", ("Jane Doe",)),
    ],
)
def test_nobody_is_not_named_and_nobody_twice(text: str, names: tuple[str, ...]) -> None:
    assert split_names(text) == names


@given(st.lists(st.sampled_from(NAMES), max_size=12, unique_by=natural_name))
def test_names_joined_by_semicolons_come_back(names: list[str]) -> None:
    assert split_names("; ".join(names)) == tuple(names)


@settings(deadline=None)
@given(ODD_TEXTS)
def test_names_are_clean_and_never_empty_and_each_is_there_once(text: str) -> None:
    names = split_names(text)

    assert all(name and name == clean(name) == " ".join(name.split()) for name in names)
    assert len({match_key(natural_name(name)) for name in names}) == len(names)


def test_no_field_names_more_than_a_hundred() -> None:
    assert len(split_names("; ".join(f"Jane Doe {'x' * at}" for at in range(500)))) == MOST_NAMES == 100


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["a & ", "a, ", "; ", "(", "( ", " - a", "a/", "Jr., ", "A B & ", "(narrator) ", "\x01"]
)
def test_a_hostile_field_takes_no_longer_than_its_length(piece: str) -> None:
    assert len(split_names(piece * 100_000)) <= MOST_NAMES
