"""Titles, sorted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scannerd.model.book_names import sort_title


@pytest.mark.parametrize(
    ("title", "language", "sort"),
    [
        ("The Hobbit", None, "Hobbit, The"),
        ("The Hobbit", "", "Hobbit, The"),
        ("The Hobbit", "en-GB", "Hobbit, The"),
        ("A Game of Thrones", None, "Game of Thrones, A"),
        ("An Ember", "en", "Ember, An"),
        ("the  hobbit ", None, "hobbit, the"),
        ("The The", None, "The, The"),
        ("Hobbit, The", None, "Hobbit, The"),
        ("Theodore", None, "Theodore"),
        ("The", None, "The"),
        ("A", None, "A"),
        ("The ...", None, "The ..."),
        ("A Is for Alibi", None, "A Is for Alibi"),
        ("Die Hard", None, "Die Hard"),
        ("The Hobbit", "de", "The Hobbit"),
        ("Der Prozess", "de", "Prozess, Der"),
        ("Eine kurze Geschichte", "de-DE", "kurze Geschichte, Eine"),
        ("Les Misérables", "fr", "Misérables, Les"),
        ("L'Étranger", "fr", "Étranger, L'"),
        ("L’Étranger", "fr-CA", "Étranger, L’"),
        ("L'", "fr", "L'"),
        ("Los detectives salvajes", "es", "detectives salvajes, Los"),
        ("Il nome della rosa", "it", "nome della rosa, Il"),
        ("Het diner", "nl", "diner, Het"),
        ("O Alquimista", "pt-BR", "Alquimista, O"),
        ("En man som heter Ove", "sv", "man som heter Ove, En"),
        ("吾輩は猫である", "ja", "吾輩は猫である"),
        ("", None, ""),
    ],
)
def test_an_article_goes_to_the_end(title: str, language: str | None, sort: str) -> None:
    assert sort_title(title, language) == sort


@given(
    st.lists(st.sampled_from(["The", "A", "l'", "Hobbit", ",", ", The", "is", "..."])), st.sampled_from([None, "fr"])
)
def test_the_sort_title_of_a_sort_title_is_itself(words: list[str], language: str | None) -> None:
    once = sort_title(" ".join(words), language)

    assert sort_title(once, language) == once
    assert bool(once) == bool(words)
