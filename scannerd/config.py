"""Settings: what a person may decide, one section per package.

A TOML file, then the environment, then the flags of the command line; the later one wins. Every problem of all
three is told at once, one line each, with the source, the key and what is allowed. `config.example.toml` explains every
key to its user. Only the command line, `daemon` and `wiring` see settings; everything below them takes plain arguments.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from scannerd.config_daemon import Daemon, Upkeep
from scannerd.config_files import config_file, read_text, read_toml
from scannerd.config_library import Library, Scan, clashes, libraries_from, parsed_libraries, placed_libraries
from scannerd.config_problems import PREFIX, Given, told, unknown, variable
from scannerd.config_values import (
    Day,
    Duration,
    Names,
    Place,
    Section,
    Size,
    Wait,
    Zone,
    is_place,
    local_zone,
    place_from,
)
from scannerd.errors import ConfigError

_CONNINFO = re.compile(r"postgres(?:ql)?://|\s*[a-z_]+\s*=")
"""How both ways of writing a connection string begin."""

SYSTEM_STATE = Path("/var/lib/scannerd")
FOREIGN = ("SCANNERD_TEST_", "SCANNERD_BENCH_", "SCANNERD_FAILPOINT")
"""Variables that talk to the test suite, the benchmarks and the fault tests, not to the settings."""

IGNORED_NAMES: tuple[str, ...] = (
    *(".*", "*.part", "*.tmp", "*.crdownload", "*.filepart", "*.!qB"),  # still being written, or hidden
    *("@eaDir", "#recycle", ".stfolder", ".DS_Store", "Thumbs.db", "~$*"),  # Synology, Syncthing, macOS, Windows
)


def default_state() -> Path:
    """The system's state folder for root and for the service's own user, else one in this user's home."""
    if os.geteuid() == 0 or os.access(SYSTEM_STATE, os.W_OK | os.X_OK):
        return SYSTEM_STATE
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "scannerd"


class State(Section):
    """Where everything lies that scannerd itself keeps."""

    folder: Place = Field(default_factory=default_state)
    instance: Annotated[str, Field(min_length=1)] = "main"


class Database(Section):
    """Which PostgreSQL, and who else may come in."""

    url: SecretStr | None = None
    binaries: Place | None = None
    owner: str | None = None
    share: Literal["off", "port", "group"] = "off"
    share_port: Annotated[int, Field(ge=1, le=65535)] = 5433
    share_group: str | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.share == "group" and not self.share_group:
            raise ValueError('database.share_group must name a group of this machine when database.share is "group"')
        if self.share != "off" and self.url is not None:
            raise ValueError('database.share must be "off" with database.url: only the private database can be shared')
        if self.url is not None and not _CONNINFO.match(self.url.get_secret_value()):
            raise ValueError("database.url must be written as postgresql://user@host:5432/database")
        return self


class Inbox(Section):
    """The drop folder: where it is, whose files it holds, when a file is ready."""

    drop_folder: Place = Path("drop")
    done_folder: Place = Path("done")
    failed_folder: Place = Path("failed")
    listener: Annotated[str, Field(min_length=1)] = "me"
    time_zone: Zone = Field(default_factory=local_zone)
    ignore: Names = IGNORED_NAMES
    settle: Wait = timedelta(seconds=5)
    patience: Duration = timedelta(minutes=15)
    rescan: Wait = timedelta(seconds=30)
    polling: Literal["auto", "always", "never"] = "auto"
    max_size: Annotated[Size, Field(gt=0)] = 4_000_000_000
    after: Day | None = None
    before: Day | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.after is not None and self.before is not None and self.after > self.before:
            raise ValueError("inbox.after must not be later than inbox.before")
        return self


class Listens(Section):
    """What counts as a listen."""

    min_played: Duration = timedelta(seconds=30)


class NameRules(Section):
    """How written artist names are taken apart, beyond the built-in rules."""

    keep_whole: Names = ()
    separators: Names = ()


class Log(Section):
    """How much is told, and for whom it is written."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", hide_input_in_errors=True
    )

    state: State = Field(default_factory=State)
    database: Database = Field(default_factory=Database)
    inbox: Inbox = Field(default_factory=Inbox)
    library: Annotated[tuple[Library, ...], BeforeValidator(libraries_from)] = ()
    scan: Scan = Field(default_factory=Scan)
    listens: Listens = Field(default_factory=Listens)
    names: NameRules = Field(default_factory=NameRules)
    daemon: Daemon = Field(default_factory=Daemon)
    upkeep: Upkeep = Field(default_factory=Upkeep)
    log: Log = Field(default_factory=Log)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what `load` gathered: it asks the sources itself, so that a problem can name the one it came from."""
        return (init_settings,)

    @field_validator("library")
    @classmethod
    def _keeps_clear(cls, libraries: tuple[Library, ...], info: ValidationInfo) -> tuple[Library, ...]:
        state, inbox = info.data.get("state"), info.data.get("inbox")
        ours = {"state folder": state.folder} if state else {}
        if state and inbox:
            ours["drop folder"] = state.folder / inbox.drop_folder
        if (clash := next(clashes(libraries, ours), None)) is not None:
            raise ValueError(clash)
        return libraries

    @model_validator(mode="after")
    def _folders(self) -> Self:
        """Put the folders nobody named where they belong: the drop folder below the state, the shelves below that."""
        drop = self.state.folder / self.inbox.drop_folder
        shelves = {"done_folder": drop / self.inbox.done_folder, "failed_folder": drop / self.inbox.failed_folder}
        self.inbox = self.inbox.model_copy(update={"drop_folder": drop, **shelves})
        return self

    def shown(self) -> dict[str, Any]:
        """Every value as one would write it, secrets masked."""
        return self.model_dump(mode="json")


SECTIONS: dict[str, type[Section]] = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
}
FIELDS = {f"{name}.{key}": field for name, section in SECTIONS.items() for key, field in section.model_fields.items()}
KEYS = tuple(FIELDS)
LIBRARY = "library"
"""The one section there may be several of."""
WRITTEN = (*(f"{LIBRARY}.{key}" for key in Library.model_fields), *KEYS)
SECRETS = ("database.url",)


def load(
    path: Path | None = None, overrides: Mapping[str, object] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Read the settings; `overrides` are flags by dotted key, where None means that the flag was not given."""
    environ = os.environ if environ is None else environ
    file = config_file(path, environ)
    sources: dict[str, Given] = {
        "command line": _from_flags(overrides or {}),
        "environment": _from_environment(environ),
        "credentials": _from_credentials(environ),
        str(file): _from_file(file),
    }
    problems = _strange_variables(environ)
    try:
        settings = Settings(**_merged(sources.values()))
    except ValidationError as exc:
        problems += [told(error, sources, WRITTEN, SECRETS) for error in exc.errors()]
        raise _refusal(problems) from exc
    if problems:
        raise _refusal(problems)
    return settings


def _merged(sources: Iterable[Given]) -> Given:
    """One answer from all sources, of which the first has the last word."""
    merged: Given = {}
    for given in reversed(list(sources)):
        for section, values in given.items():
            # A section that is no table is kept as it is, for the validation to refuse.
            known = merged.get(section)
            merged[section] = {**known, **values} if isinstance(known, dict) and isinstance(values, dict) else values
    return merged


def _refusal(problems: list[str]) -> ConfigError:
    return ConfigError("\n".join(problems), hint="config.example.toml explains every key")


def _from_flags(overrides: Mapping[str, object]) -> Given:
    given: Given = {}
    for dotted, value in overrides.items():
        if value is not None:
            section, _, key = dotted.partition(".")
            if key:
                given.setdefault(section, {})[key] = value
            else:
                given[section] = parsed_libraries(value)
    return _placed(given, Path.cwd())


def _from_environment(environ: Mapping[str, str]) -> Given:
    """What the environment says; an empty variable says nothing, as in a compose file with an unset value."""
    known = set(map(variable, KEYS))
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in environ.items() if name in known and value}
    given = source()
    if libraries := environ.get(variable(LIBRARY)):
        given[LIBRARY] = parsed_libraries(libraries)
    return _placed(given, Path.cwd())


def _strange_variables(environ: Mapping[str, str]) -> list[str]:
    known = [*map(variable, (*KEYS, LIBRARY)), "SCANNERD_CONFIG"]
    ours = (name for name in environ if name.startswith(PREFIX) and not name.startswith(FOREIGN))
    return [unknown("environment", "variable", name, known) for name in ours if name not in known]


def _from_credentials(environ: Mapping[str, str]) -> Given:
    """The secret that systemd (LoadCredential=) hands over as a file."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not folder or not os.path.lexists(Path(folder) / "database_url"):
        return {}
    return {"database": {"url": read_text(Path(folder) / "database_url").strip()}}


def _from_file(file: Path | None) -> Given:
    if file is None:
        return {}
    return _placed(read_toml(file), file.parent)


def _placed(given: Given, folder: Path) -> Given:
    """The same with its paths absolute: a path is meant from where it was written."""
    if LIBRARY in given:
        given[LIBRARY] = placed_libraries(given[LIBRARY], folder)
    for section, values in given.items():
        for key in values if isinstance(values, dict) else ():
            field = FIELDS.get(f"{section}.{key}")
            if field is not None and is_place(field.annotation):
                values[key] = place_from(folder, values[key])
    return given
