"""Titles of comics that count volumes or chapters, in one form whatever way they are printed. Pure.

    Naruto #5, Naruto vol. 5, Naruto 005 (2003) (digital)     Naruto v005
    Naruto ch. 42                                              Naruto c042
    Naruto v1-3                                                Naruto v001-003
    Naruto c10.5                                               Naruto c010.5

So they sort, and two readers of one shelf find the same.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from scannerd.model.book import InSeries, NumberUnit, SeriesNumber, Told
from scannerd.model.names import match_key
from scannerd.model.series_names import comic_place


def comic_title(name: str, number: SeriesNumber) -> str:
    mark = "c" if number.unit is NumberUnit.CHAPTER else "v"
    end = f"-{_padded(number.end)}" if number.end is not None else ""
    return f"{name} {mark}{_padded(number.number)}{end}"


def _padded(number: Decimal) -> str:
    sign = "-" if number < 0 else ""
    whole, _, fraction = f"{abs(number):f}".partition(".")
    return f"{sign}{whole:0>3}" + (f".{fraction}" if fraction else "")


def with_comic_title(told: Told) -> Told:
    """What a comic says of itself, its title in that form, and its series by the title where it names none.

    Without a title, series and number make one. A title that counts something else than its series ("Naruto": "The Road
    to Konoha 2") stays as it is.
    """
    if not told.title:
        return replace(told, title=_title_by_series(told))
    place = comic_place(told.title)
    if place is None:
        return told
    name, number = place
    if not told.series:
        return replace(told, title=comic_title(name, number), series=(InSeries(name, number),))
    if match_key(name) in {match_key(one.name) for one in told.series}:
        return replace(told, title=comic_title(name, number))
    return told


def _title_by_series(told: Told) -> str | None:
    first = told.series[0] if told.series else None
    if first and first.number:
        return comic_title(first.name, first.number)
    return f"{first.name} {first.number_text}" if first and first.number_text else None
