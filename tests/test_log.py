"""Log lines: for a person, for the journal, for a collector."""

import io
import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from scannerd import log

pytestmark = pytest.mark.usefixtures("logging_as_before")


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


def test_a_journal_of_json_lines_has_priorities_too(tmp_path: Path) -> None:
    with (tmp_path / "journal").open("w") as stream:
        stat = os.fstat(stream.fileno())
        log.set_up("info", "json", stream=stream, environ={"JOURNAL_STREAM": f"{stat.st_dev}:{stat.st_ino}"})
        logging.getLogger("scannerd").error("one\ntwo")

    (line,) = (tmp_path / "journal").read_text().splitlines()
    assert line.startswith("<3>{")
    assert json.loads(line.removeprefix("<3>"))["message"] == "one\ntwo"


def test_a_trace_in_the_journal_is_marked_line_by_line(tmp_path: Path) -> None:
    with (tmp_path / "journal").open("w") as stream:
        stat = os.fstat(stream.fileno())
        log.set_up("info", "text", stream=stream, environ={"JOURNAL_STREAM": f"{stat.st_dev}:{stat.st_ino}"})
        try:
            raise LookupError("gone")
        except LookupError:
            logging.getLogger("scannerd").exception("work broke")

    lines = (tmp_path / "journal").read_text().splitlines()
    assert [lines[0], lines[1], lines[-1]] == [
        "<3>work broke",
        "<3>Traceback (most recent call last):",
        "<3>LookupError: gone",
    ]
    assert all(line.startswith("<3>") for line in lines)


def test_an_error_that_comes_again_is_counted_and_told_at_the_end() -> None:
    stream = io.StringIO()
    log.set_up("info", "json", stream=stream, environ={})
    logger = logging.getLogger("scannerd.inbox")

    for _ in range(40):
        logger.error("%s is broken", "drop", extra={"action": "broke"})
    logger.info("went on")
    logging.getLogger().handlers[0].close()

    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(one["message"], one.get("action"), one.get("times")) for one in told] == [
        ("drop is broken", "broke", None),
        ("went on", None, None),
        ("the same 39 times in the last minute: drop is broken", "broke", 39),
    ]


def test_words_that_do_not_fit_together_are_no_end_of_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("info", "text", stream=io.StringIO(), environ={})

    logging.getLogger("scannerd").error("%d files", "three")

    assert "Message: '%d files'" in capsys.readouterr().err


def test_a_flag_chooses_the_form_before_or_after_the_verb(bare: Any) -> None:
    after = bare("config", "show", "--log-format", "json", "--json").json
    before = bare("--log-format", "json", "config", "show", "--json").json

    assert [one["settings"]["log"]["format"] for one in (after, before)] == ["json", "json"]
    assert 'log.format must be "text" or "json"' in bare("config", "show", "--log-format", "xml").err.replace("'", '"')
