"""What a running daemon is at, as its owner reads it."""

import pytest

from scannerd.cli_now import ago, folder_words, job_words, lane_words, lines, span
from scannerd.status.daemon_state import DaemonState, FolderState, JobState, LaneState

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("lane", "words"),
    [
        (LaneState("upkeep", "waiting for something to do"), "waiting for something to do"),
        (LaneState("x", "waiting", "the database cannot be reached"), "the database cannot be reached"),
        (LaneState("x", "taking in a.zip", waiting=1), "taking in a.zip; 1 more waits"),
        (LaneState("x", "taking in a.zip", None, "storing", 0, 0, NOW, 12), "taking in a.zip, storing; 12 more wait"),
        (LaneState("x", "scanning m", None, "looking", 0, 0, NOW - 600), "scanning m, looking for 10 min"),
        (LaneState("x", "scanning m", None, "reading", 1, 100, NOW - 60), "scanning m, reading 1%"),
        (LaneState("x", "scanning m", None, "reading", 25, 100, NOW - 60), "scanning m, reading 25%, about 3 min left"),
        (LaneState("x", "scanning m", None, "reading", 200, 100, NOW), "scanning m, reading 100%, about 0 s left"),
        (LaneState("x", "scanning m", "it broke", "reading", 25, 100, NOW), "it broke"),
    ],
)
def test_a_lane_says_what_it_does_and_how_far_it_is(lane: LaneState, words: str) -> None:
    assert lane_words(lane, NOW) == words


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        (FolderState("/d", None, "events"), "changes are heard"),
        (FolderState("/d", None, "events", NOW - 30), "changes are heard, the last 30 s ago"),
        (FolderState("/d", "m", "away"), "it is not there"),
        (FolderState("/d", "m", "silent"), "it does not answer"),
        (
            FolderState("/d", "m", "polling", why="a network drive", every=600.0),
            "looked at every 10 min (a network drive)",
        ),
        (FolderState("/d", "m", "events", stands_by=True), "changes are heard, another scannerd works on it"),
        (
            FolderState("/d", "m", "polling", NOW - 7200, 4),
            "looked at every so often, the last 2 h ago, 4 found only by looking",
        ),
    ],
)
def test_a_folder_says_how_changes_are_noticed(folder: FolderState, words: str) -> None:
    assert folder_words(folder, NOW) == words


def test_a_job_says_when_it_is_due_and_when_it_was_done() -> None:
    assert job_words(JobState("upkeep", "@weekly")) == "never again"
    assert job_words(JobState("upkeep", "@weekly", NOW)).startswith("next 2023-11-1")
    assert job_words(JobState("upkeep", "@weekly", NOW, NOW, "done")).endswith(" (done)")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "120 min"), (7200, "2 h"), (200_000, "2 d"), (90_000, "25 h")],
)
def test_a_span_is_told_in_the_unit_that_says_enough(seconds: float, words: str) -> None:
    assert (span(seconds), ago(seconds)) == (words, f"{words} ago")


def test_a_daemon_says_all_of_it() -> None:
    state = DaemonState(
        1, "1", 0, (LaneState("a", "resting"), LaneState("longer", "working")), (FolderState("/d", None, "events"),)
    )

    assert list(lines(state, now=NOW)) == [
        "    a       resting",
        "    longer  working",
        "Watched:",
        "    /d: changes are heard",
    ]
