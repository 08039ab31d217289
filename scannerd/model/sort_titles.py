"""How titles are sorted: their article goes to the end. Pure."""

from __future__ import annotations

import re

from scannerd.model.person_names import squeezed

# In the first case, where a title has it; from the grammars. Elided ones end in an apostrophe.
_ARTICLES = {
    "en": "the a an",
    "de": "der die das ein eine",
    "fr": "le la les l' un une des",
    "es": "el la los las lo un una unos unas",
    "it": "il lo la i gli le l' un uno una un'",
    "nl": "de het een 't 'n",
    "pt": "o a os as um uma uns umas",
    "gl": "o a os as un unha",
    "ca": "el la els les l' un una",
    "sv": "den det de en ett",
    "da": "den det de en et",
    "nb": "den det de en et ei",
    "nn": "den det dei ein eit ei",
    "no": "den det de en et ei",
    "af": "die 'n",
    "hu": "a az egy",
    "eo": "la",
}
_WORDS = {language: frozenset(words.split()) for language, words in _ARTICLES.items()}
_LETTER_A = re.compile(r"(?:is|was|to|for|and|&|or|vs\.?)\b", re.IGNORECASE)
"""Behind an "A" that is the letter: "A Is for Alibi", "A to Z"."""


def sort_title(title: str, language: str | None = None) -> str:
    """ "The Hobbit" is sorted as "Hobbit, The"; without a language the articles are the English ones."""
    title = squeezed(title)
    articles = _WORDS.get((language or "en").lower().partition("-")[0], frozenset())
    article, rest = _article(title, articles)
    if not article or not any(map(str.isalnum, rest)) or _folded(title.rpartition(", ")[2]) in articles:
        return title
    if _folded(article) == "a" and _LETTER_A.match(rest):
        return title
    return f"{rest}, {article}"


def _article(title: str, articles: frozenset[str]) -> tuple[str, str]:
    """The article and what follows; it is empty where there is none."""
    word, _, rest = title.partition(" ")
    if _folded(word) in articles:
        return word, rest
    elided = re.match(r"\w{1,3}['’]", title)
    if elided and _folded(elided[0]) in articles:
        return elided[0], title[elided.end() :].lstrip()
    return "", title


def _folded(word: str) -> str:
    return word.lower().replace("’", "'")
