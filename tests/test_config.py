"""Settings come from a file, the environment and flags, and say what is wrong with them."""

from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scannerd.config import Settings, default_state, load
from scannerd.config_values import duration_from, duration_text, size_from, size_text
from scannerd.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "scannerd.toml"


def problems(file: Path | None, *, flags: dict[str, object] | None = None, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(file, flags, environ)
    assert caught.value.hint is not None
    return str(caught.value).splitlines()


def test_a_flag_goes_before_the_environment_and_that_before_the_file(file: Path) -> None:
    file.write_text('[inbox]\nlistener = "file"\nsettle = "1s"\nrescan = "1m"\n')
    environ = {"SCANNERD_INBOX__LISTENER": "environment", "SCANNERD_INBOX__SETTLE": "2s"}

    inbox = load(file, {"inbox.listener": "flag", "inbox.settle": None}, environ).inbox

    assert inbox.listener == "flag"
    assert inbox.settle == timedelta(seconds=2)
    assert inbox.rescan == timedelta(minutes=1)


def test_an_empty_variable_says_nothing() -> None:
    assert load(environ={"SCANNERD_INBOX__LISTENER": ""}).inbox.listener == "me"


def test_a_list_in_the_environment_is_written_as_in_the_file() -> None:
    settings = load(environ={"SCANNERD_NAMES__KEEP_WHOLE": '["Tyler, The Creator", "AC/DC"]'})

    assert settings.names.keep_whole == ("Tyler, The Creator", "AC/DC")


def test_the_folders_nobody_named_lie_below_the_state(tmp_path: Path) -> None:
    inbox = load(overrides={"state.folder": tmp_path}, environ={}).inbox

    assert inbox.drop_folder == tmp_path / "drop"
    assert inbox.done_folder == tmp_path / "drop" / "done"
    assert inbox.failed_folder == tmp_path / "drop" / "failed"


def test_a_path_is_meant_from_where_it_was_written(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = file.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("HOME", "/home/ann")
    file.write_text('[state]\nfolder = "state"\n[inbox]\nfailed_folder = "~/failed"\n')

    settings = load(file, {"inbox.done_folder": "done"}, {"SCANNERD_INBOX__DROP_FOLDER": "drop"})

    assert settings.state.folder == file.parent / "state"
    assert settings.inbox.drop_folder == elsewhere / "drop"
    assert settings.inbox.done_folder == elsewhere / "done"
    assert settings.inbox.failed_folder == Path("/home/ann/failed")


def test_the_first_file_found_is_the_one_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, home = tmp_path / "here", tmp_path / "home"
    here.mkdir()
    (home / "scannerd").mkdir(parents=True)
    monkeypatch.chdir(here)
    environ = {"XDG_CONFIG_HOME": str(home)}
    named = tmp_path / "named.toml"
    named.write_text('[inbox]\nlistener = "named"\n')
    assert load(environ=environ).inbox.listener == "me"

    (home / "scannerd" / "config.toml").write_text('[inbox]\nlistener = "home"\n')
    assert load(environ=environ).inbox.listener == "home"

    (here / "scannerd.toml").write_text('[inbox]\nlistener = "here"\n')
    assert load(environ=environ).inbox.listener == "here"

    assert load(environ=environ | {"SCANNERD_CONFIG": str(named)}).inbox.listener == "named"


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"

    with pytest.raises(ConfigError, match=r"missing\.toml: cannot be read: no such file or directory"):
        load(missing, environ={})


def test_all_problems_are_told_at_once(file: Path) -> None:
    file.write_text(
        """
        [inbox]
        drop_foldr = "/srv/drop"
        settle = "soon"
        polling = "sometimes"
        time_zone = "Berlin"
        max_size = -1
        listener = 5

        [lisens]
        min_played = "30s"

        [log]
        listener = "me"
        """
    )

    found = problems(file, SCANNERD_LOG__LEVEL="loud", SCANNERD_INBOX__LISTENR="me", flags={"inbox.after": "today"})

    assert found == [
        "environment: unknown variable SCANNERD_INBOX__LISTENR, did you mean SCANNERD_INBOX__LISTENER?",
        f'{file}: inbox.listener must be a text in quotes, not 5',
        f'{file}: inbox.time_zone must be an IANA time zone such as "Europe/Berlin" or "UTC", not "Berlin"',
        f'{file}: inbox.settle must be a duration such as "500ms", "30s", "5m", "2h" or "1d", not "soon"',
        f'{file}: inbox.polling must be "auto", "always" or "never", not "sometimes"',
        f"{file}: inbox.max_size must be greater than 0, not -1",
        'command line: inbox.after must be a day such as "2015-01-31", not "today"',
        f"{file}: unknown key inbox.drop_foldr, did you mean inbox.drop_folder?",
        'environment: SCANNERD_LOG__LEVEL must be "debug", "info", "warning" or "error", not "loud"',
        f"{file}: unknown key log.listener, did you mean inbox.listener?",
        f"{file}: unknown section lisens, did you mean listens?",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('settle = "5s"', "unknown section settle, did you mean inbox.settle?"),
        ('inbox = "drop"', "inbox must be a section, written [inbox]"),
        ("[inbox]\nsettle = 5", 'inbox.settle must be a duration such as "500ms", "30s", "5m", "2h" or "1d", not 5'),
        ('[inbox]\nsettle = "0s"', 'inbox.settle must be longer than "0s", not "0s"'),
        ('[inbox]\nignore = "*.part"', 'inbox.ignore must be a list of texts such as ["one", "two"], not "*.part"'),
        ('[inbox]\ndrop_folder = ""', 'inbox.drop_folder must be a path such as "/srv/scannerd/drop", not ""'),
        ('[inbox]\nlistener = ""', 'inbox.listener must not be empty, not ""'),
        ("[inbox]\nafter = 2015-01-31T10:00:00", 'inbox.after must be a day such as "2015-01-31"'),
        ("[inbox]\nafter = 2016-01-01\nbefore = 2015-01-01", "inbox.after must not be later than inbox.before"),
        ('[inbox]\nmax_size = "big"', 'inbox.max_size must be a size such as "500kB", "64MB" or "4GB", not "big"'),
        ("[database]\nshare_port = 70000", "database.share_port must be less than or equal to 65535, not 70000"),
        ('[database]\nshare = "group"', "database.share_group must name a group of this machine when database.share"),
        ('[database]\nurl = "postgresql:///x"\nshare = "port"', 'database.share must be "off" with database.url'),
        ('[database]\nurl = "mysql://x"', "database.url must be written as postgresql://user@host:5432/database"),
        ("[inbox.settle]\nseconds = 5", "inbox.settle must be a duration"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(file: Path, text: str, said: str) -> None:
    file.write_text(text)

    (found,) = problems(file)

    assert found.startswith(f"{file}: {said}")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b'[inbox]\nlistener = me\n', "line 2, column 12"),
        (b'[inbox]\nlistener = "me', "line 2, column 15"),
        (b"[inbox\n", "line 1, column 7"),
        (b'[inbox]\nsettle = "1s"\nsettle = "2s"\n', "line 3, column 14"),
        (b'listener = "\xff"', "byte 13 is not UTF-8"),
    ],
)  # fmt: skip
def test_a_slip_in_the_writing_is_placed(file: Path, text: bytes, place: str) -> None:
    file.write_bytes(text)

    (found,) = problems(file)

    assert found.startswith(f"{file}: {place}")


def test_a_file_saved_by_windows_is_read(file: Path) -> None:
    file.write_bytes(b'\xef\xbb\xbf[inbox]\r\nlistener = "ann"\r\n')

    assert load(file, environ={}).inbox.listener == "ann"


@pytest.mark.parametrize(
    "text",
    [
        'database = "hunter2"',
        '[database]\nurl = ["hunter2"]',
        '[database]\nurl = "hunter2"\nshare = "port"',
        '[database]\nurll = "hunter2"',
        '[database.url]\npassword = "hunter2"',
    ],
)
def test_a_secret_is_never_told(file: Path, text: str) -> None:
    file.write_text(text)

    with pytest.raises(ConfigError) as caught:
        load(file, environ={})

    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in str(caught.value.__cause__)


def test_a_secret_is_masked_when_shown(file: Path) -> None:
    file.write_text('[database]\nurl = "postgresql://ann:hunter2@host/db"\n')

    settings = load(file, environ={})

    assert settings.shown()["database"]["url"] == "**********"
    assert "hunter2" not in repr(settings)
    assert settings.database.url is not None
    assert settings.database.url.get_secret_value() == "postgresql://ann:hunter2@host/db"


def test_the_database_address_may_come_as_a_credential(file: Path) -> None:
    file.write_text('[database]\nurl = "postgresql:///file"\n')
    (file.parent / "database_url").write_text("postgresql:///credential\n")

    told = load(file, environ={"CREDENTIALS_DIRECTORY": str(file.parent)}).database.url
    overruled = load(
        file,
        environ={"CREDENTIALS_DIRECTORY": str(file.parent), "SCANNERD_DATABASE__URL": "postgresql:///environment"},
    ).database.url

    assert told is not None
    assert told.get_secret_value() == "postgresql:///credential"
    assert overruled is not None
    assert overruled.get_secret_value() == "postgresql:///environment"


@pytest.mark.parametrize("name", ["SCANNERD_LISTENER", "SCANNERD_INBOX", "SCANNERD_INBOX__SETTLE__X", "SCANNERD_"])
def test_a_variable_nobody_knows_is_an_error(name: str) -> None:
    assert problems(None, **{name: "1"})[0].startswith(f"environment: unknown variable {name}")


def test_variables_of_the_test_suite_are_no_settings() -> None:
    load(environ={"SCANNERD_TEST_POSTGRES": "wheel", "OTHER_INBOX__SETTLE": "5s"})


def test_days_are_read_from_text_and_from_toml(file: Path) -> None:
    file.write_text('[inbox]\nafter = 2015-01-31\nbefore = "2016-01-31"\n')

    inbox = load(file, environ={}).inbox

    assert (inbox.after, inbox.before) == (date(2015, 1, 31), date(2016, 1, 31))


def test_the_default_zone_is_one_that_exists() -> None:
    ZoneInfo(Settings().inbox.time_zone)


def test_a_user_who_may_not_write_to_the_system_keeps_the_state_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("scannerd.config.SYSTEM_STATE", Path("/nowhere/scannerd"))
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)

    assert default_state() == Path("/home/ann/.local/state/scannerd")


@given(st.integers(min_value=0, max_value=999_999_999))
def test_a_shown_duration_reads_back_as_itself(milliseconds: int) -> None:
    duration = timedelta(milliseconds=milliseconds)

    assert duration == duration_from(duration_text(duration))


@given(st.integers(min_value=0, max_value=999_999_999))
def test_a_shown_size_reads_back_as_itself(size: int) -> None:
    assert size == size_from(size_text(size))


@pytest.mark.parametrize(
    ("text", "size"),
    [("64MB", 64_000_000), ("4 GB", 4_000_000_000), ("1.5kB", 1500), ("64MiB", 67_108_864), ("10b", 10)],
)
def test_sizes_are_decimal_unless_written_with_an_i(text: str, size: int) -> None:
    assert size == size_from(text)


MUSIC = '[[library]]\nname = "music"\nroots = ["/srv/music"]\n'


def test_a_library_needs_a_name_and_a_folder_and_no_more(file: Path) -> None:
    file.write_text(MUSIC)

    settings = load(file, environ={})

    assert settings.shown()["library"] == [
        {
            "name": "music",
            "roots": ["/srv/music"],
            "kind": "music",
            "catalogue": "music",
            "ignore": [],
            "schedule": "0 4 * * *",
            "polling": "auto",
            "follow_mounts": True,
        }
    ]
    assert settings.shown()["scan"] == {
        "workers": 0,
        "deadline": "1m",
        "memory": "1GiB",
        "vanish_share": 0.2,
        "vanish_files": 50,
    }
    assert settings.state.instance == "main"


@pytest.mark.parametrize("text", ["", " "])
def test_no_schedule_is_never(file: Path, text: str) -> None:
    file.write_text(MUSIC + f'schedule = "{text}"')

    assert load(file, environ={}).library[0].schedule == ""


def test_the_folders_of_a_library_are_meant_from_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    file.write_text('[[library]]\nname = "music"\nroots = ["music", "~/more/", "/srv/rest"]\n')

    [library] = load(file, environ={}).library

    assert library.roots == (file.parent / "music", Path("/home/ann/more"), Path("/srv/rest"))


@pytest.mark.parametrize("how", ["environment", "flag"])
def test_libraries_come_as_json_from_elsewhere_and_replace_those_of_the_file(
    file: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(MUSIC)
    monkeypatch.chdir(file.parent)
    given = '[{"name": "a", "roots": ["a"]}, {"name": "b", "roots": ["/srv/b"], "follow_mounts": false}]'

    environ = {"SCANNERD_LIBRARY": given} if how == "environment" else {}
    settings = load(file, {"library": given} if how == "flag" else {}, environ)

    assert [(one.name, one.roots, one.follow_mounts) for one in settings.library] == [
        ("a", (file.parent / "a",), True),
        ("b", (Path("/srv/b"),), False),
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("/srv/music", 'library must be a JSON list such as [{"name": "music", "roots": ["/srv/music"]}]'),
        ('{"name": "music"}', "library must be written [[library]], in two brackets, once for each library"),
        ('["/srv/music"]', "library 1 must be a section, written [[library]]"),
        ('[{"name": "music"}]', "library 1: roots is missing"),
    ],
)
def test_a_list_of_libraries_that_is_none_is_refused(given: str, said: str) -> None:
    assert problems(None, SCANNERD_LIBRARY=given) == [f"environment: {said}"]


def test_a_variable_for_one_key_of_a_library_names_the_one_for_all() -> None:
    [said] = problems(None, SCANNERD_LIBRARY__ROOTS="/srv/music")

    assert said == "environment: unknown variable SCANNERD_LIBRARY__ROOTS, did you mean SCANNERD_LIBRARY?"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MUSIC.replace("[[library]]", "[library]"), "library must be written [[library]], in two brackets, once for"),
        (MUSIC.replace("library", "libary"), "unknown section libary, did you mean library?"),
        (MUSIC + 'scedule = ""', "library 1: unknown key scedule, did you mean schedule?"),
        (MUSIC + "\n[[library]]\nname = 5\nroots = ['/b']", "library 2: name must be a text in quotes, not 5"),
        ('[[library]]\nroots = ["/a"]', "library 1: name is missing"),
        ('[[library]]\nname = ""\nroots = ["/a"]', 'library 1: name must be a name such as "music", not ""'),
        ('[[library]]\nname = "a/b"\nroots = ["/a"]', 'library 1: name must be a name such as "music", not "a/b"'),
        (
            '[[library]]\nname = "music"\nroots = "/srv"',
            'library 1: roots must be a list of folders such as ["/srv/music"], not "/srv"',
        ),
        ('[[library]]\nname = "m"\nroots = []', 'library 1: roots must be a list of folders such as ["/srv/music"]'),
        ('[[library]]\nname = "m"\nroots = [""]', 'library 1: roots must be a path such as "/srv/scannerd/drop"'),
        (MUSIC + 'kind = "videos"', 'library 1: kind must be "music" or "books", not "videos"'),
        (MUSIC + 'polling = "often"', 'library 1: polling must be "auto", "always" or "never", not "often"'),
        (MUSIC + 'follow_mounts = "perhaps"', 'library 1: follow_mounts must be true or false, not "perhaps"'),
        (MUSIC + 'ignore = ["!"]', 'library 1: ignore must hold patterns as in a .gitignore file; "!" is none, not ['),
        (
            MUSIC + 'schedule = "4 o\'clock"',
            'library 1: schedule must be a cron line such as "0 4 * * *" or "@daily" (a cron line has five',
        ),
        (MUSIC + MUSIC.replace("/srv/music", "/srv/b"), 'two libraries are called "music"'),
        (MUSIC.replace('c"]', 'c", "/srv/music/"]'), '/srv/music of the library "music" is named twice'),
        (
            MUSIC + '[[library]]\nname = "live"\nroots = ["/srv/music/live"]',
            '/srv/music/live of the library "live" lies inside /srv/music of the library "music"',
        ),
        (
            MUSIC + '[[library]]\nname = "all"\nroots = ["/srv/x/.."]',
            '/srv/music of the library "music" lies inside /srv/x/.. of the library "all"',
        ),
        (
            MUSIC + '[state]\nfolder = "/srv"',
            '/srv/music of the library "music" lies inside the state folder /srv',
        ),
        (
            MUSIC + '[inbox]\ndrop_folder = "/srv/music"',
            '/srv/music of the library "music" lies inside the drop folder /srv/music',
        ),
        ("[scan]\nworkers = -1", "scan.workers must be greater than or equal to 0, not -1"),
        ('[scan]\nmemory = "1MB"', 'scan.memory must be at least "64MiB", not "1MB"'),
        ('[scan]\ndeadline = "0s"', 'scan.deadline must be longer than "0s", not "0s"'),
        ('[state]\ninstance = ""', 'state.instance must not be empty, not ""'),
    ],
)
def test_a_slip_in_a_library_is_named_with_what_is_allowed(file: Path, text: str, said: str) -> None:
    file.write_text(text)

    (found,) = problems(file)

    assert found.startswith(f"{file}: {said}")


def test_a_folder_beside_another_of_nearly_the_same_name_is_fine(file: Path) -> None:
    file.write_text(MUSIC + '[[library]]\nname = "more"\nroots = ["/srv/music2", "/srv/musi"]')

    assert len(load(file, environ={}).library) == 2


def test_several_slips_in_several_libraries_are_told_at_once(file: Path) -> None:
    file.write_text('[[library]]\nname = "a"\nrots = ["/a"]\n[[library]]\nroots = ["/b"]\npolling = 1\n')

    assert problems(file) == [
        f"{file}: library 1: roots is missing",
        f"{file}: library 1: unknown key rots, did you mean roots?",
        f"{file}: library 2: name is missing",
        f'{file}: library 2: polling must be "auto", "always" or "never", not 1',
    ]
