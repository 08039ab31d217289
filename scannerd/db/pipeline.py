"""Many small transactions on their way at once: each is sent without waiting for the one before.

psycopg's own pipeline waits for the server at every sync, so the two take turns, and half of the time is lost. Here a
number of transactions is sent as fast as the server takes them, and what it says of each is looked at afterwards. Each
has syncs of its own behind it, so an error ends that one only.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psycopg
from psycopg import Connection, generators
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

from scannerd.db.queries import load

TOGETHER = 128
"""Transactions that are on their way at a time: more hold more memory, and are not faster."""

Statement = tuple[str, Mapping[str, Any]]
"""A named statement and its parameters."""

_Ready = tuple[bytes, Sequence[Any], Sequence[Any] | None]
_PARAMETER = re.compile(r"%\((\w+)\)s")


def run_each(conn: Connection[Any], transactions: Sequence[Sequence[Statement]]) -> list[psycopg.Error | None]:
    """Run each of these in a transaction of its own; what went wrong with each, in their order.

    A single statement is its own transaction; several get BEGIN and COMMIT. `conn` must be outside a transaction, in
    autocommit mode. Raises psycopg.Error when the connection is lost.
    """
    sender = _Sender(conn)
    outcomes: list[psycopg.Error | None] = []
    try:
        for start in range(0, len(transactions), TOGETHER):
            outcomes += sender.run(transactions[start : start + TOGETHER])
    except BaseException:
        conn.close()  # what is on its way can neither be taken back nor waited for
        raise
    sender.forget()
    return outcomes


@dataclass(frozen=True, slots=True)
class _Query:
    """A named statement as the server wants it: with $1, $2 for its parameters."""

    sql: bytes
    parameters: tuple[str, ...]

    @classmethod
    def of(cls, name: str) -> _Query:
        sql = load()[name].sql
        parameters = tuple(dict.fromkeys(_PARAMETER.findall(sql)))
        numbered = _PARAMETER.sub(lambda found: f"${parameters.index(found[1]) + 1}", sql)
        return cls(numbered.replace("%%", "%").encode(), parameters)


@dataclass(slots=True)
class _Sender:
    """Sends over one connection; the server keeps each statement prepared until `forget`."""

    conn: Connection[Any]
    queries: dict[str, _Query] = field(
        default_factory=lambda: {"begin": _Query(b"begin", ()), "commit": _Query(b"commit", ())}
    )
    prepared: dict[tuple[str, tuple[int, ...]], bytes] = field(default_factory=dict)
    answers_due: deque[int] = field(default_factory=deque)  # each from the transaction of that number

    def run(self, transactions: Sequence[Sequence[Statement]]) -> list[psycopg.Error | None]:
        outcomes: list[psycopg.Error | None] = [None] * len(transactions)
        conn, pgconn = self.conn, self.conn.pgconn
        commands = deque(partial(self._send, number, each) for number, each in enumerate(transactions))
        pgconn.enter_pipeline_mode()
        answers = conn.wait(generators.pipeline_communicate(pgconn, commands))
        conn.wait(generators.send(pgconn))
        while len(answers) < len(self.answers_due):
            answers.append(conn.wait(generators.fetch_many(pgconn)))
        pgconn.exit_pipeline_mode()
        for number, results in zip(self.answers_due, answers, strict=True):
            for result in results:
                if result.status == ExecStatus.FATAL_ERROR and outcomes[number] is None:
                    outcomes[number] = error_from_result(result)
        self.answers_due.clear()
        return outcomes

    def forget(self) -> None:
        for name in self.prepared.values():
            with suppress(psycopg.errors.InvalidSqlStatementName):  # one that could not be prepared
                self.conn.execute(b"deallocate " + name, prepare=False)

    def _send(self, number: int, statements: Sequence[Statement]) -> None:
        """One transaction. After an error nothing is heeded up to the next sync, hence the one before COMMIT."""
        ready = [self._ready(number, name, params) for name, params in statements]
        if len(ready) == 1:
            self._execute(number, ready)
            return
        begin, commit = self._ready(number, "begin", {}), self._ready(number, "commit", {})
        self._execute(number, [begin, *ready])
        self._execute(number, [commit])

    def _ready(self, number: int, name: str, params: Mapping[str, Any]) -> _Ready:
        """The statement, prepared for parameters of these types, and the parameters as they are sent."""
        query = self.queries.get(name) or self.queries.setdefault(name, _Query.of(name))
        dumper = Transformer(self.conn)
        given = [params[each] for each in query.parameters]
        values = dumper.dump_sequence(given, [PyFormat.AUTO] * len(given))
        types = dumper.types or ()
        prepared = self.prepared.get((name, types))
        if prepared is None:
            prepared = self.prepared[name, types] = f"scannerd_{len(self.prepared)}".encode()
            self.conn.pgconn.send_prepare(prepared, query.sql, param_types=types)
            self.conn.pgconn.pipeline_sync()
            self.answers_due += (number, number)
        return prepared, values, dumper.formats

    def _execute(self, number: int, statements: Sequence[_Ready]) -> None:
        for prepared, values, formats in statements:
            self.conn.pgconn.send_query_prepared(prepared, values, param_formats=formats)
            self.answers_due.append(number)
        self.conn.pgconn.pipeline_sync()
        self.answers_due.append(number)
