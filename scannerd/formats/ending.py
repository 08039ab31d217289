"""How a file ends that somebody may still be writing: in zeros, inside a letter, without a line end.

Zeros are room that was reserved and is not written to yet, as by Windows, which makes a file as long as it will be
before it copies.
"""

from __future__ import annotations

import codecs
from typing import BinaryIO

from scannerd.formats.archive import GZIP
from scannerd.formats.decoding import marked
from scannerd.formats.zip_contents import EMPTY_ZIP, ZIP, length

_LOOKED_AT = 16
"""Bytes; what is packed may end in a few zeros of its own, and no number there is as long as this."""


def ends_in_zeros(file: BinaryIO) -> bool:
    """Whether what was written ends before the file does."""
    return _tail(file).endswith(bytes(_LOOKED_AT)) or _last_text(file).endswith("\0")


def is_torn(file: BinaryIO, *, ends_in_listen: bool) -> bool:
    """Whether the last line of a text is not whole; one without a line end is if it tells of a listen."""
    text = _last_text(file)
    if not text:
        return False  # packed, and so whole
    return text.endswith(("\0", "\N{REPLACEMENT CHARACTER}")) or not (text.endswith("\n") or ends_in_listen)


def _last_text(file: BinaryIO) -> str:
    """The last letters of a text, with a replacement character for one that is cut; nothing of what is packed."""
    file.seek(0)
    begin = file.read(4)
    if begin in (ZIP, EMPTY_ZIP) or begin.startswith(GZIP):
        return ""
    encoding, _ = marked(begin)
    return codecs.decode(_tail(file), encoding, "replace")


def _tail(file: BinaryIO) -> bytes:
    # From a multiple of four on, where letters begin in UTF-16 and UTF-32.
    file.seek(max(length(file) - _LOOKED_AT, 0) // 4 * 4)
    return file.read()
