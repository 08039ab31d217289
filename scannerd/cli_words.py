"""The command line's grammar: flags that may stand anywhere, verbs of verbs, mistakes that are errors of ours."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from scannerd.errors import UsageError

Verb = Callable[[argparse.Namespace], int]

EXIT_CODES = """\
exit codes:
  0    done
  1    the doctor found trouble
  64   the command line asks for something that cannot be
  65   an export could not be taken in
  66   no such file, export, listener or library
  69   the database cannot serve
  70   a mistake in scannerd itself
  75   try again: another scannerd is at work, or a file changed while it was read
  78   a setting is wrong, or the database does not fit this program
  130  stopped by a signal
"""


class Parser(argparse.ArgumentParser):
    """Words that cannot be understood are an error of ours, as any other."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, hint=f'"{self.prog} --help" shows what can be said')


class _Collect(argparse.Action):
    """Gathers what was given before and after the verb: argparse itself would keep the latter only."""

    def __call__(self, parser: object, namespace: object, values: object, option_string: str | None = None) -> None:
        self.const.append(values)


def everywhere(given: list[str]) -> Parser:
    """The flags that may stand before or after any verb."""
    flags = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    flags.add_argument("--config", type=Path, metavar="FILE", help="the settings file")
    flags.add_argument("--json", action="store_true", help="print one JSON document on stdout")
    flags.add_argument(
        "--set", action=_Collect, const=given, metavar="KEY=VALUE", help="a setting, such as inbox.settle=1s"
    )
    what = "how log lines are written: for people, or as one JSON object each"
    flags.add_argument(
        "--log-format", action=_Collect, const=given, type="log.format={}".format, metavar="text|json", help=what
    )
    return flags


class Verbs:
    """Adds verbs to a parser, each with the flags that every verb has."""

    def __init__(self, parser: Parser, everywhere: Parser, *, need: bool = True):
        self.parser = parser
        self._everywhere = everywhere
        self._verbs = parser.add_subparsers(metavar="VERB", required=need, parser_class=Parser)

    def add(self, name: str, verb: Verb, what: str) -> Parser:
        parser = self._verbs.add_parser(
            name, help=what, description=what[0].upper() + what[1:] + ".", parents=[self._everywhere]
        )
        parser.set_defaults(verb=verb)
        return parser

    def group(self, name: str, what: str, alone: Verb | None = None) -> Verbs:
        """A verb that has verbs of its own, and may mean something without them."""
        parser = self._verbs.add_parser(name, help=what, description=what, parents=[self._everywhere])
        if alone is not None:
            parser.set_defaults(verb=alone)
        return Verbs(parser, self._everywhere, need=alone is None)


def listener(text: str) -> str:
    """A name that a sub-folder of the drop folder could have too."""
    if text.strip() in {"", ".", ".."} or "/" in text:
        raise argparse.ArgumentTypeError(f"'{text}' is no name that a folder can have")
    return text


def number(text: str) -> int:
    """A whole number from 1 on, that a database can count to."""
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 2**63):
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 on")
    return int(text)
