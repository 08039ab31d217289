"""What has to be typed to reach this very scannerd from another terminal: as short as it works."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from scannerd.config import Settings, load
from scannerd.config_files import config_file
from scannerd.errors import ConfigError

_OURS = re.compile(r"^(sudo )?scannerd(?= [a-z])")


def this_command(settings: Settings, config: Path | None, environ: Mapping[str, str] = os.environ) -> str:
    """The program, the settings file where it is not found by itself, and the state folder where neither names it."""
    elsewhere = {name: value for name, value in environ.items() if not name.startswith("SCANNERD_")}
    file = _file_to_name(config_file(config, environ), elsewhere)
    words = [*_program(), *(["--config", str(file)] if file else [])]
    if _state_without_flags(file, elsewhere) != settings.state.folder:
        words += ["--set", f"state.folder={settings.state.folder}"]
    return shlex.join(words)


def reaching(command: str, text: str) -> str:
    """A remedy that begins with a command of ours, as it has to be typed here."""
    return _OURS.sub(lambda found: (found[1] or "") + command, text)


def _file_to_name(file: Path | None, elsewhere: Mapping[str, str]) -> Path | None:
    """None for one that is found from every folder, and without variables of this shell."""
    is_found = file == config_file(None, elsewhere) and file != Path("scannerd.toml").absolute()
    return None if is_found else file


def _state_without_flags(file: Path | None, elsewhere: Mapping[str, str]) -> Path | None:
    try:
        return load(file, None, elsewhere).state.folder
    except ConfigError:
        return None


def _program() -> list[str]:
    program = Path(sys.argv[0])
    if program.name != "scannerd" or not program.exists():
        return [sys.executable, "-m", "scannerd"]
    found = shutil.which(program.name)
    return [program.name if found and Path(found).samefile(program) else str(program.absolute())]
