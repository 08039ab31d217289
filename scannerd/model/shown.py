"""Names as they may be shown to people: on one line, and nothing in them that moves a terminal's cursor. Pure."""

from __future__ import annotations


def shown(name: str) -> str:
    """The name with control characters, and bytes that are no UTF-8, spelled out: `\\n`, `\\xff`."""
    return name if name.isprintable() else "".join(char if char.isprintable() else _spelled(char) for char in name)


def _spelled(char: str) -> str:
    if "\udc80" <= char <= "\udcff":  # how Python holds a byte of a name that is no UTF-8
        return f"\\x{ord(char) & 0xFF:02x}"
    return char.encode("unicode_escape").decode()
