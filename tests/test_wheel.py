"""What is shipped: the package, its SQL and its units, in the wheel, the sdist and the wheel made from the sdist."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def sql_files() -> list[str]:
    return sorted(file.relative_to(ROOT / "sql").as_posix() for file in (ROOT / "sql").rglob("*.sql"))


def service_files() -> list[str]:
    folder = ROOT / "systemd"
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def modules() -> list[str]:
    return sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / "scannerd").rglob("*.py"))


def build(source: Path, target: Path, kind: str) -> Path:
    """Build with the tools that are here, as a network is not needed for it."""
    command = [sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", str(target), str(source)]
    environ = os.environ | {"SOURCE_DATE_EPOCH": "1700000000"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(target.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("sdist"), "sdist")


def names_in(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def below(folder: str, wheel: Path) -> list[str]:
    return sorted(name.removeprefix(folder) for name in names_in(wheel) if name.startswith(folder))


def sql_in(wheel: Path) -> list[str]:
    return below("scannerd/_sql/", wheel)


def test_the_wheel_holds_every_module_and_every_sql_file(tmp_path: Path) -> None:
    wheel = build(ROOT, tmp_path, "wheel")

    assert sql_in(wheel) == sql_files()
    assert below("scannerd/_systemd/", wheel) == service_files()
    assert sorted(name for name in names_in(wheel) if name.endswith(".py")) == modules()


def test_the_sdist_holds_every_sql_file_where_the_checkout_has_it(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]

    assert sorted(name.removeprefix("sql/") for name in names if name.startswith("sql/")) == sql_files()
    assert {"LICENSE", "README.md", "CHANGELOG.md", "config.example.toml", "Makefile"} <= set(names)


def test_the_wheel_made_from_the_sdist_holds_the_same(sdist: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python has it since 3.11.4
        archive.extractall(tmp_path)
    (source,) = tmp_path.iterdir()

    wheel = build(source, tmp_path / "built", "wheel")

    assert sql_in(wheel) == sql_files()
    assert below("scannerd/_systemd/", wheel) == service_files()


def sql_found_by(**environ: str) -> list[str]:
    """What the program finds when it looks for its SQL, started away from the checkout."""
    code = (
        "from scannerd.db.queries import sql_files\n"
        "for folder in ('migrations', 'queries', 'views'):\n"
        "    for file in sql_files(folder): print(f'{folder}/{file.name}')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd="/", env=os.environ | environ
    )
    assert done.returncode == 0, done.stderr
    return sorted(done.stdout.split())


def test_an_editable_install_finds_the_sql_of_the_checkout() -> None:
    assert sql_found_by() == sql_files()


def test_an_installed_wheel_finds_the_sql_it_brought(tmp_path: Path) -> None:
    with zipfile.ZipFile(build(ROOT, tmp_path, "wheel")) as archive:
        archive.extractall(tmp_path / "site")

    assert sql_found_by(PYTHONPATH=str(tmp_path / "site")) == sql_files()
    done = subprocess.run(
        [sys.executable, "-m", "scannerd", "install-service", "--print"],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
    )
    assert "StateDirectory=scannerd" in done.stdout.splitlines(), done.stderr
