"""All of the looks, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from scannerd.db.state_lock import running_daemon
from scannerd.doctor import (
    drop_folder,
    leftovers,
    library_roots,
    machine,
    service,
    settings_file,
    state_folder,
    stored,
    units,
    watches,
    whom,
)
from scannerd.doctor.examination import Look, examine
from scannerd.doctor.finding import Finding
from scannerd.doctor.patient import Patient
from scannerd.doctor.sample import Sample
from scannerd.doctor.whom import Whom
from scannerd.status.deadline import answered

SECONDS = 3.0
"""How long anything may take that does not answer."""
_GLANCE = 1.5  # seconds for the folders of a library, however many there are
_FIRST = 0.5


def running_here(state: Path) -> tuple[int | None, Path | None]:
    """The daemon's process, and where it publishes what it is at."""
    return answered(lambda: running_daemon(state), None, seconds=_FIRST) or (None, None)


def who_works_here(pid: int | None) -> Whom:
    """The user of the daemon that runs, else of the service that is installed, else ourselves."""
    if pid is not None and (found := whom.of_process(pid)) is not None:
        return found
    unit = units.find()
    return (whom.named(unit.user) if unit and unit.user else None) or whom.caller()


def of(patient: Patient, *, seconds: float = SECONDS) -> list[Finding]:
    """What there is to say about all of it."""
    samples: dict[Path, Sample] = {}
    found = examine(_looks(patient, samples), seconds=seconds)
    return found + examine(_afterwards(patient, samples), seconds=1.0)


def of_machine() -> list[Finding]:
    """The same of what does not depend on the settings."""
    return examine([Look("machine", "this machine", _machine)], seconds=1.0)


def _machine() -> Iterable[Finding]:
    return machine.look(time_zone=None, workers=0, daemon_pid=None)


def _looks(patient: Patient, samples: dict[Path, Sample]) -> list[Look]:
    one, who = patient, patient.whom
    drop = str(one.drop)
    is_running = one.daemon_pid is not None
    return [
        Look("settings", str(one.settings.path), lambda: settings_file.look(one.settings, who)),
        Look(
            state_folder.ABOUT,
            str(one.state),
            lambda: state_folder.look(one.state, who, private=one.database.url is None),
        ),
        Look(drop_folder.ABOUT, drop, lambda: drop_folder.look(one.drop, who, state=one.state)),
        Look("shelves", drop, lambda: drop_folder.look_at_shelves(one.drop, one.shelves, who)),
        Look(
            "dropped files",
            drop,
            lambda: leftovers.look(one.drop, ignore=one.ignore, shelves=one.shelves, whom=who, is_running=is_running),
        ),
        *(_library(one, at, samples) for at in range(len(one.roots))),
        Look("database", "the database", lambda: stored.look(one.database, one.state, instance=one.instance)),
        Look("daemon", "the daemon", lambda: service.look_at_daemon(one.daemon_pid, one.published, one.state)),
        Look("service", "the service", lambda: service.look_at_units(one)),
        Look(
            "machine",
            "this machine",
            lambda: machine.look(time_zone=one.time_zone, workers=one.workers, daemon_pid=one.daemon_pid),
        ),
    ]


def _library(patient: Patient, at: int, samples: dict[Path, Sample]) -> Look:
    root = patient.roots[at]
    return Look(
        f"library {root.library}",
        str(root.path),
        lambda: library_roots.look(root, patient.whom, samples, seconds=_GLANCE),
    )


def _afterwards(patient: Patient, samples: dict[Path, Sample]) -> list[Look]:
    """What can be said only when all libraries were looked at."""
    watched = [samples[root.path] for root in patient.roots if root.path in samples and root.polling != "always"]
    folders = sum(sample.folders for sample in watched)
    is_whole = all(sample.is_whole for sample in watched)
    return [
        Look(
            "watches",
            "the kernel",
            lambda: watches.look(patient.whom.uid, patient.daemon_pid, folders, is_whole=is_whole),
        ),
        Look("helpers", "this machine", lambda: machine.look_for_helpers(list(samples.values()))),
    ]
