"""What each verb does: it reads the settings and calls one function; what that needs is imported only then."""

from __future__ import annotations

import argparse
import os
import signal
import sys

from scannerd.config import LIBRARY, Settings, load
from scannerd.config_files import config_file
from scannerd.errors import UsageError
from scannerd.log import set_up


def run(args: argparse.Namespace) -> int:
    # Who says so soon that the settings changed is heard later: nobody wants a daemon to die of it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
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

    daemon.run(settings, load=lambda: _settings(args), starting=starting, ready=ready)
    return 0


def import_(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_imports import import_files

    return import_files(settings, args.files, listener=args.listener, dry_run=args.dry_run, as_json=args.json)


def exports(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_exports import list_exports

    return list_exports(settings, most=args.most, as_json_document=args.json)


def show(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_exports import show_export

    return show_export(settings, args.number, as_json_document=args.json)


def undo(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_exports import undo_export

    return undo_export(settings, args.number, as_json_document=args.json)


def retry(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_exports import retry_export

    return retry_export(settings, args.number, as_json_document=args.json)


def resolve(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_exports import resolve_listens

    return resolve_listens(settings, as_json_document=args.json)


def scan(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_scans import Mode, scan_libraries

    mode = Mode(full=args.full, dry_run=args.dry_run, accept_missing=args.accept_missing)
    return scan_libraries(settings, args.libraries, mode, file=config_file(args.config, os.environ), as_json=args.json)


def status(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_status import show_status

    return show_status(settings, config=args.config, as_json_document=args.json)


def doctor(args: argparse.Namespace) -> int:
    from scannerd.cli_doctor import doctor

    return doctor(args.config, _given(args), as_json=args.json)


def check_config(args: argparse.Namespace) -> int:
    _settings(args)
    from scannerd.cli_settings import check_config

    return check_config(config_file(args.config, os.environ), as_json=args.json)


def show_config(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_settings import show_config

    return show_config(settings, config_file(args.config, os.environ), as_json=args.json)


def formats(args: argparse.Namespace) -> int:
    from scannerd.cli_settings import list_formats

    return list_formats(as_json=args.json)


def url(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_database import print_url

    return print_url(settings, as_json=args.json)


def migrate(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_database import bring_up

    return bring_up(settings, as_json=args.json)


def psql(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_database import open_psql

    return open_psql(settings)


def query(args: argparse.Namespace) -> int:
    settings = _settings(args)
    from scannerd.cli_database import query

    return query(settings, args.sql, as_json=args.json)


def install_service(args: argparse.Namespace) -> int:
    from scannerd.cli_service import Where, install_service

    where = Where(args.user, args.root, args.print, args.force)
    return install_service(args.config, _given(args), where, as_json=args.json)


def _given(args: argparse.Namespace) -> dict[str, object]:
    given: dict[str, object] = {}
    for setting in args.settings:
        key, equals, value = setting.partition("=")
        if not (equals and ("." in key or key == LIBRARY)):
            raise UsageError(f'--set needs KEY=VALUE, not "{setting}"', hint='"scannerd config show" lists the keys')
        given[key] = value
    return given


def _settings(args: argparse.Namespace) -> Settings:
    settings = load(args.config, _given(args))
    set_up(settings.log.level, settings.log.format)
    return settings
