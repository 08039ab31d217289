"""What the fault tests stand on: a seed, a cluster to copy, an import nobody disturbed, and proof that nothing stays.

A plain run takes a sample, chosen by the seed that pytest-randomly prints (`--randomly-seed=N` repeats it);
SCANNERD_TEST_FAULTS=all takes everything, on bigger exports.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# pytest's importlib mode gives tests no folder to import from, and these share more than fixtures.
sys.path.append(str(Path(__file__).parent))

from content import content, lying_in
from home import Home, Undisturbed
from made_exports import Play, drop_all, history
from moments import ALL, sample
from running import environment, wait_until, working_in

from scannerd.db.binaries import Binaries

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("faults")
            # Above the patience of a single wait, so that a failure says what was waited for.
            item.add_marker(pytest.mark.timeout(600))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`moment`: where to strike; `chance`: what draws it. The ids name the seed, so that all workers agree."""
    seed = int(metafunc.config.getoption("randomly_seed", 1) or 1)
    name = metafunc.function.__name__
    if "moment" in metafunc.fixturenames:
        all_, some = metafunc.function.moments
        moments = sample(random.Random(f"{seed} {name}"), all_ if ALL else some)
        ids = [f"seed-{seed}-{number}-{moment}" for number, moment in enumerate(moments, 1)]
        metafunc.parametrize("moment", moments, ids=ids)
    if "chance" in metafunc.fixturenames:
        in_full, in_sample = metafunc.function.strikes
        chances = [random.Random(f"{seed} {name} {number}") for number in range(in_full if ALL else in_sample)]
        metafunc.parametrize("chance", chances, ids=[f"seed-{seed}-{number}" for number in range(len(chances))])


@pytest.fixture(scope="session")
def faults_folder(new_open_folder: Callable[[], Path]) -> Iterator[Path]:
    """Everything that the fault tests start works below this folder, and nothing may be left of it."""
    folder = new_open_folder()
    command = [sys.executable, str(HERE / "sweeper.py"), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment(), start_new_session=True):
        yield folder
        assert working_in(folder) == [], "a fault test left processes running"


@pytest.fixture(scope="session")
def template(faults_folder: Path, postgres: Binaries) -> Path:
    """A state folder with a durable, migrated, stopped cluster, to be copied and never used."""
    home = faults_folder / "template"
    home.mkdir()
    made = Home(home, _settings(home, postgres))
    try:
        made.daemon.start()
        made.wait_for_a_look()
        # Else every daemon on a copy would begin with the housework, beside what is tested.
        wait_until(lambda: made.daemon.count("upkeep_done") == 1, "the housework of a first start is done")
        made.look.close()
        assert made.daemon.stop() == 0
    finally:
        made.end()
    return made.state


def _settings(folder: Path, postgres: Binaries) -> dict[str, dict[str, str]]:
    return {
        "state": {"folder": str(folder / "state")},
        "database": {"binaries": str(postgres.folder)},
        "inbox": {"settle": "50ms", "rescan": "100ms", "time_zone": "Europe/Berlin"},
        "log": {"format": "json"},
    }


@pytest.fixture
def new_home(faults_folder: Path, template: Path, postgres: Binaries) -> Iterator[Callable[..., Home]]:
    """Make a home: on a private cluster of its own, or with `url` on that database; `drop` and `folder` say where."""
    made: list[Home] = []

    def make(*, url: str | None = None, drop: Path | None = None, folder: Path | None = None) -> Home:
        place = folder or Path(tempfile.mkdtemp(prefix="home-", dir=faults_folder))
        place.chmod(0o755)
        settings = _settings(place, postgres)
        if url is not None:
            settings["database"] = {"url": url}
        else:
            subprocess.run(["cp", "-a", template, place / "state"], check=True)
        if drop is not None:
            settings["inbox"] |= {"drop_folder": str(drop)}
        said = Path(tempfile.mkdtemp(prefix="said-", dir=faults_folder)) if folder else None
        made.append(Home(place, settings, url, said))
        made[-1].drop.mkdir(parents=True, exist_ok=True)
        return made[-1]

    yield make
    for home in made:
        home.end()
        if not home.folder.is_mount():
            shutil.rmtree(home.folder)


@pytest.fixture
def fresh(new_database: Callable[[str], str], migrated: str) -> str:
    """A second database, for a scan that nobody disturbs."""
    return new_database(migrated)


@pytest.fixture
def home(new_home: Callable[..., Home]) -> Home:
    """A home on a private cluster."""
    return new_home()


@pytest.fixture(scope="session")
def told() -> list[Play]:
    """The history that the exports tell; in full, one of them needs several batches to be resolved."""
    return history(24_000, 22_000) if ALL else history(3_000, 1_500)


@pytest.fixture(scope="session")
def undisturbed(faults_folder: Path, template: Path, postgres: Binaries, told: list[Play]) -> Undisturbed:
    """All exports taken in by a daemon that nobody disturbed."""
    folder = faults_folder / "undisturbed"
    folder.mkdir()
    subprocess.run(["cp", "-a", template, folder / "state"], check=True)
    home = Home(folder, _settings(folder, postgres))
    try:
        expected = drop_all(home.drop, told)
        home.daemon.start()
        home.wait_until_idle()
        found = Undisturbed(content(home.look), lying_in(home.drop))
        assert sorted(found.files) == expected
        home.look.close()
        assert home.daemon.stop() == 0
    finally:
        home.end()
        shutil.rmtree(folder)
    return found


@pytest.fixture
def small_disk(faults_folder: Path) -> Iterator[Callable[[int], Path]]:
    """Mount a disk of so many bytes."""
    made: list[Path] = []

    def mount(size: int) -> Path:
        if os.geteuid() != 0:
            pytest.skip("only root can mount a small disk to fill")
        place = Path(tempfile.mkdtemp(prefix="disk-", dir=faults_folder))
        command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", place]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
        made.append(place)
        return place

    yield mount
    for place in made:
        subprocess.run(["umount", "--lazy", place], check=True)
        place.rmdir()
