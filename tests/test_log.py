"""Log lines: for a person, for the journal, for a collector."""

import io
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from scannerd import log


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("scannerd")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def test_a_person_reads_time_level_and_message() -> None:
    stream = io.StringIO()
    log.set_up("info", "text", stream=stream, environ={})

    logging.getLogger("scannerd.inbox").info("took in %s", "a.zip")
    logging.getLogger("scannerd.inbox").debug("not told")
    logging.getLogger("watchfiles.main").info("not told")

    time, _, rest = stream.getvalue()[11:].partition(" ")
    assert len(time) == len("12:00:00")
    assert rest == "INFO took in a.zip\n"


def test_the_journal_gets_a_priority_on_every_line_and_no_time(tmp_path: Path) -> None:
    with (tmp_path / "journal").open("w") as stream:
        stat = os.fstat(stream.fileno())
        log.set_up("info", "text", stream=stream, environ={"JOURNAL_STREAM": f"{stat.st_dev}:{stat.st_ino}"})
        logging.getLogger("scannerd").warning("one\ntwo")

    assert (tmp_path / "journal").read_text() == "<4>one\n<4>two\n"


def test_a_journal_that_belongs_to_another_stream_changes_nothing(tmp_path: Path) -> None:
    with (tmp_path / "other").open("w") as stream:
        log.set_up("info", "text", stream=stream, environ={"JOURNAL_STREAM": "1:1"})
        logging.getLogger("scannerd").warning("one")

    assert (tmp_path / "other").read_text().endswith(" WARNING one\n")


def test_a_collector_gets_one_object_a_line() -> None:
    stream = io.StringIO()
    log.set_up("debug", "json", stream=stream, environ={})

    logging.getLogger("scannerd.inbox").info("took in %s", "Ü\n.zip", extra={"action": "intake_done"})

    (line,) = stream.getvalue().splitlines()
    told = json.loads(line)
    assert told.pop("time").endswith("+00:00")
    assert told == {
        "level": "info",
        "logger": "scannerd.inbox",
        "message": "took in Ü\n.zip",
        "action": "intake_done",
    }
