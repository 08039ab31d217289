"""The command line: `scannerd run`, `import`, `exports`, `scan`, `status`, `config`, `db`, and what else can be said.

The words stand here, what they do in `cli_verbs`. Errors of ours become one line on stderr, or the one JSON
document, and an exit code.
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
from scannerd import cli_verbs as do
from scannerd.cli_words import EXIT_CODES, Parser, Verbs, everywhere, listener, number
from scannerd.errors import ScannerdError

logger = logging.getLogger(__name__)

STOPPED = 130
BROKEN_PIPE = 141
BUG = 70


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code; nothing but a bug in debug mode shows a traceback."""
    os.umask(os.umask(0o077) | 0o002)  # whoever allows everything to everybody does not mean what we write
    words = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in words
    try:
        given: list[str] = []
        args = _parser(given).parse_args(words, argparse.Namespace(config=None, json=False, settings=given))
        with nullcontext() if args.verb is do.run else _ended_by_signals():
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
    verbs.add("run", do.run, "start the daemon: take in what is dropped, keep the libraries scanned")
    _add_import(verbs)
    _add_exports(verbs)
    listens = verbs.group("listens", "what was listened to")
    listens.add("resolve", do.resolve, "apply today's name rules to what was imported under others")
    _add_scan(verbs)
    verbs.add("status", do.status, "is it running, what waits, what is in the database")
    verbs.add("doctor", do.doctor, "look for everything that would bite later, and say how to mend it")
    config = verbs.group("config", "the settings")
    config.add("check", do.check_config, "say what is wrong with them")
    config.add("show", do.show_config, "print what is in force, secrets masked")
    verbs.add("formats", do.formats, "list what is understood")
    _add_database(verbs)
    _add_install_service(verbs)
    return parser


def _add_import(verbs: Verbs) -> None:
    parser = verbs.add("import", do.import_, "take files in where they lie; a folder stands for what lies in it")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--listener", type=listener, metavar="NAME", help="whose listens they are; made on first use")
    parser.add_argument("--dry-run", action="store_true", help="print the report and change nothing")


def _add_exports(verbs: Verbs) -> None:
    group = verbs.group("exports", "what was imported: the latest exports, or one of them", do.exports)
    group.parser.add_argument("--most", type=number, default=100, metavar="N", help="so many at most (default: 100)")
    for name, verb, what in (
        ("show", do.show, "all there is to say about one export"),
        ("undo", do.undo, "remove exactly what one export brought"),
        ("retry", do.retry, "import the file of a failed or undone export again, or finish what was interrupted"),
    ):
        group.add(name, verb, what).add_argument("number", type=number, metavar="N")


def _add_scan(verbs: Verbs) -> None:
    parser = verbs.add("scan", do.scan, "make the database equal to the media libraries: all, or those that are named")
    parser.add_argument("libraries", nargs="*", metavar="LIBRARY", help="its name, or a folder inside it")
    parser.add_argument("--full", action="store_true", help="read every file again, also those that did not change")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done and change nothing")
    parser.add_argument("--accept-missing", action="store_true", help="mark missing what is gone, however much it is")


def _add_database(verbs: Verbs) -> None:
    group = verbs.group("db", "the database")
    group.add("url", do.url, "print how other programs connect")
    group.add("migrate", do.migrate, "bring the tables up to date")
    group.add("psql", do.psql, "open psql")
    group.add("query", do.query, "ask one read-only question in SQL").add_argument("sql", metavar="SQL")


def _add_install_service(verbs: Verbs) -> None:
    parser = verbs.add("install-service", do.install_service, "make it a service of systemd: write the files for that")
    parser.add_argument("--user", action="store_true", help="a service of your own, without root")
    parser.add_argument("--print", action="store_true", help="show the files and write nothing")
    parser.add_argument(
        "--root", type=Path, metavar="FOLDER", help="write below this folder, such as a machine's image"
    )
    parser.add_argument("--force", action="store_true", help="overwrite what somebody changed")
