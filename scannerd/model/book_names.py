"""All that is known about names in books, through one door. Pure.

    name_lists    who is named in one field
    person_names  one person: in natural order, and sorted
    sort_titles   titles, sorted
    name_words    the words they know

What others need of it is listed below.
"""

from __future__ import annotations

from scannerd.model.name_lists import MOST_NAMES, credited_names, split_names
from scannerd.model.person_names import natural_name, sort_name
from scannerd.model.sort_titles import sort_title

__all__ = ["MOST_NAMES", "credited_names", "natural_name", "sort_name", "sort_title", "split_names"]
