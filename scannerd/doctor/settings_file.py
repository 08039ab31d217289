"""The settings file: found, readable for whom it is meant, closed to others where it holds a password."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from scannerd.doctor.finding import Finding, ok, trouble, warning
from scannerd.doctor.patient import SettingsFile
from scannerd.doctor.whom import Whom

_ABOUT = "settings"


def look(settings: SettingsFile, whom: Whom) -> Iterator[Finding]:
    """Judge the file that was read."""
    if settings.password_in_flags:
        why = "every user of this machine can read the words of a command line"
        yield warning(
            _ABOUT,
            "the password of the database stands on the command line",
            why,
            "write it into the settings file, closed to others",
        )
    file = settings.path
    if file is None:
        yield ok(_ABOUT, "no settings file: everything as it is by default")
        return
    place = shlex.quote(str(file))
    seen = file.stat()
    if settings.holds_password and seen.st_mode & 0o004:
        what = f"{file} holds the password of the database, and everybody may read it"
        yield warning(_ABOUT, what, "who can read it can change the database", f"chmod o-r {place}")
    if seen.st_mode & 0o002:
        why = "who can change the settings can have scannerd read and write wherever it may"
        yield trouble(_ABOUT, f"everybody may write to {file}", why, f"chmod o-w {place}")
    if whom.can_be_tried and whom.closed([file]):
        why = "the service would not start with it"
        yield trouble(_ABOUT, f"{whom.name} may not read {file}", why, f"chgrp {whom.gid} {place} && chmod g+r {place}")
    else:
        yield ok(_ABOUT, f"{file}: no mistake found")
