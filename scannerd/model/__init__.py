"""The words as types: what a listen is, why a row was not taken, how a name is compared.

Frozen dataclasses and pure rules; no I/O and nothing from outside the standard library, so that a parser worker
can import all of it without bringing the database or the settings along.

    listen   one playing of one track at one moment, as its source told it
    batch    rows packed for a COPY; the rules on time and names that every source shares
    media    what a parser makes of a media file
    shown    a name as it may be printed
    names    three strings for a name: as printed, the match key, the aliases (`name_keys`); who is named in an artist
             string (`artist_names`), where a guest begins (`featured`), which acts stay whole (`whole_names`)
"""
