"""Who is created while lookups are resolved, and not needed once they are, does not stay."""

import threading
from typing import Any

from scannerd.listens.resolve import NewNames, resolve_export
from scannerd.listens.undo import undo
from scannerd.model.listen import ArtistForm

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"
DIDO = "db4624cf-0e44-481e-a9dc-2142b833ec2f"
EMINEM = "b95ce3ff-3d05-4e87-9e01-c97b66af13d4"


def new_artists(home: Any) -> list[int]:
    return [artists for (artists,) in home.ask("select new_artists from export order by id")]


def test_a_guest_of_a_recording_that_is_there_without_them_is_not_created(home: Any) -> None:
    said = {"album": "The Marshall Mathers LP", "recording_mbid": ONE}
    home.take_in(home.play("Eminem", "Stan", **said))
    imported = home.take_in(home.play("Eminem", "Stan (feat. Dido)", "2024-05-02 12:00:00", **said))

    assert home.persons() == [("Eminem", None)]
    assert imported.new == NewNames(0, 0, 0)
    assert new_artists(home) == [1, 0]


def test_the_artist_of_an_album_that_is_there_as_anothers_is_not_created(home: Any) -> None:
    home.take_in(home.play("Blur", "Tender", album="13", release_mbid=ONE))
    again = home.play(
        "Blur", "Tender", "2024-05-02 12:00:00", album="13", release_mbid=ONE, album_artists=("Blur and Friends",)
    )
    imported = home.take_in(again)

    assert home.persons() == [("Blur", None)]
    assert imported.new == NewNames(0, 0, 0)
    assert new_artists(home) == [1, 0]


def test_whoever_is_needed_by_something_else_of_the_same_import_stays(home: Any) -> None:
    said = {"album": "The Marshall Mathers LP", "recording_mbid": ONE}
    home.take_in(home.play("Eminem", "Stan", **said))
    imported = home.take_in(
        home.play("Eminem", "Stan (feat. Dido)", "2024-05-02 12:00:00", **said),
        home.play("Dido", "Thank You", "2024-05-03 12:00:00"),
    )

    assert home.persons() == [("Dido", None), ("Eminem", None)]
    assert imported.new == NewNames(1, 0, 1)


def stan(home: Any, *more: Any) -> int:
    """An import of several batches, of which one names Dido by her MBID, on a track that is there without her."""
    said = {"album": "The Marshall Mathers LP", "recording_mbid": ONE, "form": ArtistForm.LIST}
    home.take_in(home.play("Eminem", "Stan", **said))
    rows = [home.play("Blur", f"Song {n}", f"2024-05-02 12:{n:02}:00", album=f"Album {n}") for n in range(3)]
    both = home.play(("Eminem", "Dido"), "Stan!", "2024-05-02 13:00:00", artist_mbids=(EMINEM, DIDO), **said)
    return int(home.store(home.batches([*rows, both, *more], source="lastfm"))[0])


def test_a_verified_pair_that_no_lookup_needed_is_not_left(home: Any) -> None:
    new = home.finish(stan(home), batch_size=1)

    assert home.persons() == [("Blur", None), ("Eminem", EMINEM)]
    assert new == NewNames(1, 3, 3)
    assert new_artists(home) == [1, 1]
    assert home.one("select count(*) from announced_person") == 0


def stopped(home: Any, export_id: int) -> None:
    """Resolved up to the pairs, and not one batch."""
    stop = threading.Event()
    stop.set()
    resolve_export(
        home.conn, export_id, catalogue_id=home.listener.catalogue_id, rules=home.rules, batch_size=1, stop=stop
    )


def test_undo_of_a_stopped_import_takes_the_pairs_along(home: Any) -> None:
    export_id = stan(home, home.play("Ash", "Kung Fu", "2024-05-02 14:00:00", artist_mbids=(TWO,)))
    stopped(home, export_id)
    assert home.persons() == [("Ash", TWO), ("Dido", DIDO), ("Eminem", EMINEM)]

    undone = undo(home.conn, export_id)

    # Whose MBID the pair told is not undone by it: it names somebody else's track.
    assert [name for name, _ in home.persons()] == ["Eminem"]
    assert undone.artists == 2
    assert home.one("select count(*) from announced_person") == 0


def test_a_stopped_import_that_goes_on_leaves_and_counts_the_same(home: Any) -> None:
    export_id = stan(home, home.play("Ash", "Kung Fu", "2024-05-02 14:00:00", artist_mbids=(TWO,)))
    stopped(home, export_id)
    # As after a kill, what was announced is only in the database; and one batch is all that is left.
    home.finish(export_id)

    assert home.persons() == [("Ash", TWO), ("Blur", None), ("Eminem", EMINEM)]
    assert new_artists(home) == [1, 2]
