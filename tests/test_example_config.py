"""`config.example.toml` and `Settings` tell one truth: the same keys, the same defaults."""

import re
import tomllib
from pathlib import Path

from scannerd.config import KEYS, LIBRARY, Settings, load
from scannerd.config_library import Library

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"
DEFAULT = re.compile(r"^# (?=[a-z_]+ = )", re.MULTILINE)
WITHOUT_DEFAULT = re.compile(r"^## (?=[a-z_]+ = |\[\[)", re.MULTILINE)


PLAIN_MACHINE = {"state.folder": "/var/lib/scannerd", "inbox.time_zone": "UTC"}
"""What differs from machine to machine, as the example shows it."""


def spelled_out(text: str) -> dict[str, object]:
    sections = {section: keys for section, keys in tomllib.loads(text).items() if section != LIBRARY}
    return {f"{section}.{key}": value for section, keys in sections.items() for key, value in keys.items()}


def shown_without_libraries(settings: Settings) -> dict[str, object]:
    sections = {section: keys for section, keys in settings.shown().items() if section != LIBRARY}
    return {f"{section}.{key}": value for section, keys in sections.items() for key, value in keys.items()}


def test_the_example_changes_nothing_as_it_is() -> None:
    assert load(EXAMPLE, environ={}) == Settings()


def test_the_example_names_every_key_and_no_other() -> None:
    text = WITHOUT_DEFAULT.sub("", DEFAULT.sub("", EXAMPLE.read_text()))

    assert sorted(KEYS) == sorted(spelled_out(text))


def test_the_defaults_in_the_example_are_those_of_the_settings() -> None:
    defaults = shown_without_libraries(load(EXAMPLE, PLAIN_MACHINE, {}))
    expected = {key: value for key, value in defaults.items() if value is not None}

    assert expected == spelled_out(DEFAULT.sub("", EXAMPLE.read_text()))


def test_the_examples_without_default_are_allowed_values(tmp_path: Path) -> None:
    text = WITHOUT_DEFAULT.sub("", EXAMPLE.read_text())
    file = tmp_path / "scannerd.toml"
    file.write_text(text)

    settings = load(file, environ={})

    assert settings.database.share_group == "media"
    assert str(settings.inbox.before) == "2024-12-31"
    assert [library.name for library in settings.library] == ["music"]


def test_the_example_library_names_every_key_with_its_default() -> None:
    [written] = tomllib.loads(WITHOUT_DEFAULT.sub("", EXAMPLE.read_text()))[LIBRARY]
    plain = Library(name="music", roots=("/srv/music",))

    assert written == plain.model_dump(mode="json")


def test_every_key_of_the_example_says_its_default_or_that_there_is_none() -> None:
    without = {key for key, value in shown_without_libraries(Settings()).items() if value is None}
    text = WITHOUT_DEFAULT.sub("", EXAMPLE.read_text())

    assert without == set(spelled_out(text))
