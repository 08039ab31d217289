"""Random damage: every reader gives rows or one of our errors, whatever it is fed."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scannerd.errors import ExportError
from scannerd.formats import FORMATS
from scannerd.formats.archive import Archive, Limits
from scannerd.formats.format import Format, ReadOptions
from scannerd.formats.recognise import head_of, looks_like, recognise
from scannerd.model.listen import Failed, Listen, Skipped

SAMPLES = Path(__file__).parent.parent / "samples"
DATA = [path.read_bytes() for path in sorted(SAMPLES.iterdir()) if path.is_file()]
READERS = {
    kind: [data for data in DATA if recognise(head_of("x", data)) is kind] or [b"[]"]
    for kind in FORMATS
    if kind.source in ("spotify", "maloja", "koito")
}
FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters() | st.sampled_from("\0\ud800\x1f\ufeff"), max_size=6)
    | st.sampled_from(["2024-05-06T07:08:09Z", "0001-01-01T00:00:00+14:00", "client:x", "1" * 400])
)
VALUE = st.recursive(SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner))


def check(kind: Format, data: bytes, *, size: int | None = None) -> None:
    with suppress(ExportError):
        for row in kind.read(io.BytesIO(data), ReadOptions(ZoneInfo("Europe/Berlin"), size or len(data))):
            assert isinstance(row, Listen | Skipped | Failed)
            if isinstance(row, Failed):
                assert row.reason.isprintable()
            if isinstance(row, Skipped | Failed):
                row.raw.encode()
                assert len(row.raw) <= 4096
            else:
                row.written.title.encode()
                assert row.listened_at.microsecond == 0


@pytest.mark.parametrize("kind", READERS, ids=lambda kind: kind.name)
@FUZZ
@given(data=st.data())
def test_flipped_and_missing_bytes(kind: Format, data: st.DataObject) -> None:
    sample = bytearray(data.draw(st.sampled_from(READERS[kind])))
    for place in data.draw(st.lists(st.integers(0, len(sample) - 1), max_size=4)):
        sample[place] = data.draw(st.integers(0, 255))
    end = data.draw(st.none() | st.integers(0, len(sample)))
    check(kind, bytes(sample[:end]), size=data.draw(st.sampled_from([None, 2**30])))


@pytest.mark.parametrize("kind", READERS, ids=lambda kind: kind.name)
@FUZZ
@given(data=st.data())
def test_any_value_at_any_place_of_a_row(kind: Format, data: st.DataObject) -> None:
    document = json.loads(data.draw(st.sampled_from(READERS[kind])))
    replace_somewhere(document, data)
    check(kind, json.dumps(document).encode())


def replace_somewhere(node: object, data: st.DataObject) -> None:
    while isinstance(node, dict | list) and node:
        places = list(node) if isinstance(node, dict) else list(range(len(node)))
        place = data.draw(st.sampled_from(places))
        inner = node[place]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.integers(0, 3)) == 0:
            node[place] = data.draw(VALUE)
            return
        node = inner


@pytest.mark.parametrize("kind", READERS, ids=lambda kind: kind.name)
@FUZZ
@given(document=VALUE)
def test_any_json_at_all(kind: Format, document: object) -> None:
    check(kind, json.dumps(document).encode())
    check(kind, json.dumps([document, {"track": document, "listened_at": document}]).encode())


@FUZZ
@given(st.sampled_from(DATA), st.binary(max_size=40), st.integers(0, 400))
def test_recognition_never_fails(sample: bytes, noise: bytes, place: int) -> None:
    for data in (noise, sample[:place] + noise + sample[place:], noise + sample):
        head = head_of("x", data)
        recognise(head)
        assert looks_like(head).isprintable()


@FUZZ
@given(st.data())
def test_a_damaged_archive_gives_members_or_one_of_our_errors(data: st.DataObject) -> None:
    import gzip
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b.json", b"[1, 2, 3]" * 20)
        archive.writestr("c.gz", gzip.compress(b"{}" * 50))
    sample = bytearray(data.draw(st.sampled_from([buffer.getvalue(), gzip.compress(b"[]" * 99)])))
    for place in data.draw(st.lists(st.integers(0, len(sample) - 1), max_size=4)):
        sample[place] = data.draw(st.integers(0, 255))
    end = data.draw(st.none() | st.integers(0, len(sample)))
    opened = Archive(io.BytesIO(bytes(sample[:end])), limits=Limits(total=10**6), beat=lambda: None)
    with suppress(ExportError):
        for member in opened.members():
            with member.open() as stream:
                stream.read()
