"""What kind of drive a folder lies on."""

from pathlib import Path

import pytest

from scannerd.mounts import is_network_drive

MOUNTS = [
    "22 1 0:20 / / rw,relatime - ext4 /dev/sda1 rw",
    "40 22 0:30 / /volume rw,relatime shared:1 - btrfs /dev/sdb rw",
    "41 40 0:31 / /volume/nas\\040share rw,relatime - cifs //nas/share rw",
    "42 40 0:32 / /volume/pool rw - fuse.mergerfs a:b rw",
    "43 40 0:33 / /volume/usb rw - fuseblk /dev/sdc1 rw",
    "44 22 0:34 / /volumes rw - nfs4 nas:/volumes rw",
]


@pytest.mark.parametrize(
    ("folder", "is_one"),
    [
        ("/srv/drop", False),
        ("/volume/drop", False),
        ("/volume/nas share/drop", True),
        ("/volume/pool", True),
        ("/volume/usb/drop", False),
        ("/volumes/drop", True),
    ],
)
def test_a_network_drive_is_known_by_its_mount(folder: str, is_one: bool) -> None:
    assert is_network_drive(Path(folder), MOUNTS) is is_one


def test_the_last_mount_on_a_point_is_the_one_that_is_seen() -> None:
    over = "50 40 0:40 / /volume/nas\\040share rw - ext4 /dev/sdd rw"

    assert not is_network_drive(Path("/volume/nas share/drop"), [*MOUNTS, over])
