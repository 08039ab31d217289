"""Every named statement runs against a migrated database, is used, and every used one exists."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from scannerd.db import connect, queries
from scannerd.db.queries import Query, load, run

ROOT = Path(__file__).parents[2]
RUNNERS = {"run", "copy_rows"}
PARAMETER = re.compile(r"%\((\w+)\)s")
PLANNED = re.compile(r"\s*(select|insert|update|delete|with)\b", re.IGNORECASE)
NAMES = sorted(load())


def strings_in(tree: ast.AST) -> Iterator[str]:
    """Every string of a module; of an f-string a pattern with `*` for what is put in."""
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        yield tree.value
    elif isinstance(tree, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in tree.values)
    else:
        for node in ast.iter_child_nodes(tree):
            yield from strings_in(node)


def asked_in(tree: ast.AST) -> Iterator[str]:
    """The names a module gives to what runs a statement, and to `load()[...]`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=called), args=[_, name, *_]) if called in RUNNERS:
                yield from strings_in(name)
            case ast.Subscript(value=ast.Call(func=ast.Name(id="load")), slice=name):
                yield from strings_in(name)


TREES = [ast.parse(file.read_bytes(), str(file)) for file in sorted((ROOT / "scannerd").rglob("*.py"))]
SAID = {text for tree in TREES for text in strings_in(tree)}
ASKED = {name for tree in TREES for name in asked_in(tree)}


def names_of(pattern: str) -> set[str]:
    """The statements a name means; of a name put together from parts all it can be."""
    return {name for name in NAMES if re.fullmatch(re.escape(pattern).replace(r"\*", r"\w+"), name)}


def before(query: Query) -> list[Query]:
    """What must have run, in order, each once."""
    order: dict[str, Query] = {}
    for name in query.needs:
        for earlier in (*before(load()[name]), load()[name]):
            order.setdefault(earlier.name, earlier)
    return list(order.values())


@pytest.fixture(scope="module")
def shared(new_database: Any, migrated: str) -> Iterator[psycopg.Connection[Any]]:
    with connect.connect(new_database(migrated), autocommit=True) as conn:
        yield conn


def execute(conn: psycopg.Connection[Any], query: Query) -> None:
    """Run it for real with nothing in every parameter; COPY gets no rows."""
    if query.sql.lower().startswith("copy"):
        with conn.cursor() as cursor, cursor.copy(query.sql):
            pass
    else:
        parameters = dict.fromkeys(PARAMETER.findall(query.sql))
        conn.execute(query.sql, parameters or None)


@pytest.mark.parametrize("name", NAMES)
def test_a_statement_is_sound(shared: psycopg.Connection[Any], name: str) -> None:
    query = load()[name]
    with shared.transaction(force_rollback=True):
        for earlier in before(query):
            execute(shared, earlier)
        if PLANNED.match(query.sql) and ";" not in query.sql:
            places = {name: f"${at}" for at, name in enumerate(dict.fromkeys(PARAMETER.findall(query.sql)), 1)}
            text = PARAMETER.sub(lambda found: places[found[1]], query.sql).replace("%%", "%")
            shared.execute(f"prepare named as {text}".encode())
            shared.execute("deallocate named")
        else:
            execute(shared, query)


def test_every_statement_is_used() -> None:
    used = set().union(*(names_of(text) for text in SAID if re.fullmatch(r"[\w*]+", text) and "_" in text))

    assert sorted(set(NAMES) - used) == []


def test_every_used_statement_exists() -> None:
    assert len(ASKED) > 50
    assert sorted(name for name in ASKED if not names_of(name)) == []


def test_what_a_statement_needs_exists_and_makes_no_circle() -> None:
    for query in load().values():
        assert set(query.needs) <= set(NAMES), query.place
        assert query.name not in {earlier.name for earlier in before(query)}, query.place


def test_every_statement_begins_with_a_sentence() -> None:
    for file in sorted((ROOT / "sql" / "queries").glob("*.sql")):
        text = file.read_text(encoding="utf-8")
        assert text.startswith("-- "), f"{file.name} does not say who uses it"
        for header in re.finditer(r"^-- name: (\w+)\n(.*)$", text, re.MULTILINE):
            assert re.match(r"-- [A-Z\"]", header[2]), f"{file.name}: {header[1]} has no sentence"


def test_a_name_with_a_sentence_and_needs_is_taken_apart() -> None:
    text = """-- Who uses it.

-- name: one
-- A sentence.
select 1

-- name: two
-- More.
-- needs: one three
select
  2 -- two
"""

    [one, two] = queries._parse("x.sql", text)

    assert one == Query("one", "select 1", (), "x.sql:3")
    assert two == Query("two", "select\n  2 -- two", ("one", "three"), "x.sql:7")


def test_a_name_without_sql_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^x.sql:2: empty has no SQL$"):
        queries._parse("x.sql", "\n-- name: empty\n-- Nothing.\n")


def test_a_name_given_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.sql").write_text("-- name: one\n-- A sentence.\nselect 1\n")
    (tmp_path / "b.sql").write_text("\n-- name: one\n-- A sentence.\nselect 2\n")
    monkeypatch.setattr(queries, "sql_files", lambda folder: list(tmp_path.iterdir()))
    load.cache_clear()
    try:
        with pytest.raises(ValueError, match=r"^b.sql:2: one is named before, in a.sql:1$"):
            load()
    finally:
        load.cache_clear()


def test_a_statement_runs_with_its_parameters(shared: psycopg.Connection[Any]) -> None:
    with shared.transaction(force_rollback=True):
        run(shared, "insert_listener", name="Ada", match_key="ada", time_zone="UTC")

        assert run(shared, "find_listener", match_key="ada").fetchall()[0][2:] == ("UTC", "Ada")
