"""The series of an audiobook, from the first field that names one: SERIES, then the movement, the show, the grouping.

The place in it is taken whole from the field beside the one that names the series; where that is silent, from a later
one that names the same series. The album is never a series.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scannerd.model.book import InSeries
from scannerd.model.names import match_key
from scannerd.model.series_names import in_series, series_in, series_number
from scannerd.parsers import values

Found = dict[str, list[str]]

_MOST = 32


def series_of(found: Found) -> tuple[InSeries, ...]:
    """In the file's order, each once."""
    told = [series for series in map(_each, _candidates(found)) if series]
    if not told:
        return ()
    others = [one for series in told[1:] for one in series]
    return tuple(one if _is_placed(one) else _placed(one, others) for one in told[0])


def _candidates(found: Found) -> Iterator[Iterable[InSeries]]:
    yield _paired(found.get("series", []), found.get("series_part") or found.get("part", []))
    yield _paired(found.get("movement", []), _movement_number(found))
    if not values.truth(found.get("podcast", ())):  # whose show is no series of books
        yield _paired(found.get("show", []), _counted(found.get("episode", [])))
    groups = (raw for field in ("group", "group_of_itunes") for raw in found.get(field, ()))
    yield (one for group in groups for one in series_in(group))


def _paired(names: list[str], numbers: list[str]) -> Iterator[InSeries]:
    """Names and places side by side, each a list of values or one with ";" in it; a lone name takes the first place."""
    named, placed = _parts(names), _parts(numbers)
    if len({match_key(name) for name in named}) == 1:  # told twice, by two taggers
        named, placed = named[:1], placed[:1]
    pairs = zip(named, placed if len(placed) == len(named) else [""] * len(named), strict=True)
    return (in_series(name, number or None) for name, number in pairs)


def _parts(raws: list[str]) -> list[str]:
    parts = (values.text(part) for raw in raws[:_MOST] for part in raw.split(";"))
    return [part for part in parts if part][:_MOST]


def _movement_number(found: Found) -> list[str]:
    """The movement's; or tone's PART, which it writes for what a whole number from 1 cannot say."""
    part = found.get("part", [])
    number = series_number(part[0]) if part else None
    is_whole = number is not None and number.end is None and number.number == int(number.number)
    return part if number is not None and not is_whole else _counted(found.get("movement_number", [])) or part


def _counted(raws: list[str]) -> list[str]:
    """Without the total behind a slash; 0 is how an empty field is written."""
    numbers = [raw.partition("/")[0].strip() for raw in raws[:_MOST]]
    return [number for number in numbers if number.strip("0")]


def _each(series: Iterable[InSeries]) -> list[InSeries]:
    kept: dict[str, InSeries] = {}
    for one in series:
        kept.setdefault(match_key(one.name), one)
    return [one for key, one in kept.items() if key][:_MOST]


def _placed(series: InSeries, others: Iterable[InSeries]) -> InSeries:
    key = match_key(series.name)
    same = (one for one in others if match_key(one.name) == key and _is_placed(one))
    found = next(same, None)
    return InSeries(series.name, found.number, found.number_text) if found else series


def _is_placed(series: InSeries) -> bool:
    return series.number is not None or series.number_text is not None
