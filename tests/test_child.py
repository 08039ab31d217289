"""What a reader, which hostile files may take over, finds in its environment."""

import subprocess
import sys

import pytest

from scannerd.child import environment


def test_a_reader_sees_nothing_that_is_none_of_its_business(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "SCANNERD_DATABASE__URL": "postgresql://me:secret@db/scannerd",
        "PGPASSWORD": "secret",
        "PGPASSFILE": "/secret",
        "CREDENTIALS_DIRECTORY": "/run/credentials/secret",
        "NOTIFY_SOCKET": "/run/secret",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TZ", "Asia/Tokyo")

    program = "import os; print(*os.environ.items(), sep='\\n')"
    seen = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=True
    )

    assert "secret" not in seen.stdout
    assert "('TZ', 'Asia/Tokyo')" in seen.stdout
