"""What a role is called in OPF: MARC's relator codes, and the words that some write instead. A table."""

from __future__ import annotations

from scannerd.model.book import BookRole

_NOBODY = frozenset({"bkp", "dst", "mfr", "mrk", "pbl", "prt", "book producer", "publisher"})
"""Who made the file or sells the book; calibre names itself so."""

_ROLES: dict[str, BookRole] = {
    word: role
    for role, words in {
        BookRole.AUTHOR: ("aut", "author", "cre", "creator", "writer"),
        BookRole.NARRATOR: ("nrt", "narrator", "reader", "spk", "vac"),
        BookRole.TRANSLATOR: ("trl", "trans", "translator"),
        BookRole.EDITOR: ("edt", "editor", "com", "compiler", "edc", "red"),
        BookRole.ILLUSTRATOR: ("ill", "illustrator", "art", "artist"),
        BookRole.PENCILLER: ("penciller", "penciler"),
        BookRole.INKER: ("inker",),
        BookRole.COLORIST: ("clr", "colorist", "colourist"),
        BookRole.LETTERER: ("letterer",),
        BookRole.COVER_ARTIST: ("cov", "cover artist", "cover-artist", "cover designer"),
        BookRole.PHOTOGRAPHER: ("pht", "photographer"),
        BookRole.COMPOSER: ("cmp", "composer"),
        BookRole.INTRODUCTION: ("aui", "win", "wpr", "wfw", "introduction", "foreword", "preface"),
        BookRole.AFTERWORD: ("aft", "waw", "afterword"),
        BookRole.CONTRIBUTOR: ("ctb", "contributor", "clb", "collaborator"),
    }.items()
    for word in words
}


def roles_of(stated: list[str], *, unknown: BookRole) -> list[BookRole]:
    """The roles that are meant, each once; what is unheard of counts as `unknown`, as does no role at all.

    "http://id.loc.gov/vocabulary/relators/aut" and "marc:aut" are "aut".
    """
    words = [word.strip().lower().rpartition("/")[2].rpartition(":")[2] for word in stated]
    words = [word for word in words if word] or [""]
    return list(dict.fromkeys(_ROLES.get(word, unknown) for word in words if word not in _NOBODY))
