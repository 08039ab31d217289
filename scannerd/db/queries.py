"""Every SQL statement by its name: `run(conn, "insert_listens", export_id=3)`.

The statements live in `sql/queries/*.sql`, one file per noun. A statement begins with `-- name: verb_noun`, followed
by one sentence, an optional `-- needs: name` (a statement that must have run before, in the same session, such as one
that makes a temp table), and the SQL with `%(named)s` parameters. Callers own transactions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from psycopg import Connection, Cursor
from psycopg.rows import TupleRow

_HEADER = re.compile(r"^-- name: (\S+)\s*$", re.MULTILINE)
_NEEDS = re.compile(r"^-- needs: (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Query:
    """One named statement and where it stands."""

    name: str
    sql: str
    needs: tuple[str, ...]
    place: str


def run(conn: Connection[Any], name: str, /, **params: object) -> Cursor[TupleRow]:
    """Execute a named statement; the cursor holds what it returns."""
    return conn.execute(load()[name].sql, params or None)


@cache
def load() -> dict[str, Query]:
    """All named statements; a name given twice, or a name without SQL, is an error that says where."""
    found: dict[str, Query] = {}
    for file in sorted(sql_files("queries"), key=lambda file: file.name):
        for query in _parse(file.name, file.read_text(encoding="utf-8")):
            if query.name in found:
                raise ValueError(f"{query.place}: {query.name} is named before, in {found[query.name].place}")
            found[query.name] = query
    return found


def sql_files(folder: str) -> list[Traversable]:
    """The `.sql` files of one folder below `sql/`, wherever this installation keeps it."""
    return [file for file in (_sql_root() / folder).iterdir() if file.name.endswith(".sql")]


def _sql_root() -> Traversable:
    packaged = files("scannerd") / "_sql"
    # An editable installation has no copy inside the package: the checkout's own folder is the truth there.
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "sql"


def _parse(file: str, text: str) -> list[Query]:
    parts = _HEADER.split(text)
    queries = []
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        place = f"{file}:{text[: text.index(f'-- name: {name}')].count(chr(10)) + 1}"
        sql = "\n".join(line for line in body.splitlines() if not line.startswith("--")).strip()
        if not sql:
            raise ValueError(f"{place}: {name} has no SQL")
        needs = tuple(word for line in _NEEDS.findall(body) for word in line.split())
        queries.append(Query(name, sql, needs, place))
    return queries
