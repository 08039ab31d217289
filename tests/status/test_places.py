"""The folders of the settings, as they look from here, and questions that nobody answers."""

import threading
from pathlib import Path

from scannerd.errors import NotFound
from scannerd.status.deadline import answered
from scannerd.status.places import Place, look


def test_a_folder_is_there_or_it_is_not(tmp_path: Path) -> None:
    gone = tmp_path / "gone"

    seen = look([Place(tmp_path, None, "auto"), Place(gone, "music", "always")], seconds=100)

    assert [(place.about, place.problem) for place in seen] == [
        ("drop folder", None),
        ("library music", "is not there"),
    ]


def test_whoever_asks_for_polling_hears_nothing_and_whoever_refuses_it_does(tmp_path: Path) -> None:
    seen = look([Place(tmp_path, "music", "always"), Place(tmp_path, "music", "never")], seconds=100)

    assert [place.is_heard for place in seen] == [False, True]


def test_a_question_without_an_answer_is_not_waited_for() -> None:
    never = threading.Event()

    def refuse() -> str:
        raise NotFound("nothing there")

    assert answered(lambda: str(never.wait()), "silence", seconds=0.01) == "silence"
    assert answered(refuse, "silence", seconds=100) == "silence"
    assert answered(lambda: "here", "silence", seconds=100) == "here"
    never.set()
