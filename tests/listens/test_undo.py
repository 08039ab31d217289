"""Undo takes back exactly what one export brought."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import psycopg
import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scannerd.db import connect
from scannerd.db.locks import lock_lookups
from scannerd.errors import NotFound, UsageError
from scannerd.listens import exports
from scannerd.listens.exports import Reading
from scannerd.listens.listener import Listener, get_listener
from scannerd.listens.submit import submit
from scannerd.listens.undo import Undone, undo
from scannerd.model.artist_names import split_rules
from scannerd.model.batch import Window, pack
from scannerd.model.listen import ArtistForm, Listen, TimeKind, Written

Conn = psycopg.Connection[Any]
BEGIN = datetime(2024, 5, 1, 12, tzinfo=UTC)
RULES = split_rules()

YELLOW = Written("Yellow", ("Coldplay",), album="Parachutes", duration_ms=266_000)
SPARKS = Written("Sparks", ("Coldplay",), album="Parachutes")
CLOCKS = Written("Clocks", ("Coldplay",), album="A Rush of Blood to the Head")
STAN = Written("Stan (feat. Dido)", ("Eminem",), album="The Marshall Mathers LP")
THANK_YOU = Written("Thank You", ("Dido",), guessed_artist_mbid="db4624cf-0e44-481e-a9dc-2142b833ec2f")


@pytest.fixture
def me(conn: Conn) -> Listener:
    return get_listener(conn, "me", time_zone="Europe/Berlin")


def heard(minute: int, written: Written, **told: Any) -> Listen:
    return Listen(0, BEGIN + timedelta(minutes=minute), written, **told)


def bring(conn: Conn, me: Listener, name: str, listens: Sequence[Listen], *, source: str = "lastfm") -> int:
    """Import some listens as an export of that name."""
    rows = [
        Listen(number, told.listened_at, told.written, told.time_kind, told.played_for_ms, told.end_reason, told.client)
        for number, told in enumerate(listens, 1)
    ]
    batch = pack(rows, member="", source=source, format_name="test", window=Window(datetime(2026, 1, 1, tzinfo=UTC)))
    export_id = exports.take(conn, me, name=name, sha256=name.encode(), size=1, path=None)
    exports.store_rows(conn, export_id, [batch], listener=me, reading=lambda: Reading([], []))
    exports.resolve_and_mark(conn, export_id, listener=me, rules=RULES)
    exports.mark_shelved(conn, export_id)
    return export_id


CONTENT = {
    "listens": """
        select l.listened_at, k.artists, k.title, k.album, l.source, l.time_kind, l.played_for_ms, l.nth, l.client,
            l.end_reason, e.name, l.row_no, t.title, t.artist_credit, r.title,
            (select (o.listened_at, o.source, o.time_kind)::text from listen o where o.id = l.duplicate_of)
        from listen l join track_lookup k on k.id = l.lookup_id left join export e on e.id = l.export_id
        left join track t on t.id = k.track_id left join release r on r.id = k.release_id""",
    "persons": "select name, mbid::text, mbid_source from person",
    "releases": "select r.title, p.name, r.mbid::text from release r left join person p on p.id = r.artist_id",
    "tracks": "select title, artist_credit, duration_ms, recording_mbid::text, isrc from track",
    "ledger": """select e.name, w.row_no, w.outcome, l.listened_at from export_row w
        join export e on e.id = w.export_id left join listen l on l.id = w.listen_id""",
    "counts": """select name, rows_read, rows_stored, rows_duplicate from export where state <> 'undone'""",
}


def content(conn: Conn) -> dict[str, list[str]]:
    """Everything the database says, without its ids."""
    return {what: sorted(repr(row) for row in conn.execute(query)) for what, query in CONTENT.items()}


def wipe(conn: Conn) -> None:
    conn.execute("truncate listen, export_row, export, track_lookup, track, release, person cascade")


A = [heard(0, YELLOW), heard(5, SPARKS), heard(10, STAN)]
B = [heard(5, SPARKS, client="phone"), heard(10, STAN), heard(15, CLOCKS)]
C = [heard(10, STAN), heard(15, CLOCKS), heard(20, THANK_YOU)]


def test_an_export_alone_leaves_nothing_behind(conn: Conn, me: Listener) -> None:
    before = content(conn)
    export_id = bring(conn, me, "a", A)
    assert undo(conn, export_id) == Undone(3, 0, 3, 2, 3)
    assert content(conn) == before
    assert conn.execute("select count(*) from track_lookup").fetchone() == (0,)


def test_a_listen_another_export_told_too_is_handed_to_it_as_it_told_it(conn: Conn, me: Listener) -> None:
    bring(conn, me, "b", B)
    b_alone = content(conn)
    wipe(conn)
    first = bring(conn, me, "a", A)
    second = bring(conn, me, "b", B)
    assert exports.get_report(conn, second).rows.duplicate == 2
    assert undo(conn, first) == Undone(1, 2, 0, 0, 1)
    assert content(conn) == b_alone
    report = exports.get_report(conn, second)
    assert (report.rows.read, report.rows.stored, report.rows.duplicate) == (3, 3, 0)


def test_the_oldest_of_several_other_exports_gets_the_listen(conn: Conn, me: Listener) -> None:
    first, second, third = (bring(conn, me, name, told) for name, told in (("a", A), ("b", B), ("c", C)))
    undo(conn, first)
    owners = conn.execute("select export_id from listen where listened_at = %s", [BEGIN + timedelta(minutes=10)])
    assert owners.fetchall() == [(second,)]
    assert exports.get_report(conn, third).rows.duplicate == 2


@pytest.mark.parametrize("order", list(permutations("abc")))
def test_undoing_one_of_three_overlapping_exports_leaves_what_the_others_alone_give(
    conn: Conn, me: Listener, order: tuple[str, ...]
) -> None:
    told = {"a": A, "b": B, "c": C}
    for gone in order:
        wipe(conn)
        for name in order:
            if name != gone:
                bring(conn, me, name, told[name])
        without = content(conn)
        wipe(conn)
        ids = {name: bring(conn, me, name, told[name]) for name in order}
        undo(conn, ids[gone])
        assert content(conn) == without, f"{gone} undone of {order}"


def test_what_an_undone_export_filled_in_is_taken_back(conn: Conn, me: Listener) -> None:
    with_ids = Written(
        "Yellow",
        ("Coldplay",),
        form=ArtistForm.LIST,
        artist_mbids=("cc197bad-dc9c-440d-a5b5-d52ba2e14234",),
        album="Parachutes",
        recording_mbid="2d8d8cb2-9f5e-4d8c-8f38-6b7ff6b1d1f1",
        duration_ms=269_000,
    )
    bare = Written("Yellow", ("Coldplay",), album="Parachutes")
    bring(conn, me, "bare", [heard(0, bare)])
    alone = content(conn)
    rich = bring(conn, me, "rich", [heard(60, with_ids)], source="listenbrainz")
    assert conn.execute("select duration_ms, mbid_source from track").fetchall() == [(269_000, "verified")]
    undo(conn, rich)
    assert content(conn) == alone


ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"
DIDO = "db4624cf-0e44-481e-a9dc-2142b833ec2f"


def test_a_release_gets_the_id_that_another_export_tells(conn: Conn, me: Listener) -> None:
    first = bring(conn, me, "a", [heard(0, Written("Tender", ("Blur",), album="13", release_mbid=ONE))])
    bring(conn, me, "b", [heard(60, Written("Tender", ("Blur",), album="13", release_mbid=TWO))])
    told = "select mbid::text, mbid_source from release"
    assert conn.execute(told).fetchall() == [(ONE, "verified")]
    undo(conn, first)
    assert conn.execute(told).fetchall() == [(TWO, "verified")]


def test_a_verified_id_of_a_release_goes_before_a_guess_that_is_equal_to_what_was_there(
    conn: Conn, me: Listener
) -> None:
    first = bring(conn, me, "a", [heard(0, Written("Tender", ("Blur",), album="13", release_mbid=ONE))])
    bring(conn, me, "b", [heard(60, Written("Tender", ("Blur",), album="13", guessed_release_mbid=ONE))])
    told = "select mbid::text, mbid_source from release"
    bring(conn, me, "c", [heard(120, Written("Tender", ("Blur",), album="13", release_mbid=TWO))])
    undo(conn, first)
    assert conn.execute(told).fetchall() == [(TWO, "verified")]


def test_an_id_of_a_release_that_another_release_has_is_not_given_twice(conn: Conn, me: Listener) -> None:
    tracks = [Written(song, ("Blur",), album="13", guessed_release_mbid=TWO) for song in ("Tender", "Bugman")]
    first = bring(conn, me, "a", [heard(0, Written("Tender", ("Blur",), album="13", release_mbid=ONE))])
    bring(conn, me, "b", [heard(60 + at, written) for at, written in enumerate(tracks)])
    bring(conn, me, "c", [heard(120, Written("Song 2", ("Blur",), album="Blur", release_mbid=TWO))])
    undo(conn, first)
    assert conn.execute("select title, mbid::text from release order by 1").fetchall() == [("13", None), ("Blur", TWO)]


def test_a_verified_artist_stays_one_while_any_lookup_tells_so(conn: Conn, me: Listener) -> None:
    """Of the track that is told so there was another version before, without her."""
    said: dict[str, Any] = {"album": "LP", "recording_mbid": ONE}
    verified = Written("Thank You", ("Dido",), form=ArtistForm.LIST, artist_mbids=(DIDO,))
    bring(conn, me, "stan", [heard(0, Written("Stan", ("Eminem",), **said))])
    first = bring(conn, me, "a", [heard(10, verified)])
    guest = Written("Stan", ("Eminem", "Dido"), form=ArtistForm.LIST, artist_mbids=(None, DIDO), **said)
    bring(conn, me, "b", [heard(20, guest), heard(30, Written("Thank You", ("Dido",)))])
    undo(conn, first)
    told = conn.execute("select mbid::text, mbid_source from person where name = 'Dido'")
    assert told.fetchall() == [(DIDO, "verified")]


def test_an_artist_of_albums_only_loses_the_id_nobody_tells_any_more(conn: Conn, me: Listener) -> None:
    of_dido = Written("Stan", ("Eminem",), album="Duets", album_artists=("Dido",))
    verified = Written("Thank You", ("Dido",), form=ArtistForm.LIST, artist_mbids=(DIDO,))
    bring(conn, me, "b", [heard(20, of_dido)])
    alone = content(conn)
    first = bring(conn, me, "a", [heard(10, verified)])
    undo(conn, first)
    assert content(conn) == alone


def live(conn: Conn, me: Listener, *listens: Listen) -> None:
    submit(conn, listens, listener=me, source="lastfm", rules=RULES)


@pytest.mark.parametrize("order", list(permutations(("a", "b", "live"))))
@pytest.mark.parametrize("gone", ["a", "b"])
def test_what_the_live_path_told_too_outlives_the_exports(
    conn: Conn, me: Listener, order: tuple[str, ...], gone: str
) -> None:
    told = {"a": heard(5, SPARKS), "b": heard(5, SPARKS, client="b"), "live": heard(5, SPARKS, client="phone")}

    def tell(without: str | None) -> dict[str, int]:
        ids = {}
        for name in order:
            if name == "live":
                live(conn, me, told[name])
            elif name != without:
                ids[name] = bring(conn, me, name, [told[name]])
        return ids

    tell(gone)
    without = content(conn)
    wipe(conn)
    ids = tell(None)
    undo(conn, ids.pop(gone))
    assert content(conn) == without
    for export_id in ids.values():
        undo(conn, export_id)
    left = "select client, export_id, told_live_at, live_client from listen"
    assert conn.execute(left).fetchall() == [("phone", None, None, None)]


def test_a_listen_the_live_path_told_too_is_handed_over_in_the_count(conn: Conn, me: Listener) -> None:
    export_id = bring(conn, me, "a", A)
    live(conn, me, heard(5, SPARKS))
    assert undo(conn, export_id) == Undone(2, 1, 2, 1, 2)


def test_an_undone_export_still_says_why_rows_were_no_listens(conn: Conn, me: Listener) -> None:
    rows = [
        heard(0, YELLOW),
        heard(1, Written("", ("Blur",))),
        heard(2, Written("x", ("",))),
        heard(3, Written("", ("",))),
    ]
    export_id = bring(conn, me, "a", rows)
    before = exports.get_report(conn, export_id)
    assert before.skipped == {"no title": 2, "no artist": 1}
    undo(conn, export_id)
    after = exports.get_report(conn, export_id)
    assert (after.state, after.rows, after.skipped, after.failed) == ("undone", before.rows, before.skipped, {})
    assert list(after.skipped) == ["no title", "no artist"]
    assert conn.execute("select count(*) from export_row").fetchone() == (0,)


def test_a_recording_that_only_a_guess_tells_any_more_is_a_guess_again(conn: Conn, me: Listener) -> None:
    recording = "2d8d8cb2-9f5e-4d8c-8f38-6b7ff6b1d1f1"
    bring(conn, me, "guess", [heard(0, Written("Yellow", ("Coldplay",), guessed_recording_mbid=recording))])
    sure = Written("Yellow", ("Coldplay",), recording_mbid=recording)
    verified = bring(conn, me, "verified", [heard(60, sure)], source="listenbrainz")
    told = "select recording_mbid::text, mbid_source from track"
    assert conn.execute(told).fetchall() == [(recording, "verified")]
    undo(conn, verified)
    assert conn.execute(told).fetchall() == [(recording, "lastfm")]


def test_an_export_undone_before_its_file_was_shelved_stays_undone(conn: Conn, me: Listener) -> None:
    export_id = bring(conn, me, "a", A)
    undo(conn, export_id)
    exports.mark_shelved(conn, export_id, b"/done/a")
    assert conn.execute("select state, shelved_as from export").fetchall() == [("undone", b"/done/a")]
    bring(conn, me, "a", A)


def test_who_waits_to_undo_an_export_does_not_hold_what_another_undo_hands_listens_to(
    conn: Conn, me: Listener, database: str
) -> None:
    export_id = bring(conn, me, "a", A)
    waiting = (
        "select count(*) from pg_locks join pg_database on pg_database.oid = database"
        " where locktype = 'advisory' and not granted and datname = current_database()"
    )
    with (
        ThreadPoolExecutor(1) as threads,
        connect.connect(database, autocommit=True) as second,
        connect.connect(database, autocommit=True) as first,
    ):
        with first.transaction():
            lock_lookups(first, me.catalogue_id)
            undoing = threads.submit(undo, second, export_id)
            while conn.execute(waiting).fetchone() == (0,):
                assert not undoing.done()
            first.execute("select from export where id = %s for update nowait", [export_id])
        assert undoing.result().listens_deleted == len(A)


def test_marks_of_the_other_source_are_derived_anew(conn: Conn, me: Listener) -> None:
    rich = [heard(0, YELLOW, time_kind=TimeKind.END, played_for_ms=266_000, end_reason="trackdone")]
    spotify = bring(conn, me, "spotify", rich, source="spotify")
    bring(conn, me, "lastfm", [heard(0, YELLOW)])
    count = "select count(*) from public.listens"
    assert conn.execute(count).fetchone() == (1,)
    undo(conn, spotify)
    assert conn.execute(count).fetchone() == (1,)
    assert conn.execute("select source, duplicate_of from listen").fetchall() == [("lastfm", None)]


def test_an_undone_export_may_be_imported_again_and_not_undone_twice(conn: Conn, me: Listener) -> None:
    export_id = bring(conn, me, "a", A)
    first = content(conn)
    undo(conn, export_id)
    with pytest.raises(UsageError, match=f"export {export_id} is undone"):
        undo(conn, export_id)
    with pytest.raises(NotFound, match="there is no export 4711"):
        undo(conn, 4711)
    bring(conn, me, "a", A)
    assert content(conn) == first


PLAYED = st.tuples(st.integers(0, 12), st.sampled_from([YELLOW, SPARKS, STAN, THANK_YOU]))


@given(
    told=st.lists(st.lists(PLAYED, min_size=1, max_size=6), min_size=2, max_size=4),
    gone=st.integers(0, 3),
    sources=st.lists(st.sampled_from(["lastfm", "maloja", "listenbrainz"]), min_size=4, max_size=4),
)
@settings(max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_export_undone_is_as_if_it_never_came(
    conn: Conn, told: list[list[tuple[int, Written]]], gone: int, sources: list[str]
) -> None:
    gone %= len(told)
    wipe(conn)
    me = get_listener(conn, "me", time_zone="UTC")

    def bring_all(without: int | None) -> dict[int, int]:
        return {
            number: bring(conn, me, str(number), [heard(*played) for played in listens], source=sources[number])
            for number, listens in enumerate(told)
            if number != without
        }

    bring_all(gone)
    expected = content(conn)
    wipe(conn)
    undo(conn, bring_all(None)[gone])
    assert content(conn) == expected
