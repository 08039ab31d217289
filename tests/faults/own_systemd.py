"""A systemd of its own for one test: process 1 of a container of namespaces, on this machine's files, read-only.

It runs one service and nothing of this machine's: its units are those of one folder, and /etc, /home, /root, /run,
/tmp and /var are its own. What it cannot have here is a reason to skip, and names itself.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

HERE = "/run/machine"
"""The machine's own folder, as it is seen inside."""
UID = 64_990
_SYSTEMD = next((path for path in ("/usr/lib/systemd/systemd", "/lib/systemd/systemd") if os.access(path, os.X_OK)), "")
_TARGETS = ("sysinit", "basic", "shutdown", "multi-user", "network-online", "remote-fs", "idle")
_BOOT_SECONDS = 120

_BOOT = """\
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/systemd {here} /run/etc /run/etc-work
mount --bind {folder} {here}
for place in {kept}; do mkdir -p /run/kept$place; mount --rbind $place /run/kept$place; done
mount -t overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/etc-work overlay /etc
echo 'scannerd:x:{uid}:{uid}::/var/lib/scannerd:/usr/sbin/nologin' >>/etc/passwd
echo 'scannerd:x:{uid}:' >>/etc/group
mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs /var
mkdir -p /var/lib /var/tmp && chmod 1777 /var/tmp
mount --bind {here}/lib /var/lib
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=755 tmpfs /root
mount -t tmpfs -o mode=755 tmpfs /home
mkdir /home/anna
for place in {kept}; do mkdir -p $place; mount --rbind /run/kept$place $place; done
mount -o remount,bind,ro /
mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys
mount --make-rshared /
export container=test SYSTEMD_UNIT_PATH={here}/units SYSTEMD_GENERATOR_PATH= SYSTEMD_ENVIRONMENT_GENERATOR_PATH=
exec {systemd} --system --unit=test.target --show-status=0 </dev/null
"""


class Machine:
    """One systemd, and the words it is asked in."""

    def __init__(self, folder: Path) -> None:
        """Start it, or skip the test; it works in `folder` alone."""
        _refuse_what_is_lacking()
        self.folder = folder
        self._cgroup = _own_cgroup()
        self._process: subprocess.Popen[bytes] | None = None
        self._one = 0
        try:
            self._start()
        except BaseException:
            self.end()
            raise

    def _start(self) -> None:
        for name in ("units", "lib"):
            (self.folder / name).mkdir(mode=0o755)
        for target in (*_TARGETS, "test"):
            (self.folder / "units" / f"{target}.target").write_text("[Unit]\nDefaultDependencies=no\n")
        words = {"here": HERE, "folder": shlex.quote(str(self.folder)), "uid": UID, "systemd": _SYSTEMD}
        (self.folder / "boot").write_text(_BOOT.format(kept=" ".join(map(shlex.quote, _kept())), **words))
        spaces = ("--mount", "--pid", "--fork", "--uts", "--ipc", "--cgroup", "--kill-child", "--mount-proc")
        enter = ("sh", "-c", 'echo $$ >"$0"/cgroup.procs; exec "$@"', str(self._cgroup))
        with (self.folder / "boot.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*enter, "setpriv", "--pdeathsig=KILL", "unshare", *spaces, "sh", str(self.folder / "boot")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"PATH": os.environ["PATH"]},
                start_new_session=True,
            )
        until = time.monotonic() + _BOOT_SECONDS
        while not self._is_up():
            if self._process.poll() is not None or time.monotonic() > until:
                why = (self.folder / "boot.log").read_text().strip().splitlines()
                pytest.skip(f"no systemd can be had here: {why[-1] if why else 'it does not answer'}")
            time.sleep(0.05)

    def _is_up(self) -> bool:
        with suppress(OSError, ValueError):
            processes = (self._cgroup / "init.scope" / "cgroup.procs").read_text().split()
            # The first in there besides `unshare` itself is process 1.
            self._one = next((int(pid) for pid in processes if _number_inside(int(pid)) == 1), 0)
            return self._one != 0 and self.systemctl("show", "--property=Version").returncode == 0
        return False

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """A command in there, as root."""
        return self._inside(self._one, "--mount", "--pid", "--uts", "--ipc", "--cgroup", *map(str, words))

    def run_beside(self, pid: int, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """A command of root's that sees the files as one of the processes does; the number is the one inside."""
        outside = next(one for one in self._processes() if _is_inside(one, pid))
        return self._inside(outside, "--mount", *map(str, words))

    def _inside(self, pid: int, *words: str) -> subprocess.CompletedProcess[str]:
        environ = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        command = ["nsenter", f"--target={pid}", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environ, cwd="/")

    def systemctl(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run("systemctl", "--no-pager", *words)

    def shows(self, unit: str, *names: str) -> list[str]:
        """What it says of a unit, one value for each name."""
        said = self.systemctl("show", *(f"--property={name}" for name in names), unit).stdout
        values = dict(line.split("=", 1) for line in said.splitlines())
        return [values[name] for name in names]

    def in_service(self, unit: str) -> list[int]:
        """The processes of a service, by their numbers outside."""
        with suppress(OSError):
            return list(map(int, (self._cgroup / "system.slice" / unit / "cgroup.procs").read_text().split()))
        return []

    def _processes(self) -> list[int]:
        found = []
        for place in self._cgroup.rglob("cgroup.procs"):
            with suppress(OSError):
                found += list(map(int, place.read_text().split()))
        return found

    def end(self) -> None:
        """All of it goes with its process 1, whose parent we started."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        until = time.monotonic() + _BOOT_SECONDS
        while self._processes() and time.monotonic() < until:
            time.sleep(0.02)
        for place in sorted((one for one in self._cgroup.rglob("*") if one.is_dir()), reverse=True):
            place.rmdir()
        self._cgroup.rmdir()


_OWN = ("/etc", "/home", "/root", "/run", "/tmp", "/var")  # folders that the machine or its service has for itself


def _refuse_what_is_lacking() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can have a systemd of his own")
    hidden = next((folder for folder in _OWN if Path(sys.prefix).is_relative_to(folder)), None)
    if hidden:
        pytest.skip(f"this Python lies in {hidden}, where a service sees nothing of it")
    for program in ("unshare", "nsenter", "setpriv", "systemctl"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not here")
    if not _SYSTEMD:
        pytest.skip("systemd is not here")
    said = subprocess.run([_SYSTEMD, "--version"], capture_output=True, text=True, check=False).stdout.split()
    if len(said) < 2 or not said[1].isdecimal() or int(said[1]) < 252:
        pytest.skip(f"systemd 252 or newer is not here: {' '.join(said[:2])}")


def _own_cgroup() -> Path:
    """A control group below our own, made for this machine."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    root = next((Path(fields[1]) for fields in mounts if fields[2] == "cgroup2"), None)
    ours = [line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")]
    if root is None or not ours:
        pytest.skip("there are no control groups (v2) here")
    made = root / ours[0].lstrip("/") / f"scannerd-test-{os.getpid()}"
    try:
        made.mkdir()
    except OSError as exc:
        pytest.skip(f"no control group can be made here: {exc.strerror}")
    return made


def _kept() -> list[str]:
    """What of the places that are made anew has to stay: Python, its packages, and the checkout."""
    needed = {Path(sys.base_prefix), Path(sys.prefix), Path(__file__).parents[2]}
    covered = tuple(map(Path, ("/root", "/home", "/tmp", "/var", "/run")))
    found = sorted(path for path in needed if any(path.is_relative_to(place) for place in covered))
    return [str(path) for path in found if not set(path.parents) & set(found)]


def _is_inside(outside: int, pid: int) -> bool:
    """Whether this process is still there, and has that number in its own namespace."""
    with suppress(OSError):
        return _number_inside(outside) == pid
    return False


def _number_inside(pid: int) -> int:
    """Of a process, the number that it has in its own namespace."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[-1]) for line in lines if line.startswith("NSpid:"))
