"""Scans of real books: what is there afterwards, and what a second scan writes."""

import os
from typing import Any

from epub_files import JPEG, epub, opf

from scannerd.catalogue.merge import merge_persons
from scannerd.listens.duplicates import mark_lookups

DUNE = {"subjects": ["Science Fiction", "Classics"], "series": ("Dune Chronicles", "1"), "publisher": "Chilton"}


def test_a_first_scan_finds_books_with_all_that_belongs_to_them(book_shelf: Any) -> None:
    book_shelf.epub(
        "Frank Herbert/Dune/Dune.epub",
        "Dune",
        "Frank Herbert",
        date="1965-08-01",
        description="<p>Sand.</p>",
        identifiers=["urn:isbn:9780441172719"],
        chapters=["One", "Two"],
        **DUNE,
    )
    summary = book_shelf.scan()

    assert (summary.files.parsed, summary.files.failed, summary.books) == (1, 0, 1)
    told = book_shelf.whole("Dune")
    assert told["book"][:-1] == (None, "Dune", "Sand.", "en", "1965-08-01", "day", "Chilton", None)
    assert told["persons"] == [("author", "Frank Herbert", "file")]
    assert told["genres"] == [("Science Fiction", "file"), ("Classics", "file")]
    assert told["series"] == [("Dune Chronicles", "1", None, None, None, "file")]
    assert told["identifiers"] == [("isbn_13", "9780441172719", "file")]
    assert book_shelf.ask("select position, title, href from chapter order by position") == [
        (0, "One", "OEBPS/c1.xhtml"),
        (1, "Two", "OEBPS/c2.xhtml"),
    ]
    assert book_shelf.files() == {"Frank Herbert/Dune/Dune.epub": ("present", "main", "Dune", None)}
    assert book_shelf.one("select is_derived from media_file") is True
    assert book_shelf.one("select is_settled from library") is True


def test_a_second_scan_writes_nothing(book_shelf: Any) -> None:
    book_shelf.epub("Frank Herbert/Dune/Dune.epub", "Dune", "Frank Herbert", **DUNE)
    book_shelf.told("Frank Herbert/Dune/metadata.json", narrators=["Simon Vance"])
    book_shelf.epub("Emma.epub", "Emma", "Jane Austen")
    book_shelf.scan()
    before = book_shelf.written()
    summary = book_shelf.scan()
    assert (summary.files.parsed, summary.books, book_shelf.written()) == (0, 0, before)


def test_a_scan_that_reads_all_again_writes_nothing_either(book_shelf: Any) -> None:
    book_shelf.epub("Frank Herbert/Dune/Dune.epub", "Dune", "Frank Herbert", **DUNE)
    book_shelf.flac("Iain Banks/Raw Spirit/1.flac", album="Raw Spirit", artist="Iain Banks", composer="A; B")
    book_shelf.flac("Iain Banks/Raw Spirit/2.flac", album="Raw Spirit", artist="Iain Banks", composer="B")
    book_shelf.scan()
    before = book_shelf.written()
    summary = book_shelf.scan(full=True)
    assert (summary.files.parsed, summary.books, book_shelf.written()) == (3, 2, before)


def test_a_part_that_comes_is_part_of_the_book_and_one_that_goes_leaves_the_others_in_order(book_shelf: Any) -> None:
    for number in (1, 2):
        book_shelf.flac(f"A/Dune/{number}.flac", album="Dune", artist="Frank Herbert", genre="Novel")
    book_shelf.scan()
    ids = book_shelf.book_ids()
    book_shelf.flac("A/Dune/3.flac", album="Dune", artist="Frank Herbert", genre="Epic")
    book_shelf.scan()
    assert book_shelf.book_ids() == ids
    assert [part for _, _, _, part in book_shelf.files().values()] == [1, 2, 3]
    assert book_shelf.whole("Dune")["genres"] == [("Novel", "file"), ("Epic", "file")]

    (book_shelf.root / "A/Dune/1.flac").unlink()
    book_shelf.scan()
    assert book_shelf.files() == {
        "A/Dune/1.flac": ("missing", "main", "Dune", 1),
        "A/Dune/2.flac": ("present", "main", "Dune", 1),
        "A/Dune/3.flac": ("present", "main", "Dune", 2),
    }
    assert book_shelf.book_ids() == ids
    before = book_shelf.written()
    book_shelf.scan()
    assert book_shelf.written() == before


def test_a_file_in_the_place_of_another_keeps_the_book_and_brings_its_own_chapters(book_shelf: Any) -> None:
    book_shelf.epub("A/Dune/Dune.epub", "Dune", chapters=["One", "Two", "Three"])
    book_shelf.scan()
    ids = book_shelf.book_ids()
    book_shelf.epub("A/Dune/Dune.epub", "Dune", chapters=["I", "Two"], version=2)
    book_shelf.scan()
    assert book_shelf.book_ids() == ids
    assert book_shelf.ask("select title from chapter order by position") == [("I",), ("Two",)]

    (book_shelf.root / "A/Dune/Dune.epub").unlink()
    book_shelf.epub("A/Dune/Dune, second edition.epub", "Dune!", chapters=["Other"])
    book_shelf.scan()
    assert book_shelf.book_ids() == {"Dune!": ids["Dune"]}
    assert book_shelf.ask(
        "select chapter.title from chapter join media_file on media_file.id = file_id where state = 'present'"
    ) == [("Other",)]


def test_what_a_sidecar_said_is_gone_when_it_goes(book_shelf: Any) -> None:
    book_shelf.epub("A/Dune/Dune.epub", "Dune", "Frank Herbert", **DUNE)
    book_shelf.scan()
    before = book_shelf.whole("Dune")
    sidecar = book_shelf.write(
        "A/Dune/metadata.opf", opf("Dune", ["F. Herbert"], series=("The Dune", "1.5"), publisher="Ace").encode()
    )
    book_shelf.scan()
    told = book_shelf.whole("Dune")
    assert told["persons"] == [("author", "F. Herbert", "sidecar")]
    assert told["series"] == [("The Dune", "1.5", None, None, None, "sidecar")]
    assert (told["book"][6], told["book"][8]["publisher"]) == ("Ace", "sidecar")
    assert told["genres"] == before["genres"]
    assert book_shelf.files()["A/Dune/metadata.opf"] == ("present", "sidecar", "Dune", None)

    sidecar.unlink()
    book_shelf.scan()
    assert book_shelf.whole("Dune") == before
    assert book_shelf.ask("select name from series") == [("Dune Chronicles",)]
    assert book_shelf.ask("select name from person") == [("Frank Herbert",)]


def test_an_empty_value_of_a_better_source_takes_nothing_away(book_shelf: Any) -> None:
    book_shelf.epub("A/Dune/Dune.epub", "Dune", "Frank Herbert", **DUNE)
    book_shelf.write("A/Dune/metadata.opf", opf(None, [], language=None, identifiers=[]).encode())
    book_shelf.scan()
    told = book_shelf.whole("Dune")
    assert told["book"][8] == dict.fromkeys(("title", "sort_title", "language", "publisher"), "file")
    assert told["persons"] == [("author", "Frank Herbert", "file")]


def test_what_was_set_by_hand_stays(book_shelf: Any) -> None:
    book_shelf.epub("A/Dune/Dune.epub", "Dune", "Frank Herbert", **DUNE)
    book_shelf.scan()
    book_id = book_shelf.book_ids()["Dune"]
    for field in ("title", "series", "contributions"):
        book_shelf.ask(
            "insert into manual_value (entity, entity_id, field) values ('book', %s, %s) returning 1", [book_id, field]
        )
    book_shelf.conn.execute("update book set title = 'Der Wüstenplanet', match_key = 'x', sort_title = 'Wüstenplanet'")
    book_shelf.conn.execute("update book_series set number = 7, source = 'manual'")
    book_shelf.conn.execute("update book_contribution set credited_as = 'Frank', source = 'manual'")
    book_shelf.epub("A/Dune/Dune.epub", "Dune II", "Brian Herbert", series=("Other", "9"), publisher="Ace")
    book_shelf.scan()

    told = book_shelf.whole("Der Wüstenplanet")
    assert (told["book"][1], told["book"][6]) == ("Wüstenplanet", "Ace")
    assert told["book"][8] == {"title": "manual", "sort_title": "file", "language": "file", "publisher": "file"}
    assert told["persons"] == [("author", "Frank", "manual")]
    assert told["series"] == [("Dune Chronicles", "7", None, None, None, "manual")]
    before = book_shelf.written()
    book_shelf.scan(full=True)
    assert book_shelf.written() == before


def test_what_another_source_said_stays_where_files_are_silent(book_shelf: Any) -> None:
    book_shelf.epub("A/Dune/Dune.epub", "Dune", publisher="Ace")
    book_shelf.scan()
    book_shelf.conn.execute(
        "update book set subtitle = 'A Novel', publisher = 'Chilton',"
        ' sources = sources || \'{"subtitle": "service", "publisher": "service"}\''
    )
    book_shelf.scan(full=True)
    told = book_shelf.whole("Dune")["book"]
    assert (told[0], told[6]) == ("A Novel", "Ace")
    assert told[8] == {
        "title": "file",
        "sort_title": "file",
        "language": "file",
        "publisher": "file",
        "subtitle": "service",
    }


def test_roles_stay_on_a_rescan(book_shelf: Any) -> None:
    roles = (
        '<dc:contributor id="t">Karen Tor</dc:contributor>'
        '<meta refines="#t" property="role" scheme="marc:relators">trl</meta>'
        '<dc:contributor id="i">Karen Tor</dc:contributor>'
        '<meta refines="#i" property="role" scheme="marc:relators">ill</meta>'
    )
    book_shelf.epub("A/Dune/Dune.epub", "Dune", "Frank Herbert", "Ann Other", metadata=roles)
    book_shelf.scan()
    expected = [
        ("author", "Frank Herbert", "file"),
        ("author", "Ann Other", "file"),
        ("illustrator", "Karen Tor", "file"),
        ("translator", "Karen Tor", "file"),
    ]
    assert book_shelf.whole("Dune")["persons"] == expected
    before = book_shelf.written()
    book_shelf.scan(full=True)
    assert book_shelf.whole("Dune")["persons"] == expected
    assert book_shelf.written() == before


def test_one_bad_file_does_not_stop_a_book(book_shelf: Any) -> None:
    book_shelf.epub("A/Dune/Dune.epub", "Dune")
    book_shelf.write("A/Dune/Dune.pdf", b"no such thing")
    book_shelf.write("B/Broken/Broken.epub", b"PK\x03\x04")
    summary = book_shelf.scan()
    assert (summary.files.parsed, summary.files.unreadable, summary.files.failed, summary.books) == (3, 2, 0, 1)
    assert book_shelf.files() == {
        "A/Dune/Dune.epub": ("present", "main", "Dune", None),
        "A/Dune/Dune.pdf": ("unreadable", "main", "Dune", None),
        "B/Broken/Broken.epub": ("unreadable", "main", None, None),
    }
    before = book_shelf.written()
    assert book_shelf.scan().files.parsed == 0
    assert book_shelf.written() == before


def test_a_book_whose_only_file_breaks_stays_as_it_was(book_shelf: Any) -> None:
    book_shelf.epub("A/Dune/Dune.epub", "Dune", "Frank Herbert", **DUNE)
    book_shelf.scan()
    before = book_shelf.whole("Dune")
    book_shelf.write("A/Dune/Dune.epub", b"PK\x03\x04")
    book_shelf.scan()
    assert book_shelf.whole("Dune") == before
    assert book_shelf.files() == {"A/Dune/Dune.epub": ("unreadable", "main", "Dune", None)}
    book_shelf.epub("A/Dune/Dune.epub", "Dune Messiah", "Frank Herbert")
    ids = book_shelf.book_ids()
    book_shelf.scan()
    assert book_shelf.book_ids() == {"Dune Messiah": ids["Dune"]}
    assert book_shelf.one("select reason from media_file") is None


def test_a_book_whose_files_are_missing_is_still_known(book_shelf: Any) -> None:
    path = book_shelf.epub("A/Dune/Dune.epub", "Dune")
    book_shelf.scan()
    content, stamp = path.read_bytes(), path.stat()
    path.unlink()
    book_shelf.scan()
    assert book_shelf.files() == {"A/Dune/Dune.epub": ("missing", "main", "Dune", None)}
    before = book_shelf.written()
    book_shelf.scan()
    assert book_shelf.written() == before

    path.write_bytes(content)
    os.utime(path, ns=(stamp.st_mtime_ns, stamp.st_mtime_ns))
    book_shelf.scan()
    assert book_shelf.files() == {"A/Dune/Dune.epub": ("present", "main", "Dune", None)}


def test_a_folder_under_another_name_is_the_same_book(book_shelf: Any) -> None:
    book_shelf.epub("A/Dune/Dune.epub", "Dune")
    book_shelf.epub("A/Untitled/nameless.epub", "")
    book_shelf.scan()
    ids = book_shelf.book_ids()
    (book_shelf.root / "A").rename(book_shelf.root / "B")
    (book_shelf.root / "B/Untitled").rename(book_shelf.root / "B/Named")
    summary = book_shelf.scan()
    assert summary.files.moved == 2
    assert book_shelf.book_ids() == {"Dune": ids["Dune"], "Named": ids["Untitled"]}


def test_a_book_divided_into_two_folders_stays_with_most_of_its_files(book_shelf: Any) -> None:
    for number in range(1, 6):
        book_shelf.flac(f"A/Dune/{number}.flac", album="Dune", artist="Frank Herbert")
    book_shelf.scan()
    ids = book_shelf.book_ids()
    (book_shelf.root / "A/Apart").mkdir()
    for number in (1, 2):
        (book_shelf.root / f"A/Dune/{number}.flac").rename(book_shelf.root / f"A/Apart/{number}.flac")
    book_shelf.scan()
    rows = book_shelf.ask("select folder, book_id, count(*), max(part) from media_file group by 1, 2 order by 1")
    assert [(folder, count, part) for folder, _, count, part in rows] == [(b"A/Apart/", 2, 2), (b"A/Dune/", 3, 3)]
    assert rows[1][1] == ids["Dune"] != rows[0][1]

    for number in (1, 2):
        (book_shelf.root / f"A/Apart/{number}.flac").rename(book_shelf.root / f"A/Dune/{number}.flac")
    book_shelf.scan()
    assert book_shelf.book_ids() == ids
    assert book_shelf.one("select count(*) from media_file where book_id is null") == 0


def test_a_book_that_somebody_said_something_of_stays_though_its_files_joined_another(book_shelf: Any) -> None:
    for name in "AB":
        book_shelf.epub(f"{name}/{name}.epub", name)
    book_shelf.scan()
    ids = book_shelf.book_ids()
    book_shelf.conn.execute(
        "insert into manual_value (entity, entity_id, field) values ('book', %s, 'title')", [ids["B"]]
    )
    (book_shelf.root / "B/B.epub").rename(book_shelf.root / "A/A.pdf.epub")
    book_shelf.scan()
    assert set(book_shelf.book_ids().items()) >= set(ids.items())


def test_a_sidecar_without_a_book_is_known_and_belongs_to_none(book_shelf: Any) -> None:
    book_shelf.epub("A/Dune/Dune.epub", "Dune")
    book_shelf.write("A/Dune/metadata.opf", opf("Dune", ["Frank Herbert"]).encode())
    book_shelf.scan()
    (book_shelf.root / "B/Dune").mkdir(parents=True)
    (book_shelf.root / "A/Dune/Dune.epub").rename(book_shelf.root / "B/Dune/Dune.epub")
    book_shelf.scan()
    assert book_shelf.files() == {
        "A/Dune/metadata.opf": ("present", "sidecar", None, None),
        "B/Dune/Dune.epub": ("present", "main", "Dune", None),
    }
    before = book_shelf.written()
    book_shelf.scan()
    assert book_shelf.written() == before


def test_books_in_one_folder_that_nothing_happened_to_are_not_written(book_shelf: Any) -> None:
    for name in ("A", "B"):
        book_shelf.epub(f"Author/{name}.epub", name)
    book_shelf.scan()
    before = dict(book_shelf.ask("select title, xmin::text from book"))
    book_shelf.epub("Author/C.epub", "C")
    assert book_shelf.scan().books == 1
    after = dict(book_shelf.ask("select title, xmin::text from book"))
    assert (after["A"], after["B"], len(after)) == (before["A"], before["B"], 3)


def test_narrators_of_one_file_change_without_touching_those_of_another(book_shelf: Any) -> None:
    def part(number: int, *readers: str) -> None:
        book_shelf.flac(f"A/Dune/{number}.flac", album="Dune", artist="F. Herbert", composer=list(readers))

    part(1, "Ann", "Bob")
    part(2, "Cid")
    part(3, "Ann")
    book_shelf.scan()
    query = (
        "select name, file_contribution.xmin::text, array_agg(credited_as order by position) from file_contribution"
        " join media_file on media_file.id = file_id group by 1, 2 order by 1"
    )
    before = {name: (xmin, readers) for name, xmin, readers in book_shelf.ask(query)}
    assert {name: readers for name, (_, readers) in before.items()} == {
        b"1.flac": ["Ann", "Bob"],
        b"2.flac": ["Cid"],
        b"3.flac": ["Ann"],
    }
    part(2, "Dee")
    book_shelf.scan()
    after = {name: (xmin, readers) for name, xmin, readers in book_shelf.ask(query)}
    assert after[b"2.flac"][1] == ["Dee"]
    assert (after[b"1.flac"], after[b"3.flac"]) == (before[b"1.flac"], before[b"3.flac"])
    assert [name for _, name, _ in book_shelf.whole("Dune")["persons"] if name != "F. Herbert"] == ["Ann", "Bob", "Dee"]


def test_two_names_of_one_person_are_one_contribution(book_shelf: Any) -> None:
    book_shelf.epub("A/A.epub", "A", "Iain Banks")
    book_shelf.scan()
    book_shelf.conn.execute(
        "insert into person_alias (catalogue_id, person_id, alias, match_key, source)"
        " select catalogue_id, id, 'Iain M. Banks', 'iain m. banks', 'manual' from person"
    )
    book_shelf.epub("B/B.epub", "B", "Iain M. Banks", "Iain Banks")
    book_shelf.scan()
    assert book_shelf.whole("B")["persons"] == [("author", "Iain M. Banks", "file")]


def test_whoever_was_merged_stays_merged(book_shelf: Any) -> None:
    book_shelf.epub("A/A.epub", "A", "Iain Banks")
    book_shelf.epub("B/B.epub", "B", "Iain M. Banks", "Iain Banks")
    book_shelf.scan()
    into, loser = (
        book_shelf.one("select id from person where name = %s", [name]) for name in ("Iain Banks", "Iain M. Banks")
    )
    merge_persons(book_shelf.conn, into=into, loser=loser, remark=mark_lookups)
    for mode in ({}, {"full": True}):
        book_shelf.scan(**mode)
        assert book_shelf.ask("select name from person") == [("Iain Banks",)]
        assert len(book_shelf.whole("B")["persons"]) == 1


def test_sort_names_are_stated_or_made_by_rule(book_shelf: Any) -> None:
    stated = '<meta refines="#creator0" property="file-as">Butler, Octavia Estelle</meta>'
    book_shelf.epub("A/A.epub", "Kindred", "Octavia E. Butler", "Ludwig van Beethoven")
    book_shelf.scan()
    query = "select name, sort_name, sort_name_source from person order by name"
    assert book_shelf.ask(query) == [
        ("Ludwig van Beethoven", "Beethoven, Ludwig van", "rule"),
        ("Octavia E. Butler", "Butler, Octavia E.", "rule"),
    ]
    book_shelf.epub("B/B.epub", "B", "Octavia E. Butler", metadata=stated)
    book_shelf.scan()
    book_shelf.epub("C/C.epub", "C", "Octavia E. Butler")
    book_shelf.scan()
    assert book_shelf.ask(query)[1] == ("Octavia E. Butler", "Butler, Octavia Estelle", "stated")


def test_books_of_one_author_and_series_share_their_rows(book_shelf: Any) -> None:
    for number in range(1, 4):
        book_shelf.epub(f"A/{number}/{number}.epub", f"Part {number}", "Jane Doe", series=("Saga", str(number)))
    book_shelf.scan()
    assert book_shelf.ask("select name from series") == [("Saga",)]
    assert book_shelf.ask("select name from person") == [("Jane Doe",)]


def test_what_nothing_needs_any_more_goes(book_shelf: Any) -> None:
    book_shelf.epub("A/Dune/Dune.epub", "Dune", "Frank Herbert", **DUNE)
    book_shelf.scan()
    book_shelf.epub("A/Dune/Dune.epub", "Dune", "Brian Herbert")
    book_shelf.scan()
    assert book_shelf.ask("select name from person") == [("Brian Herbert",)]
    assert book_shelf.ask("select name from genre union all select name from series") == []


def test_whatever_a_file_says_it_can_be_written(book_shelf: Any) -> None:
    odd: list[dict[str, Any]] = [
        {"series": ("S" * 5000, "9" * 400)},
        {"series": ("S", "-1.5-1e400")},
        {"series": ("S", "NaN")},
        {"subjects": [f"Subject {number}" for number in range(40_000)]},
        {"identifiers": ["x" * 5000, "urn:isbn:" + "9" * 5000]},
        {"publisher": "p" * 100_000, "description": "d" * 200_000},
        {"date": "0000-00-00"},
        {"date": "99999-01-01", "language": "x" * 3000},
        {"chapters": ["c" * 5000] * 300},
    ]
    for number, said in enumerate(odd):
        book_shelf.epub(f"A/{number}/Dune.epub", "Dune", "N" * 5000, **said)
    summary = book_shelf.scan()
    assert (summary.files.failed, summary.books, book_shelf.titles()) == (0, 9, ["Dune"] * 9)
    before = book_shelf.written()
    book_shelf.scan(full=True)
    assert book_shelf.written() == before


def test_names_that_are_no_text_make_books_like_others(book_shelf: Any) -> None:
    for name in (b"M\xfcller/\xff\xfe.epub", b"M\xfcller/\xe9t\xe9.epub", b"\xff.epub"):
        book_shelf.write(os.fsdecode(name), epub(None, ()))
    summary = book_shelf.scan()
    assert (summary.files.failed, summary.books, len(book_shelf.titles())) == (0, 3, 3)
    before = book_shelf.written()
    assert book_shelf.scan(full=True).files.failed == 0
    assert book_shelf.written() == before


def test_audiobooks_and_e_books_share_their_persons_with_the_music_of_their_catalogue(book_shelf: Any) -> None:
    book_shelf.catalogue = "music"
    book_shelf.epub("A/A.epub", "A", "Nick Cave")
    book_shelf.scan()
    book_shelf.conn.execute(
        "insert into person (catalogue_id, name, match_key) select id, 'PJ Harvey', 'pj harvey' from catalogue;"
        "insert into person_alias (catalogue_id, person_id, alias, match_key, source)"
        " select catalogue_id, id, name, match_key, 'name' from person where name = 'PJ Harvey';"
        "insert into release (catalogue_id, title, match_key, artist_id, identity_key)"
        " select catalogue_id, 'Dry', 'dry', id, 'x' from person where name = 'PJ Harvey'"
    )
    book_shelf.epub("B/B.epub", "B", "PJ Harvey")
    book_shelf.scan()
    assert book_shelf.ask("select name, sort_name, sort_name_source from person order by id") == [
        ("Nick Cave", "Cave, Nick", "rule"),
        ("PJ Harvey", "Harvey, PJ", "rule"),
    ]


def test_a_sidecar_in_the_hands_of_its_owner_says_who_reads_and_its_word_counts(book_shelf: Any) -> None:
    for number in (1, 2):
        book_shelf.flac(f"A/Dune/CD {number}/1.flac", album="Dune", artist="Frank Herbert", composer="Somebody")
    book_shelf.told(
        "A/Dune/metadata.json",
        title="Dune",
        subtitle="A Novel",
        authors=["Frank Herbert"],
        narrators=["Simon Vance", "Scott Brick"],
        series=["Dune Chronicles #1"],
        publishedYear="1965",
        asin="B002V1OF70",
        abridged=False,
    )
    book_shelf.write("A/Dune/cover.jpg", JPEG)
    book_shelf.scan()
    told = book_shelf.whole("Dune")
    assert [name for role, name, _ in told["persons"] if role == "narrator"] == ["Simon Vance", "Scott Brick"]
    assert told["series"] == [("Dune Chronicles", "1", None, None, None, "sidecar")]
    assert told["book"][4:6] == ("1965-01-01", "year")
    assert told["identifiers"] == [("asin", "B002V1OF70", "sidecar")]
    assert book_shelf.files() == {
        "A/Dune/CD 1/1.flac": ("present", "main", "Dune", 1),
        "A/Dune/CD 2/1.flac": ("present", "main", "Dune", 2),
        "A/Dune/cover.jpg": ("present", "sidecar", "Dune", None),
        "A/Dune/metadata.json": ("present", "sidecar", "Dune", None),
    }
