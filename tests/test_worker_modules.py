"""What a worker process imports: it starts fast, holds no connection and knows no settings."""

import json
import subprocess
import sys

import pytest

NOT_IN_A_WORKER = {"asyncio", "psycopg", "psycopg_binary", "pydantic", "pydantic_settings", "apscheduler", "watchfiles"}
LOADED_BY = """
import json, pkgutil, sys
import scannerd.{package} as package
names = [package.__name__, *(module.name for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."))]
for name in names:
    __import__(name)
print(json.dumps(sorted(sys.modules)))
"""


@pytest.mark.parametrize("package", ["model", "formats", "parsers"])
def test_a_worker_imports_neither_loop_nor_database_nor_settings(package: str) -> None:
    code = LOADED_BY.format(package=package)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout))
    assert loaded & NOT_IN_A_WORKER == set()
    assert not {name for name in loaded if name.startswith(("scannerd.db", "scannerd.config", "scannerd.inbox"))}
