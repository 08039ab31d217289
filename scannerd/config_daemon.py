"""Settings of the daemon as a service: `[daemon]` and `[upkeep]`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

from scannerd.config_library import schedule_from
from scannerd.config_values import Duration, Section, Wait


class Daemon(Section):
    """How the daemon behaves as a service."""

    stop_within: Wait = timedelta(seconds=40)


class Upkeep(Section):
    """What is done for the database now and then."""

    schedule: Annotated[str, BeforeValidator(schedule_from)] = "30 3 * * 0"
    keep_rows: Duration = timedelta(days=365)
