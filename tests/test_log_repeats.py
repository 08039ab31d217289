"""Errors that come again and again, by a clock that is set by hand."""

import gc
import logging
import weakref

from hypothesis import given
from hypothesis import strategies as st

from scannerd.log_repeats import MOST, TOLD_WARNINGS, WINDOW, Repeats


class Clock:
    """Shows what it was set to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Log:
    """What was told: lines, and counts."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.lines: list[str] = []
        self._repeats = Repeats(self.clock)

    def say(
        self, message: str, *, level: int = logging.ERROR, error: Exception | None = None, action: str | None = None
    ) -> None:
        record = logging.LogRecord("scannerd", level, "", 0, message, (), (type(error), error, None) if error else None)
        record.action = action
        self.lines += [one.getMessage() for one in self._repeats.due()]
        if self._repeats.admits(record):
            self.lines.append(message)

    def end(self) -> list[str]:
        self.lines += [one.getMessage() for one in self._repeats.rest()]
        return self.lines


def test_the_first_is_told_at_once_and_the_others_every_ten_minutes() -> None:
    log = Log()
    for _ in range(1801):  # half an hour, one a second
        log.say("the drive fails")
        log.clock.now += 1

    assert log.lines == [
        "the drive fails",
        "the same 599 times in the last 10 minutes: the drive fails",
        "the same 600 times in the last 10 minutes: the drive fails",
        "the same 600 times in the last 10 minutes: the drive fails",
    ]


def test_a_count_is_told_with_the_next_line_of_any_kind() -> None:
    log = Log()
    log.say("the drive fails")
    log.say("the drive fails")
    log.clock.now += WINDOW + 300
    log.say("took in a.zip", level=logging.INFO)

    assert log.lines == [
        "the drive fails",
        "the same once more in the last 15 minutes: the drive fails",
        "took in a.zip",
    ]


def test_after_a_quiet_window_it_is_news_again() -> None:
    log = Log()
    log.say("the drive fails")
    log.clock.now += WINDOW
    log.say("the drive fails")

    assert log.end() == ["the drive fails", "the drive fails"]


def test_what_differs_in_any_word_or_in_its_cause_is_told() -> None:
    log = Log()
    log.say("work broke", error=KeyError("a"))
    log.say("work broke", error=KeyError("b"))
    log.say("work broke", error=LookupError("a"))
    log.say("work broke", error=KeyError("a"))
    log.say("work on b broke")

    assert log.end() == [
        *["work broke"] * 3,
        "work on b broke",
        "the same once more in the last minute: work broke",
    ]


def test_a_warning_may_come_a_few_times_before_it_is_counted() -> None:
    log = Log()
    for _ in range(TOLD_WARNINGS + 3):
        log.say("the database was lost", level=logging.WARNING)

    assert log.end() == [
        *["the database was lost"] * TOLD_WARNINGS,
        "the same 3 times in the last minute: the database was lost",
    ]


def test_what_was_finished_and_what_somebody_asked_for_is_always_told() -> None:
    log = Log()
    for _ in range(100):
        log.say("took in a.zip", level=logging.INFO)
        log.say("the settings stay as they were", action="reload_refused")

    assert len(log.lines) == 200


def test_of_very_many_different_ones_the_oldest_is_told_and_forgotten() -> None:
    log = Log()
    log.say("number 0")
    log.say("number 0")
    for number in range(1, MOST + 1):
        log.say(f"number {number}")

    assert "the same once more in the last minute: number 0" in log.lines
    assert len(log._repeats._known) <= MOST


def test_nothing_of_a_failure_is_kept_alive_but_its_words() -> None:
    class Failure(Exception):
        pass

    log, failure = Log(), Failure("with a connection in its hands")
    seen = weakref.ref(failure)
    log.say("work broke", error=failure)
    del failure
    gc.collect()

    assert seen() is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 700)), max_size=200))
def test_whatever_comes_is_told_or_counted(happened: list[tuple[str, int]]) -> None:
    log = Log()
    for message, seconds in happened:
        log.clock.now += seconds
        log.say(message)

    told = dict.fromkeys("abc", 0)
    for line in log.end():
        count, _, message = line.rpartition(": ")
        words = count.split()
        times = 1 if not words else 1 if words[2] == "once" else int(words[2].replace(",", ""))
        told[message] += times
    assert told == {message: sum(said == message for said, _ in happened) for message in "abc"}
