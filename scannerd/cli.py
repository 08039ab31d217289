"""The verbs: `scannerd run`, `import`, `exports`, `listens`, `scan`, `status`, `config`, `formats`, `db`.

Each verb reads the settings and calls one function; what it needs is imported only then, so that the quick ones are
quick. Errors of ours become one line on stderr, or the one JSON document, and an exit code.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from scannerd import __version__
from scannerd.cli_words import Parser, Verbs, everywhere, listener, number
from scannerd.config import LIBRARY, Settings, load
from scannerd.config_files import config_file
from scannerd.errors import ScannerdError, UsageError
from scannerd.log import set_up

logger = logging.getLogger(__name__)

STOPPED = 130
BROKEN_PIPE = 141
BUG = 70

EXIT_CODES = """\
exit codes:
  0    done
  64   the command line asks for something that cannot be
  65   an export could not be taken in
  66   no such file, export, listener or library
  69   the database cannot serve
  70   a mistake in scannerd itself
  75   try again: another scannerd is at work, or a file changed while it was read
  78   a setting is wrong, or the database does not fit this program
  130  stopped by a signal
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code; nothing but a bug in debug mode shows a traceback."""
    words = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in words
    try:
        given: list[str] = []
        args = _parser(given).parse_args(words, argparse.Namespace(config=None, json=False, settings=given))
        with nullcontext() if args.verb is _run else _ended_by_signals():
            code: int = args.verb(args)
            sys.stdout.flush()
    except ScannerdError as exc:
        from scannerd.cli_output import complain

        _trace(exc)
        complain(exc, as_json=as_json)
        return exc.exit_code
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError:
        # Whoever read has gone; what Python still flushes on its way out must not complain about that.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as exc:  # noqa: BLE001 - the root of every command: a user is shown what, not where in our code
        from scannerd.cli_output import complain

        _trace(exc)
        what = f"{type(exc).__name__}: {exc}".replace("\n", " ")
        hint = "run it again with SCANNERD_LOG__LEVEL=debug, and report what it prints"
        complain(ScannerdError(f"a mistake in scannerd itself: {what}", hint=hint), as_json=as_json)
        return BUG
    return code


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM and a terminal that goes away end a command as Ctrl-C does: its own PostgreSQL is stopped with it."""

    def end(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    wanted = (one for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) is not signal.SIG_IGN)
    before = {number: signal.signal(number, end) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _trace(exc: Exception) -> None:
    """Show where it happened to whoever asked for all there is."""
    if os.environ.get("SCANNERD_LOG__LEVEL") == "debug" or logger.isEnabledFor(logging.DEBUG):
        logger.error("where it happened:", exc_info=exc)


def _parser(given: list[str]) -> Parser:
    flags = everywhere(given)
    parser = Parser(
        prog="scannerd",
        description="Keeps your listening history and your media library in one PostgreSQL database.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[flags],
    )
    parser.add_argument("--version", action="version", version=f"scannerd {__version__}")
    verbs = Verbs(parser, flags)
    verbs.add("run", _run, "start the daemon: take in what is dropped, keep the libraries scanned")
    _add_import(verbs)
    _add_exports(verbs)
    listens = verbs.group("listens", "what was listened to")
    listens.add("resolve", _resolve, "apply today's name rules to what was imported under others")
    _add_scan(verbs)
    verbs.add("status", _status, "is it running, what waits, what is in the database")
    config = verbs.group("config", "the settings")
    config.add("check", _check_config, "say what is wrong with them")
    config.add("show", _show_config, "print what is in force, secrets masked")
    verbs.add("formats", _formats, "list what is understood")
    _add_database(verbs)
    return parser


def _add_import(verbs: Verbs) -> None:
    parser = verbs.add("import", _import, "take files in where they lie; a folder stands for what lies in it")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--listener", type=listener, metavar="NAME", help="whose listens they are; made on first use")
    parser.add_argument("--dry-run", action="store_true", help="print the report and change nothing")


def _add_exports(verbs: Verbs) -> None:
    group = verbs.group("exports", "what was imported: the latest exports, or one of them", _exports)
    group.parser.add_argument("--most", type=number, default=100, metavar="N", help="so many at most (default: 100)")
    for name, verb, what in (
        ("show", _show, "all there is to say about one export"),
        ("undo", _undo, "remove exactly what one export brought"),
        ("retry", _retry, "import the file of a failed or undone export again, or finish what was interrupted"),
    ):
        group.add(name, verb, what).add_argument("number", type=number, metavar="N")


def _add_scan(verbs: Verbs) -> None:
    parser = verbs.add("scan", _scan, "make the database equal to the media libraries: all, or those that are named")
    parser.add_argument("libraries", nargs="*", metavar="LIBRARY", help="its name, or a folder inside it")
    parser.add_argument("--full", action="store_true", help="read every file again, also those that did not change")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done and change nothing")
    parser.add_argument("--accept-missing", action="store_true", help="mark missing what is gone, however much it is")


def _add_database(verbs: Verbs) -> None:
    group = verbs.group("db", "the database")
    group.add("url", _url, "print how other programs connect")
    group.add("migrate", _migrate, "bring the tables up to date")
    group.add("psql", _psql, "open psql")
    group.add("query", _query, "ask one read-only question in SQL").add_argument("sql", metavar="SQL")


def _settings(args: argparse.Namespace) -> Settings:
    given: dict[str, object] = {}
    for setting in args.settings:
        key, equals, value = setting.partition("=")
        if not (equals and ("." in key or key == LIBRARY)):
            raise UsageError(f'--set needs KEY=VALUE, not "{setting}"', hint='"scannerd config show" lists the keys')
        given[key] = value
    settings = load(args.config, given)
    set_up(settings.log.level, settings.log.format)
    return settings


def _run(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd import cli_status, daemon
    from scannerd.cli_output import document
    from scannerd.db.opening import Database

    # The journal wants lines that tell what happened, not a welcome.
    is_read = sys.stdout.isatty() or "JOURNAL_STREAM" not in os.environ

    def starting() -> None:
        if is_read and not args.json:
            cli_status.greet(settings)
            sys.stdout.flush()

    def ready(database: Database) -> None:
        if args.json:
            document(cli_status.welcome_document(settings, database))
        elif is_read:
            cli_status.introduce(settings, database, config=args.config)
        sys.stdout.flush()

    daemon.run(settings, starting=starting, ready=ready)
    return 0


def _import(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_imports import import_files

    return import_files(settings, args.files, listener=args.listener, dry_run=args.dry_run, as_json=args.json)


def _exports(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_exports import list_exports

    return list_exports(settings, most=args.most, as_json_document=args.json)


def _show(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_exports import show_export

    return show_export(settings, args.number, as_json_document=args.json)


def _undo(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_exports import undo_export

    return undo_export(settings, args.number, as_json_document=args.json)


def _retry(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_exports import retry_export

    return retry_export(settings, args.number, as_json_document=args.json)


def _resolve(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_exports import resolve_listens

    return resolve_listens(settings, as_json_document=args.json)


def _scan(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_scans import Mode, scan_libraries

    mode = Mode(full=args.full, dry_run=args.dry_run, accept_missing=args.accept_missing)
    return scan_libraries(settings, args.libraries, mode, file=config_file(args.config, os.environ), as_json=args.json)


def _status(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_status import show_status

    return show_status(settings, as_json_document=args.json)


def _check_config(args: argparse.Namespace) -> int:
    _settings(args)
    from scannerd.cli_settings import check_config

    return check_config(config_file(args.config, os.environ), as_json=args.json)


def _show_config(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_settings import show_config

    return show_config(settings, config_file(args.config, os.environ), as_json=args.json)


def _formats(args: argparse.Namespace) -> int:
    from scannerd.cli_settings import list_formats

    return list_formats(as_json=args.json)


def _url(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_database import print_url

    return print_url(settings, as_json=args.json)


def _migrate(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_database import bring_up

    return bring_up(settings, as_json=args.json)


def _psql(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_database import open_psql

    return open_psql(settings)


def _query(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_database import query

    return query(settings, args.sql, as_json=args.json)
