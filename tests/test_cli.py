"""The verbs as a person or a script uses them, on a database of their own."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import psycopg
import pytest

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "tests" / "samples"
SPOTIFY = SAMPLES / "spotify-extended-offline-podcast-audiobook.json"
MALOJA = SAMPLES / "maloja-api-list.json"


def maloja(*plays: tuple[int, str, str]) -> str:
    """An export of Maloja: moment, artist, title."""
    rows = [
        {"time": time, "track": {"artists": [artist], "title": title, "album": None, "length": None}}
        for time, artist, title in plays
    ]
    return json.dumps({"status": "ok", "list": rows})


def contents(conn: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """Every table, whole."""
    names = conn.execute("select tablename from pg_tables where schemaname = 'scannerd' order by 1").fetchall()
    return {name: conn.execute(f"select * from scannerd.{name} order by 1, 2").fetchall() for (name,) in names}  # type: ignore[arg-type]


def test_an_import_tells_what_it_did_as_json(shell: Any) -> None:
    answer = shell("import", SPOTIFY, "--json")

    assert answer.code == 0
    document = answer.json
    assert document["errors"] == []
    [export] = document["exports"]
    assert {key: export[key] for key in ("id", "file", "format", "listener", "state", "rows", "skipped", "new")} == {
        "id": 1,
        "file": "spotify-extended-offline-podcast-audiobook.json",
        "format": "spotify-extended",
        "listener": "me",
        "state": "shelved",
        "rows": {"read": 11, "stored": 5, "duplicate": 0, "skipped": 5, "failed": 1},
        "skipped": {"audiobook": 1, "no artist": 1, "no title": 1, "no usable time": 1, "podcast": 1},
        "new": {"artists": 2, "releases": 2, "tracks": 5},
    }
    assert (export["first"], export["last"]) == ("2019-05-04T20:00:00+00:00", "2024-03-01T09:57:28+00:00")
    assert export["warnings"] == []
    assert SPOTIFY.is_file()


def test_an_import_tells_its_steps_and_its_report_in_plain_words(shell: Any) -> None:
    answer = shell("import", MALOJA)

    steps = ["hashing", "reading", "storing", "resolving"]
    assert answer.err.splitlines() == [f"maloja-api-list.json: {step}" for step in steps]
    assert answer.out.splitlines()[0] == "maloja-api-list.json: export 1 of me, maloja-api, imported"
    assert "  new listens    1" in answer.out.splitlines()


def test_the_same_bytes_again_store_nothing(shell: Any) -> None:
    shell("import", MALOJA)
    again = shell("import", MALOJA)

    assert again.code == 0
    assert re.match(r"maloja-api-list.json: already imported on .* UTC as export 1\n", again.out)
    assert [export["id"] for export in shell("exports", "--json").json["exports"]] == [1]


def test_one_bad_file_does_not_stop_the_others_and_shows_in_the_exit_code(shell: Any) -> None:
    page = shell.file("page.json", "<html>log in</html>")

    answer = shell("import", page, shell.folder / "missing.zip", MALOJA, "--json")

    assert answer.code == 65
    assert [(export["file"], export["state"]) for export in answer.json["exports"]] == [
        ("page.json", "failed"),
        ("maloja-api-list.json", "shelved"),
    ]
    [error] = answer.json["errors"]
    assert error["kind"] == "NotFound"
    assert error["message"] == f"{shell.folder}/missing.zip cannot be read: no such file or directory"


def test_a_missing_file_alone_is_66_and_needs_no_database(bare: Any) -> None:
    answer = bare("import", "missing.zip")

    assert answer.code == 66
    assert answer.err == "scannerd: missing.zip cannot be read: no such file or directory\n"
    assert not (bare.folder / "state").exists()


def test_a_name_that_is_no_utf8_is_told_by_its_bytes(bare: Any) -> None:
    answer = bare("import", os.fsdecode(b"caf\xe9.json"), "--json")

    assert answer.code == 66
    said = "caf\\xe9.json cannot be read: no such file or directory"
    error = {"file": "caf\\xe9.json", "kind": "NotFound", "message": said, "hint": None}
    assert answer.json == {"exports": [], "errors": [error]}
    assert answer.err == f"scannerd: {said}\n"


def test_a_dry_run_changes_nothing(shell: Any, conn: psycopg.Connection[Any]) -> None:
    shell("import", MALOJA)
    before = contents(conn)
    conn.rollback()

    page = shell.file("page.json", "<html>log in</html>")
    answer = shell("import", SPOTIFY, SAMPLES / "koito-aliases-and-primary-artist.json", page, "--dry-run", "--json")

    assert answer.code == 65
    assert [export["rows"]["stored"] > 0 for export in answer.json["exports"]] == [True, True, False]
    assert [export["dry_run"] for export in answer.json["exports"]] == [True] * 3
    assert [export["id"] for export in answer.json["exports"]] == [None] * 3
    assert contents(conn) == before
    assert shell("import", MALOJA, "--dry-run", "--listener", "Anna").out.endswith("nothing was changed.\n")
    conn.rollback()
    assert contents(conn) == before


def test_a_dry_run_names_no_export_that_will_not_be_there(shell: Any) -> None:
    page = shell.file("page.json", "<html>log in</html>")

    answer = shell("import", MALOJA, page, "--dry-run", "--listener", "Anna")

    assert answer.out.splitlines()[0] == "maloja-api-list.json: maloja-api, would be imported for Anna"
    assert "page.json: not imported" in answer.out.splitlines()
    assert "exports retry" not in answer.out


def test_a_known_file_is_told_by_the_name_it_has_now(shell: Any) -> None:
    shell("import", MALOJA)
    again = shell("import", shell.file("other name.json", MALOJA.read_text("utf-8")))

    assert re.match(r"other name.json: already imported on .* UTC as export 1 \(maloja-api-list.json\)\n", again.out)


def test_a_listener_is_made_on_first_use(shell: Any) -> None:
    shell("import", MALOJA, "--listener", "Anna")
    shell("import", MALOJA)

    rows = shell("db", "query", "select listener, count(*) as plays from listens group by 1 order by 1").json
    assert rows == [{"listener": "Anna", "plays": 1}, {"listener": "me", "plays": 1}]


def test_a_folder_stands_for_the_files_in_it(shell: Any) -> None:
    (shell.folder / "my data" / "deeper").mkdir(parents=True)
    shell.file("my data/a.json", maloja((1746434410, "A", "One")))
    shell.file("my data/deeper/b.json", maloja((1746434810, "B", "Two")))
    shell.file("my data/.hidden.json", maloja((1746434910, "C", "Three")))

    answer = shell("import", shell.folder / "my data", "--json")

    assert [(export["file"], export["listener"]) for export in answer.json["exports"]] == [
        ("a.json", "me"),
        ("b.json", "me"),
    ]


def test_what_is_no_file_is_refused_and_a_link_is_followed(shell: Any) -> None:
    fifo, link = shell.folder / "fifo", shell.folder / "link.json"
    os.mkfifo(fifo)
    link.symlink_to(MALOJA)

    assert stat.S_ISFIFO(fifo.stat().st_mode)
    refused = shell("import", fifo)
    assert (refused.code, refused.err.splitlines()[0]) == (64, f"scannerd: {fifo} is no regular file")
    assert shell("import", link, "--json").json["exports"][0]["file"] == "maloja-api-list.json"


def test_exports_are_listed_newest_first(shell: Any) -> None:
    assert shell("exports").out == "Nothing was imported yet.\n"
    shell("import", MALOJA, SPOTIFY)

    assert [export["id"] for export in shell("exports", "--json").json["exports"]] == [2, 1]
    assert [export["id"] for export in shell("exports", "--most", "1", "--json").json["exports"]] == [2]
    header, *lines = shell("exports").out.splitlines()
    assert header.split()[:3] == ["id", "taken", "in"]
    assert [line.split()[0] for line in lines] == ["2", "1"]


def test_an_export_is_shown_with_where_its_file_lies(shell: Any) -> None:
    shell("import", MALOJA)

    assert shell("exports", "show", "1").out.splitlines()[-1] == f"The file:        {MALOJA}"
    assert shell("exports", "show", "1", "--json").json["exports"][0]["lies_at"] == str(MALOJA)
    missing = shell("exports", "show", "7")
    assert (missing.code, missing.err) == (66, 'scannerd: there is no export 7\nhint: "scannerd exports" lists them\n')


def test_an_export_is_undone_and_imported_again(shell: Any) -> None:
    shell("import", MALOJA)

    undone = shell("exports", "undo", "1", "--json")
    assert undone.json["undone"]["listens_deleted"] == 1
    assert undone.json["exports"][0]["state"] == "undone"
    assert shell("db", "query", "select * from listens").json == []

    again = shell("exports", "retry", "1", "--json")
    assert (again.code, again.json["exports"][0]["id"], again.json["exports"][0]["state"]) == (0, 2, "shelved")
    assert shell("exports", "retry", "2").code == 64


def test_a_failed_export_is_retried_from_its_shelf(shell: Any) -> None:
    failed = shell.folder / "state" / "drop" / "failed"
    failed.mkdir(parents=True)
    file = shell.file("state/drop/failed/late.json", "[")
    shell("import", file)
    shell.file("state/drop/failed/late.json.why.txt", "why")

    still = shell("exports", "retry", "1")
    assert still.code == 65
    assert (failed / "late.json.why.txt").read_text().startswith("late.json: not imported")

    file.write_text(maloja((1746434410, "A", "One")))
    mended = shell("exports", "retry", "2", "--json")

    assert (mended.code, mended.json["exports"][0]["state"]) == (0, "shelved")
    assert sorted(path.name for path in failed.iterdir()) == []
    assert sorted(path.name for path in (failed.parent / "done").iterdir()) == ["late.json", "late.json.report.txt"]


def test_a_retry_follows_no_link_in_the_place_of_a_shelf(shell: Any) -> None:
    drop, elsewhere = shell.folder / "state" / "drop", shell.folder / "Elsewhere"
    (drop / "failed").mkdir(parents=True)
    elsewhere.mkdir()
    (drop / "done").symlink_to(elsewhere)
    file = shell.file("state/drop/failed/late.json", "[")
    shell("import", file)
    file.write_text(maloja((1746434410, "A", "One")))

    answer = shell("exports", "retry", "1")

    assert answer.code == 66
    assert f"scannerd: the file of export 1: {drop}/done is a symbolic link, which is never followed" in answer.err
    assert (file.exists(), list(elsewhere.iterdir())) == (True, [])


def test_what_a_killed_run_left_is_finished_without_its_file(shell: Any, conn: psycopg.Connection[Any]) -> None:
    gone = shell.file("gone.json", maloja((1746434410, "A", "One")))
    shell("import", gone)
    gone.unlink()
    conn.execute("update export set state = 'stored', shelved_as = null")
    conn.commit()

    assert shell("exports", "retry", "1", "--json").json["exports"][0]["state"] == "shelved"

    shell("exports", "undo", "1")
    lost = shell("exports", "retry", "1")
    assert (lost.code, lost.err.splitlines()[-2]) == (66, f"scannerd: the file of export 1 is no longer at {gone}")


def test_new_name_rules_are_applied_to_what_is_there(shell: Any) -> None:
    names = "select name from artists order by name"
    shell("import", shell.file("a.json", maloja((1746434410, "Anna • Bert", "One"), (1746434910, "Anna", "Two"))))
    assert [row["name"] for row in shell("db", "query", names).json] == ["Anna", "Bert"]

    answer = shell("listens", "resolve", "--set", 'names.keep_whole=["Anna • Bert"]', "--json")

    assert answer.code == 0
    assert answer.json["complete"] is True
    assert "Anna • Bert" in [row["name"] for row in shell("db", "query", names).json]


def test_what_counts_is_decided_without_a_new_import(shell: Any) -> None:
    count = "select count(*) as plays from listens"
    shell("import", SPOTIFY)

    assert shell("db", "query", count).json == [{"plays": 3}]
    assert shell("--set", "listens.min_played=0s", "db", "query", count).json == [{"plays": 5}]
    assert shell("db", "query", count).json == [{"plays": 3}]


def test_a_new_time_zone_moves_the_days_and_what_is_read_again(shell: Any) -> None:
    log = shell.file("a.log", "#AUDIOSCROBBLER/1.1\n#TZ/UNKNOWN\nAnna\tB\tOne\t1\t200\tL\t1625095800\n")
    told = "select listened_at::text as at, (select day::text from plays_by_day) as day from listens"
    shell("import", log, "--set", "inbox.time_zone=UTC")
    assert shell("db", "query", told).json == [{"at": "2021-06-30 23:30:00+00", "day": "2021-06-30"}]

    tokyo = ("--set", "inbox.time_zone=Asia/Tokyo")
    shell("listens", "resolve", *tokyo)
    assert shell("db", "query", told).json == [{"at": "2021-06-30 23:30:00+00", "day": "2021-07-01"}]

    shell("exports", "undo", "1", *tokyo)
    shell("exports", "retry", "1", *tokyo)
    assert shell("db", "query", told).json == [{"at": "2021-06-30 14:30:00+00", "day": "2021-06-30"}]


def test_a_query_answers_with_plain_json(shell: Any) -> None:
    sql = """select 1 as one, 1.5::numeric as half, 2::numeric as two, null as nothing, 'ü' as text, true as yes,
             '{"a": 1}'::jsonb as object, array['x', 'y'] as list, '\\x00ff'::bytea as bytes, 3 as one,
             timestamptz '2024-01-02 03:04:05+00' as moment, date '2024-01-02' as day"""

    assert shell("db", "query", sql).json == [
        {
            "one": 1,
            "half": 1.5,
            "two": 2,
            "nothing": None,
            "text": "ü",
            "yes": True,
            "object": {"a": 1},
            "list": ["x", "y"],
            "bytes": "00ff",
            "one_2": 3,
            "moment": "2024-01-02T03:04:05+00:00",
            "day": "2024-01-02",
        }
    ]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("delete from scannerd.listen", "cannot execute DELETE in a read-only transaction"),
        ("select 1; commit; delete from scannerd.listen", "cannot insert multiple commands into a prepared statement"),
        ("selec", 'syntax error at or near "selec"'),
    ],
)
def test_a_query_only_reads(shell: Any, sql: str, said: str) -> None:
    answer = shell("db", "query", sql, "--json")

    assert answer.code == 64
    assert answer.json["error"]["message"] == f"the query failed: {said}"


def test_a_database_without_our_tables_is_not_touched_by_who_only_reads(
    bare: Any, new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCANNERD_DATABASE__URL", new_database("template1"))

    refused = bare("db", "query", "select 1")
    assert (refused.code, refused.err.splitlines()[0]) == (
        66,
        "scannerd: there is no database yet: nothing was imported",
    )
    assert bare("db", "migrate", "--json").json["applied"][0] == "0001_catalogue.sql"
    assert bare("db", "migrate").out == "the database is up to date\n"
    assert bare("db", "query", "select 1 as one").json == [{"one": 1}]


def test_an_older_database_says_what_to_do(shell: Any, conn: psycopg.Connection[Any]) -> None:
    conn.execute("delete from migration where name like '0002%%'")
    conn.commit()

    answer = shell("exports")
    assert (answer.code, answer.err.splitlines()[-1]) == (78, 'hint: run "scannerd db migrate"')
    assert shell("import", MALOJA, "--dry-run").code == 78


def test_a_database_that_is_away_is_69(bare: Any) -> None:
    answer = bare("import", MALOJA, "--set", f"database.url=host={bare.folder} dbname=x user=secret-user", "--json")

    assert answer.code == 69
    assert answer.json["error"]["kind"] == "DatabaseUnavailable"
    assert "Traceback" not in answer.err


def test_status_tells_what_waits_and_what_is_there(shell: Any) -> None:
    shell("import", MALOJA)
    (shell.folder / "state" / "drop").mkdir(parents=True)
    shell.file("state/drop/next\n.json", "{}")
    (shell.folder / "state" / "drop" / "link").symlink_to("nowhere")

    status = shell("status", "--json").json

    assert status["daemon"] == {"running": False, "pid": None}
    assert status["drop_folder"]["waiting"] == ["next\\n.json"]
    assert status["drop_folder"]["odd"] == [
        "link is a symbolic link, which is never followed: put the file itself here"
    ]
    assert (status["database"]["listens"], status["database"]["outdated_lookups"]) == (1, 0)
    assert [export["id"] for export in status["exports"]] == [1]
    assert shell("status", "--set", 'names.keep_whole=["X"]').out.count("1 name was resolved under older rules") == 1
    assert [warning["about"] for warning in status["warnings"]] == ["daemon", "drop folder"]
    lines = shell("status").out.splitlines()
    assert (
        lines[lines.index("To look after:") + 1] == "    daemon: not running: nothing is taken in, and nothing scanned"
    )
    assert lines[-1] == "        move what it names, or name it in inbox.ignore"


def test_a_refused_file_wants_a_look(shell: Any) -> None:
    shell("import", shell.file("page.json", "<html>log in</html>"))

    assert [warning["about"] for warning in shell("status", "--json").json["warnings"]] == ["daemon", "export 1"]


def test_a_new_installation_is_told_what_to_do_and_nothing_is_made(bare: Any) -> None:
    answer = bare("status")

    assert answer.code == 0
    assert "Database:     there is no database yet: nothing was imported" in answer.out
    assert bare("exports", "--json").json == {"exports": []}
    assert bare("db", "url").code == 69
    assert not (bare.folder / "state").exists()


def test_a_state_folder_that_is_a_file_is_no_mistake_of_ours(bare: Any) -> None:
    place = bare.file("state-file", "")

    assert "there is no database yet" in bare("status", "--set", f"state.folder={place}").out
    answer = bare("import", MALOJA, "--set", f"state.folder={place}")
    assert (answer.code, "mistake in scannerd" in answer.err) == (69, False)


def test_a_wrong_setting_is_one_line_and_a_hint(bare: Any) -> None:
    config = bare.file("scannerd.toml", '[inbox]\nsettel = "5s"\n')

    answer = bare("config", "check")
    hint = "config.example.toml explains every key"
    message = f"{config}: unknown key inbox.settel, did you mean inbox.settle?"
    assert (answer.code, answer.out, answer.err) == (78, "", f"scannerd: {message}\nhint: {hint}\n")
    assert bare("--json", "status").json == {"error": {"kind": "ConfigError", "message": message, "hint": hint}}


def test_settings_are_checked_and_shown(bare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCANNERD_DATABASE__URL", "postgresql://me:secret@host/db")
    config = bare.file("mine.toml", '[inbox]\nsettle = "7s"\n')

    assert bare("config", "check", "--config", config).out == f"{config}: no mistake found\n"
    shown = bare("--set", "inbox.rescan=9s", "config", "show", "--config", config, "--set", "log.level=debug", "--json")
    settings = shown.json["settings"]
    assert (settings["inbox"]["settle"], settings["inbox"]["rescan"], settings["log"]["level"]) == ("7s", "9s", "debug")
    assert "secret" not in shown.out + bare("config", "show").out


def test_every_format_is_listed(bare: Any) -> None:
    formats = bare("formats", "--json").json["formats"]

    assert {"name", "source", "title"} == set(formats[0])
    assert "spotify-extended" in [one["name"] for one in formats]
    assert "spotify-extended" in bare("formats").out


@pytest.mark.parametrize(
    "words",
    [
        ["exprots"],
        [],
        ["exports", "show"],
        ["exports", "show", "0"],
        ["import", "--listener", "", "x"],
        ["import", "--listener", " .. ", "x"],
        ["--set", "settle", "status"],
        ["import"],
    ],
    ids=" ".join,
)
def test_words_that_make_no_sense_are_64(bare: Any, words: list[str]) -> None:
    answer = bare(*words)

    assert answer.code == 64
    assert [line.split(":")[0] for line in answer.err.splitlines()] == ["scannerd", "hint"]


def test_a_mistake_of_ours_is_shown_without_a_trace(bare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scannerd.cli_settings.list_formats", lambda *, as_json: 1 // 0)

    answer = bare("formats")

    assert answer.code == 70
    assert "ZeroDivisionError" in answer.err
    assert "Traceback" not in answer.err


def start(*words: str | Path) -> subprocess.Popen[str]:
    # Unbuffered, Python itself drops what a pipe did not take.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "scannerd", *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def read_until(word: str, lines: IO[str]) -> str:
    """What is said up to the line that holds this, or to the end."""
    said = ""
    for line in lines:
        said += line
        if word in line:
            break
    return said


def test_a_reader_who_goes_away_hears_no_complaint(shell: Any) -> None:
    sql = "select repeat('x', 1000) as text from generate_series(1, 5000)"
    process = start("db", "query", sql)
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()

        assert process.stderr.read() == ""
    assert process.returncode == 141


def test_ctrl_c_stops_an_import_that_goes_on_when_asked_again(shell: Any, conn: psycopg.Connection[Any]) -> None:
    plays = [(1_200_000_000 + 300 * number, f"Artist {number % 500}", f"Title {number}") for number in range(8_000)]
    big = shell.file("big.json", maloja(*plays))
    with conn.transaction():
        conn.execute("lock table track_lookup in share mode")  # it cannot end before it was asked to stop
        process = start("import", big)
        assert process.stderr is not None
        said = read_until("reading", process.stderr)
        process.send_signal(signal.SIGINT)
        said += read_until("stopping at the next safe point", process.stderr)
    with process:
        said += process.stderr.read()

    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert [export["state"] for export in shell("exports", "--json").json["exports"]] != ["shelved"]
    assert shell("import", big, "--json").json["exports"][0]["rows"]["stored"] == 8_000
    assert shell("db", "query", "select count(*) as rows from all_listens").json == [{"rows": 8_000}]


def test_quick_verbs_load_neither_the_database_nor_the_daemon() -> None:
    program = (
        "import sys; from scannerd.cli import main; main(['config', 'check']); main(['formats']);"
        "heavy = {'psycopg', 'watchfiles', 'rich.progress', 'scannerd.daemon'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stderr == "[]\n"
