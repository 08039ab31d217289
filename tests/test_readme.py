"""What the README shows must work."""

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from scannerd.db.migrate import views
from scannerd.model.listen import SkipReason

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COOKBOOK = [
    query.strip() for block in re.findall(r"```sql\n(.*?)```", README, re.DOTALL) for query in block.split(";\n")
]


@pytest.mark.parametrize("query", [query for query in COOKBOOK if query])
def test_a_query_of_the_cookbook_runs(conn: psycopg.Connection[Any], query: str) -> None:
    conn.execute(query)


def test_every_public_view_is_named() -> None:
    assert [view for view in views() if f"`{view.removeprefix('public.')}`" not in README] == []


def test_every_reason_for_skipping_is_explained() -> None:
    flowing = " ".join(README.split())
    assert [reason.value for reason in SkipReason if f"*{reason.value}*" not in flowing] == []


def test_every_file_it_points_to_is_there() -> None:
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in target]
    assert [target for target in targets if not (ROOT / target).exists()] == []
