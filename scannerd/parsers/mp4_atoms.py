"""The atoms of an MP4: which there are and where, without what is in them.

As mutagen's own, which its readers of tags and streams are given these instead of, but with an end: a file made of
nothing but empty atoms does not take minutes. What comes in fragments (moof) is not looked into.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from mutagen.mp4 import MP4MetadataError

_CONTAINERS = frozenset((b"moov", b"udta", b"trak", b"mdia", b"meta", b"ilst", b"stbl", b"minf"))
_SKIPPED = {b"meta": 4}  # version and flags
_MOST = 1 << 16
_DEEPEST = 12
_LARGEST = 1 << 24


class Atom:
    """One atom: `length` counts its header, `begin` is where its content does."""

    __slots__ = ("begin", "children", "length", "name", "offset")

    def __init__(self, name: bytes, offset: int, begin: int, length: int) -> None:
        self.name = name
        self.offset = offset
        self.begin = begin
        self.length = length
        self.children: list[Atom] | None = None

    @property
    def end(self) -> int:
        return self.offset + self.length

    @property
    def datalength(self) -> int:
        return self.end - self.begin

    def read(self, file: BinaryIO) -> tuple[bool, bytes]:
        """The content, and whether that is all of it: a size is believed only so far."""
        data = self.head(file, _LARGEST)
        return len(data) == self.datalength, data

    def head(self, file: BinaryIO, most: int) -> bytes:
        """The content, or as much of it as matters."""
        file.seek(self.begin)
        return file.read(min(self.datalength, most))

    def findall(self, name: bytes) -> Iterator[Atom]:
        """The children of that name."""
        return (child for child in self.children or () if child.name == name)

    def find(self, *names: bytes) -> Atom | None:
        """The first one on that path."""
        atom: Atom | None = self
        for name in names:
            atom = next(atom.findall(name), None) if atom else None
        return atom

    def path(self, *names: bytes) -> list[Atom]:
        """Every atom on the path; raises KeyError, as mutagen expects of it."""
        atoms = [self]
        for name in names:
            atoms.append(atoms[-1][name,])
        return atoms[1:]

    def __getitem__(self, names: bytes | tuple[bytes, ...]) -> Atom:
        atom = self.find(*((names,) if isinstance(names, bytes) else names))
        if atom is None:
            raise KeyError(names)
        return atom


def read_atoms(file: BinaryIO) -> Atom:
    """The whole file as one atom, which has the others in it."""
    whole = Atom(b"", 0, 0, file.seek(0, io.SEEK_END))
    _Walk(file).fill(whole, 0)
    return whole


class _Walk:
    """One walk through a file, which counts what it meets."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = _MOST

    def fill(self, parent: Atom, depth: int) -> None:
        """Find the children, and theirs."""
        parent.children = []
        at = parent.begin + _SKIPPED.get(parent.name, 0)
        while at + 8 <= parent.end and (child := self._atom(at, parent, depth)):
            parent.children.append(child)
            at = child.end

    def _atom(self, at: int, parent: Atom, depth: int) -> Atom | None:
        self._left -= 1
        if self._left < 0:
            raise MP4MetadataError(f"more than {_MOST} atoms")
        self._file.seek(at)
        head = self._file.read(16)
        begin, length, name = at + 8, int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            begin, length = at + 16, int.from_bytes(head[8:], "big")
        elif length == 0 and not depth:
            length = parent.end - at  # the last one goes to the end of the file
        if length < begin - at:
            if depth:
                return None  # the zeros that end some lists, or damage: what came before counts
            raise MP4MetadataError("an atom without a size")
        atom = Atom(name, at, begin, length)
        if name in _CONTAINERS and depth < _DEEPEST:
            if atom.end > parent.end:
                raise MP4MetadataError("truncated data")
            self.fill(atom, depth + 1)
        return atom
