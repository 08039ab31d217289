"""What a scan of books does, behaviour by behaviour: real files, a real scan, and what is in the database then."""

import os
import shutil
from typing import Any

import pytest
from archive_files import cbz, comic_info, pages
from audio_book_files import m4b, tagged
from broken_scans import InHere
from epub_files import epub, nav, opf
from mobi_files import mobi
from pdf_files import pdf

BOOK = "select title, sources ->> 'title' from book order by title"
ROLES = "select role, credited_as from book_contribution order by role, position"
SERIES = (
    "select book.title, series.name, number::text, number_end::text, unit, source"
    " from book join book_series on book_id = book.id join series on series.id = series_id order by book.title"
)


@pytest.fixture(autouse=True)
def _in_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in this process, which takes a tenth of the time."""
    monkeypatch.setattr("scannerd.library.books.scan.ParsePool", InHere)


def comic(*names: str, **info: str) -> bytes:
    return cbz(pages(*names) | ({"ComicInfo.xml": comic_info(**info)} if info else {}))


def test_every_format_says_what_it_says_of_book_and_file(book_shelf: Any) -> None:
    book_shelf.epub("A/1/1.epub", "E-book", "Ann Lee", description="<p>It is <b>long</b>.</p>", publisher="Ace")
    book_shelf.write("A/2/2.mobi", mobi("Kindle", [(100, "Ann Lee")]))
    book_shelf.write("A/3/3.pdf", pdf({"Title": "Pages", "Author": "Ann Lee"}, pages=7))
    book_shelf.write("A/4/4.cbz", comic("1.jpg", "2.jpg", Title="Comic", Writer="Ann Lee"))
    book_shelf.write("A/Plain/Plain.cbz", comic("1.jpg", "2.jpg", "3.jpg"))
    audio = tagged(m4b((1000, "One")), {"\xa9alb": ["Heard"], "\xa9ART": ["Ann Lee"]}, SUBTITLE="Aloud")
    book_shelf.write("A/6/6.m4b", audio)
    book_shelf.scan()

    assert book_shelf.ask(
        "select title, sources ->> 'title', subtitle, description, publisher, format, pages, duration_ms, bitrate"
        " from book join media_file on book_id = book.id order by name"
    ) == [
        ("E-book", "file", None, "It is long.", "Ace", "epub", None, None, None),
        ("Kindle", "file", None, None, None, "mobi", None, None, None),
        ("Pages", "file", None, None, None, "pdf", 7, None, None),
        ("Comic", "file", None, None, None, "cbz", 2, None, None),
        ("Heard", "file", "Aloud", None, None, "m4b", None, 3_600_000, 64_000),
        ("Plain", "path", None, None, None, "cbz", 3, None, None),
    ]
    assert book_shelf.ask(
        "select credited_as, source, count(*) from book_contribution group by 1, 2 order by 3 desc"
    ) == [("Ann Lee", "file", 5)]


def test_several_names_in_one_field_are_several_persons(book_shelf: Any) -> None:
    atoms = {"\xa9alb": ["Heard"], "\xa9ART": ["Ann Lee; Bob Ray"], "\xa9nrt": ["Cid Fox; Dee Hay"]}
    book_shelf.write("A/Heard.m4b", tagged(m4b((1000, "One")), atoms))
    book_shelf.scan()
    assert book_shelf.ask(ROLES) == [
        ("author", "Ann Lee"),
        ("author", "Bob Ray"),
        ("narrator", "Cid Fox"),
        ("narrator", "Dee Hay"),
    ]


def test_those_who_made_a_comic_have_their_roles_and_those_of_other_books_are_authors(book_shelf: Any) -> None:
    made = {"Writer": "Ann Lee", "Penciller": "Bob Ray", "Inker": "Bob Ray", "Colorist": "Cid Fox", "Letterer": "Dee"}
    book_shelf.write(
        "A/Saga.cbz", comic("1.jpg", Title="Saga", CoverArtist="Eve", Editor="Flo", Translator="G", **made)
    )
    book_shelf.scan()
    roles = [
        ("colorist", "Cid Fox"),
        ("cover-artist", "Eve"),
        ("editor", "Flo"),
        ("inker", "Bob Ray"),
        ("letterer", "Dee"),
        ("penciller", "Bob Ray"),
        ("translator", "G"),
        ("writer", "Ann Lee"),
    ]
    assert book_shelf.ask(ROLES) == roles
    book_shelf.scan(full=True)
    assert book_shelf.ask(ROLES) == roles

    shutil.rmtree(book_shelf.root / "A")
    book_shelf.epub("B/B.epub", "B", "Ann Lee", "Bob Ray")
    book_shelf.scan()
    assert book_shelf.ask(f"{ROLES} limit 2") == [("author", "Ann Lee"), ("author", "Bob Ray")]


def test_a_comic_without_a_series_has_it_by_its_name(book_shelf: Any) -> None:
    book_shelf.write("[Ann Lee] Naruto #005/[Ann Lee] Naruto #005.cbz", comic("1.jpg"))
    book_shelf.write("Bleach/Bleach c042.cbz", comic("1.jpg"))
    book_shelf.write("Told/Told v9.cbz", comic("1.jpg", Series="Other", Number="2", Title="Told"))
    book_shelf.write("One/Naruto v1.epub", epub("Naruto v1"))
    book_shelf.scan()
    assert book_shelf.ask(SERIES) == [
        ("Bleach c042", "Bleach", "42", None, "chapter", "path"),
        ("Naruto v005", "Naruto", "5", None, "volume", "path"),
        ("Told", "Other", "2", None, None, "file"),
    ]


def test_a_range_in_a_series_is_one_value_and_comes_whole_from_one_source(book_shelf: Any) -> None:
    atoms = {"\xa9alb": ["Heard"], "\xa9ART": ["Ann Lee"]}
    book_shelf.write("A/Heard.m4b", tagged(m4b((1000, "One")), atoms, SERIES="Saga", SERIES_PART="1-3"))
    book_shelf.epub("B/B.epub", "Read", "Ann Lee", series=("Saga", "2"))
    book_shelf.told("B/metadata.json", series=["Saga #4-6"])
    book_shelf.scan()
    assert book_shelf.ask(SERIES) == [
        ("Heard", "Saga", "1", "3", None, "file"),
        ("Read", "Saga", "4", "6", None, "sidecar"),
    ]


def test_what_is_no_book_is_not_seen_and_a_book_with_a_wrong_name_is_read(book_shelf: Any) -> None:
    book_shelf.write("A/notes.docx", b"PK\x03\x04")
    book_shelf.write("A/photo.jpg", b"\xff\xd8\xff")
    book_shelf.write("A/Dune.cbz", epub("Dune", ["Frank Herbert"]))
    book_shelf.write("A/.hidden.epub", epub("Hidden"))
    book_shelf.scan()
    assert book_shelf.files() == {"A/Dune.cbz": ("present", "main", "Dune", None)}
    assert book_shelf.one("select format from media_file") == "epub"


def test_an_empty_folder_is_a_library_without_books(book_shelf: Any) -> None:
    summary = book_shelf.scan()
    assert (summary.complete, summary.books, summary.warnings) == (True, 0, [])


def test_books_are_found_however_deep_they_lie(book_shelf: Any) -> None:
    book_shelf.epub("1/2/3/4/5/6/Deep.epub", "Deep")
    book_shelf.scan()
    assert book_shelf.titles() == ["Deep"]


def test_a_root_that_is_not_there_is_told_and_loses_nothing(book_shelf: Any) -> None:
    book_shelf.epub("Dune.epub", "Dune")
    book_shelf.scan()
    book_shelf.root.rename(book_shelf.root.with_name("away"))
    summary = book_shelf.scan()
    assert len(summary.warnings) == 1
    assert book_shelf.files() == {"Dune.epub": ("present", "main", "Dune", None)}


def test_an_e_book_and_a_comic_in_one_folder_are_one_book(book_shelf: Any) -> None:
    book_shelf.epub("A/Dune/Dune.epub", "Dune")
    book_shelf.write("A/Dune/drawn.cbz", comic("1.jpg"))
    book_shelf.scan()
    assert book_shelf.files() == {
        "A/Dune/Dune.epub": ("present", "main", "Dune", None),
        "A/Dune/drawn.cbz": ("present", "main", "Dune", None),
    }
    assert book_shelf.one("select count(distinct book_id) from media_file") == 1


def test_right_below_the_root_a_name_is_a_book_in_all_its_formats(book_shelf: Any) -> None:
    book_shelf.epub("Dune.epub", "Dune")
    book_shelf.write("dune.PDF", pdf({"Title": "No matter"}))
    book_shelf.write("Dune.opf", opf("Dune", ["Frank Herbert"]).encode())
    book_shelf.epub("Emma.epub", "Emma")
    book_shelf.scan()
    assert book_shelf.files() == {
        "Dune.epub": ("present", "main", "Dune", None),
        "dune.PDF": ("present", "main", "Dune", None),
        "Dune.opf": ("present", "sidecar", "Dune", None),
        "Emma.epub": ("present", "main", "Emma", None),
    }


@pytest.mark.parametrize(
    ("place", "title", "roles"),
    [
        ("[Ann Lee] Dune.m4b", "Dune", [("author", "Ann Lee")]),
        ("[Ann Lee] Dune {Cid Fox}.m4b", "Dune", [("author", "Ann Lee"), ("narrator", "Cid Fox")]),
        ("Folder/[Ann Lee] Dune {Cid Fox}.m4b", "Folder", [("author", "Ann Lee"), ("narrator", "Cid Fox")]),
        ("[Ann Lee]/comic.cbz", "comic", [("author", "Ann Lee")]),
        ("[Ann Lee] [2019].epub", "[Ann Lee] [2019]", [("author", "Ann Lee")]),
    ],
)
def test_a_file_that_says_nothing_is_named_by_its_place(
    book_shelf: Any, place: str, title: str, roles: list[tuple[str, str]]
) -> None:
    content = {"m4b": m4b((1000, "One")), "cbz": comic("1.jpg"), "epub": epub(None, ())}
    book_shelf.write(place, content[place.rpartition(".")[2]])
    book_shelf.scan()
    assert book_shelf.ask(BOOK) == [(title, "path")]
    assert book_shelf.ask(ROLES) == roles


def test_a_file_that_changed_says_what_it_says_now_and_is_sorted_by_it(book_shelf: Any) -> None:
    book_shelf.epub("A/A.epub", "The Hobbit", "Ann Lee", subjects=["Novel"])
    book_shelf.scan()
    ids = book_shelf.book_ids()
    assert book_shelf.ask("select title, sort_title from book") == [("The Hobbit", "Hobbit, The")]
    book_shelf.epub("A/A.epub", "The Silmarillion", "Bob Ray", subjects=["Epic"])
    book_shelf.scan()
    assert book_shelf.ask("select id, title, sort_title from book") == [
        (ids["The Hobbit"], "The Silmarillion", "Silmarillion, The")
    ]
    assert book_shelf.ask("select name from person") == [("Bob Ray",)]
    assert book_shelf.ask("select name from genre") == [("Epic",)]


def test_an_empty_word_of_a_sidecar_takes_nothing_away(book_shelf: Any) -> None:
    atoms = {"\xa9alb": ["Heard"], "\xa9ART": ["Ann Lee"]}
    book_shelf.write("A/Heard.m4b", tagged(m4b((1000, "One")), atoms, SUBTITLE="Aloud"))
    book_shelf.told("A/metadata.json", title="", subtitle="", authors=[], genres=[])
    book_shelf.scan()
    assert book_shelf.ask("select title, subtitle from book") == [("Heard", "Aloud")]
    assert book_shelf.ask(ROLES) == [("author", "Ann Lee")]


def test_a_scan_leaves_the_folder_as_it_is(book_shelf: Any) -> None:
    book_shelf.epub("A/Dune/Dune.epub", "Another title")
    book_shelf.write("A/Dune/cover.jpg", b"\xff\xd8\xff\xe0 mine")
    book_shelf.flac("B/Apart/CD 1/1.flac", album="Apart")

    def tree() -> dict[str, tuple[int, bytes]]:
        files = [path for path in book_shelf.root.rglob("*") if path.is_file()]
        return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    before = tree()
    book_shelf.scan()
    book_shelf.scan(full=True)
    assert tree() == before


def test_a_pdf_that_came_with_a_book_is_the_book_when_it_is_all_that_is_left(book_shelf: Any) -> None:
    path = book_shelf.write("A/Dune/Dune.m4b", tagged(m4b((1000, "One")), {"\xa9alb": ["Dune"]}))
    book_shelf.write("A/Dune/booklet.pdf", pdf({"Title": "The booklet"}))
    book_shelf.scan()
    ids = book_shelf.book_ids()
    assert book_shelf.files()["A/Dune/booklet.pdf"] == ("present", "supplement", "Dune", None)
    path.unlink()
    book_shelf.scan()
    assert book_shelf.files()["A/Dune/booklet.pdf"] == ("present", "main", "The booklet", None)
    assert book_shelf.book_ids() == {"The booklet": ids["Dune"]}


def test_chapters_keep_their_levels(book_shelf: Any) -> None:
    items = (
        '<li><a href="c1.xhtml">Part</a><ol><li><a href="c1.xhtml#a">Chapter</a></li></ol></li>'
        '<li><a href="c1.xhtml#b">End</a></li>'
    )
    book_shelf.write("A/A.epub", epub("A", files={"OEBPS/nav.xhtml": nav(items)}))
    book_shelf.scan()
    assert book_shelf.ask("select position, level, title from chapter order by position") == [
        (0, 0, "Part"),
        (1, 1, "Chapter"),
        (2, 0, "End"),
    ]


def test_a_number_written_otherwise_is_the_same_number(book_shelf: Any) -> None:
    written = []
    for number in ("urn:isbn:978-0-441-01359-3", "isbn:9780441013593", "ISBN 978 0441013593"):
        book_shelf.epub("A/A.epub", "A", "Ann Lee", identifiers=[number])
        book_shelf.scan()
        written.append(book_shelf.ask("select type, value, xmin::text from book_identifier"))
    assert written[0][0][:2] == ("isbn_13", "9780441013593")
    assert written[1:] == [written[0], written[0]]


def test_a_file_that_comes_while_the_book_goes_is_found_by_the_next_scan(book_shelf: Any) -> None:
    book_shelf.epub("A/Dune/Dune.epub", "Dune")
    book_shelf.epub("B/Emma.epub", "Emma")
    book_shelf.scan()
    ids = book_shelf.book_ids()
    (book_shelf.root / "A/Dune/Dune.epub").unlink()
    book_shelf.epub("B/Emma.epub", "Emma")

    def tell(phase: str, *_: int) -> None:
        if phase == "reading":
            book_shelf.write("A/Dune/Dune.mobi", mobi("Dune"))

    book_shelf.scan(tell=tell)
    assert book_shelf.files()["A/Dune/Dune.epub"] == ("missing", "main", "Dune", None)
    book_shelf.scan()
    assert book_shelf.files()["A/Dune/Dune.mobi"] == ("present", "main", "Dune", None)
    assert book_shelf.book_ids() == ids


def test_a_file_of_another_size_elsewhere_was_not_moved(book_shelf: Any) -> None:
    path = book_shelf.epub("A/Dune.epub", "Dune", "Frank Herbert")
    book_shelf.scan()
    stamp = path.stat()
    path.unlink()
    other = book_shelf.epub("B/Dune.epub", "Dune", "Frank Herbert", publisher="Ace")
    os.utime(other, ns=(stamp.st_mtime_ns, stamp.st_mtime_ns))
    assert book_shelf.scan().files.moved == 0
    assert book_shelf.ask("select state, count(distinct book_id) from media_file group by 1 order by 1") == [
        ("missing", 1),
        ("present", 1),
    ]
    assert book_shelf.one("select count(*) from book") == 2


def test_a_copy_of_a_book_is_a_second_book(book_shelf: Any) -> None:
    path = book_shelf.epub("A/Dune.epub", "Dune")
    book_shelf.scan()
    (first,) = book_shelf.ask("select id from book")
    (book_shelf.root / "B").mkdir()
    shutil.copy2(path, book_shelf.root / "B/Dune.epub")
    assert book_shelf.scan().files.moved == 0
    rows = book_shelf.ask("select folder, book_id from media_file order by folder")
    assert [folder for folder, _ in rows] == [b"A/", b"B/"]
    assert rows[0][1] == first[0] != rows[1][1]


def test_a_look_at_a_folder_that_is_gone_leaves_its_neighbour_alone(book_shelf: Any) -> None:
    book_shelf.epub("A/Dune/Dune.epub", "Dune")
    book_shelf.epub("A/Dune 2/Dune 2.epub", "Dune 2")
    book_shelf.scan()
    shutil.rmtree(book_shelf.root / "A")
    book_shelf.scan(folders=[(os.fsencode(book_shelf.root), b"A/Dune/")])
    assert {place: state for place, (state, *_) in book_shelf.files().items()} == {
        "A/Dune/Dune.epub": "missing",
        "A/Dune 2/Dune 2.epub": "present",
    }


def test_what_is_hidden_does_not_come_with_a_book_and_what_lies_in_a_folder_of_its_own_neither(book_shelf: Any) -> None:
    book_shelf.flac("A/Dune/1.flac", album="Dune")
    book_shelf.write("A/Dune/.secret.pdf", pdf())
    book_shelf.write("A/Dune/CD 1/booklet.pdf", pdf())
    book_shelf.write("A/Dune/Extras/map.pdf", pdf({"Title": "Map"}))
    book_shelf.scan()
    assert book_shelf.files() == {
        "A/Dune/1.flac": ("present", "main", "Dune", None),
        "A/Dune/CD 1/booklet.pdf": ("present", "supplement", "Dune", None),
        "A/Dune/Extras/map.pdf": ("present", "main", "Map", None),
    }


def test_the_hash_of_a_file_is_of_what_is_in_it_now(book_shelf: Any) -> None:
    book_shelf.epub("A/A.epub", "A")
    book_shelf.epub("B/B.epub", "B")
    book_shelf.scan()
    hashes = "select encode(folder, 'escape'), content_hash from media_file"
    before = dict(book_shelf.ask(hashes))
    book_shelf.epub("B/B.epub", "C")
    book_shelf.scan()
    after = dict(book_shelf.ask(hashes))
    assert after["A/"] == before["A/"]
    assert after["B/"] != before["B/"]


def test_a_broken_sidecar_under_its_right_name_is_read(book_shelf: Any) -> None:
    book_shelf.epub("A/A.epub", "A")
    path = book_shelf.write("A/metadata.opf", b'{"title": "Told"}')
    book_shelf.scan()
    assert book_shelf.files()["A/metadata.opf"][0] == "unreadable"
    path.rename(path.with_name("metadata.json"))
    book_shelf.scan()
    assert book_shelf.files() == {
        "A/A.epub": ("present", "main", "Told", None),
        "A/metadata.json": ("present", "sidecar", "Told", None),
    }


def test_a_book_is_called_otherwise_when_known_ones_move_to_it(book_shelf: Any) -> None:
    book_shelf.epub("Saga/A.epub", "", series=None)
    for name in "BC":
        book_shelf.epub(f"{name}.epub", "")
    book_shelf.scan()
    assert book_shelf.titles() == ["B", "C", "Saga"]
    for name in "BC":
        (book_shelf.root / f"{name}.epub").rename(book_shelf.root / f"Saga/{name}.epub")
    book_shelf.scan()
    assert book_shelf.titles() == ["A", "B", "C"]


def test_parts_that_come_back_when_the_book_is_elsewhere_leave_it_in_one_place(book_shelf: Any) -> None:
    for number in (1, 2, 3):
        book_shelf.flac(f"A/Dune/{number}.flac", album="Dune")
    book_shelf.scan()
    aside = book_shelf.root.parent
    (book_shelf.root / "A/Dune/1.flac").rename(book_shelf.root / "1.flac")
    for number in (2, 3):
        (book_shelf.root / f"A/Dune/{number}.flac").rename(aside / f"{number}.flac")
    book_shelf.scan()
    (held,) = book_shelf.ask("select book_id from media_file where state = 'present'")
    for number in (2, 3):
        (aside / f"{number}.flac").rename(book_shelf.root / f"A/Dune/{number}.flac")
    book_shelf.scan()

    rows = book_shelf.ask("select encode(folder, 'escape'), book_id, part from media_file order by folder, name")
    assert [(folder, part) for folder, _, part in rows] == [("", None), ("A/Dune/", 1), ("A/Dune/", 2)]
    assert rows[0][1] != rows[1][1] == rows[2][1] == held[0]
    before = book_shelf.written()
    book_shelf.scan()
    assert book_shelf.written() == before


def test_a_file_under_a_name_of_another_kind_is_read_though_the_scan_was_broken_off(
    book_shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    book_shelf.epub("A/A.epub", "A")
    path = book_shelf.told("A/Told.opf", title="Told")
    book_shelf.scan()
    path.rename(path.with_name("metadata.json"))

    def breaking(*_: object) -> None:
        raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr("scannerd.library.books.scan.find_owed", breaking)
        with pytest.raises(InterruptedError):
            book_shelf.scan()
    book_shelf.scan()
    assert book_shelf.files()["A/metadata.json"] == ("present", "sidecar", "Told", None)


def test_a_file_in_which_there_are_no_chapters_any_more_has_none(book_shelf: Any) -> None:
    book_shelf.epub("A/A.epub", "A", chapters=["One", "Two"])
    book_shelf.scan()
    assert book_shelf.one("select count(*) from chapter") == 2
    book_shelf.write("A/A.epub", epub("A", files={"OEBPS/nav.xhtml": None}))
    book_shelf.scan()
    assert book_shelf.one("select count(*) from chapter") == 0
