"""Languages as files name them, and the shortest code of each (BCP 47 wants that): tables."""

from __future__ import annotations

# ISO 639-2/T with ISO 639-1 behind it, as the Library of Congress, who keeps ISO 639-2, lists them.
_THREE_AND_TWO = (
    "aaraa abkab afraf akaak amham araar argan asmas avaav aveae aymay azeaz bakba bambm belbe benbn bihbh bisbi bodbo"
    " bosbs brebr bulbg catca cescs chach chece chucu chvcv corkw cosco crecr cymcy danda deude divdv dzodz ellel engen"
    " epoeo estet euseu eweee faofo fasfa fijfj finfi frafr fryfy fulff glagd glega glggl glvgv grngn gujgu hatht hauha"
    " hebhe herhz hinhi hmoho hrvhr hunhu hyehy iboig idoio iiiii ikuiu ileie inaia indid ipkik islis itait javjv jpnja"
    " kalkl kankn kasks katka kaukr kazkk khmkm kikki kinrw kirky komkv konkg korko kuakj kurku laolo latla lavlv limli"
    " linln litlt ltzlb lublu luglg mahmh malml marmr mkdmk mlgmg mltmt monmn mrimi msams myamy nauna navnv nblnr ndend"
    " ndong nepne nldnl nnonn nobnb norno nyany ocioc ojioj orior ormom ossos panpa plipi polpl porpt pusps quequ rohrm"
    " ronro runrn rusru sagsg sansa sinsi slksk slvsl smese smosm snasn sndsd somso sotst spaes sqisq srdsc srpsr sswss"
    " sunsu swasw swesv tahty tamta tattt telte tgktg tgltl thath tirti tonto tsntn tsots tuktk turtr twitw uigug ukruk"
    " urdur uzbuz venve vievi volvo wlnwa wolwo xhoxh yidyi yoryo zhaza zhozh zulzu"
)
# ISO 639-2/B: what libraries and Matroska write.
_BIBLIOGRAPHIC = (
    "tibbo czecs welcy gerde greel baqeu perfa frefr armhy iceis geoka macmk maomi mayms burmy dutnl rumro slosk albsq"
    " chizh"
)
# Withdrawn codes, and countries taken for languages where no language has that code.
_WRONG = "iwhe inid jiyi jwjv moro cnzh jpja czcs dkda uauk grel scrhr sccsr chnzh japja espes spnes"
_NAMES = {
    "ar": ("arabic", "العربية"),
    "bg": ("bulgarian", "български"),
    "ca": ("catalan", "català"),
    "cs": ("czech", "čeština", "česky"),
    "cy": ("welsh", "cymraeg"),
    "da": ("danish", "dansk"),
    "de": ("german", "deutsch", "allemand", "alemán", "duits", "tedesco", "alemão"),
    "el": ("greek", "modern greek", "ελληνικά"),
    "en": ("english", "englisch", "anglais", "inglés", "inglese", "engels", "inglês", "engelska", "engelsk"),
    "eo": ("esperanto",),
    "es": ("spanish", "castilian", "español", "castellano", "spanisch", "espagnol", "spaans"),
    "et": ("estonian", "eesti"),
    "eu": ("basque", "euskara"),
    "fa": ("persian", "farsi", "فارسی"),
    "fi": ("finnish", "suomi", "finnisch"),
    "fr": ("french", "français", "francais", "französisch", "francés", "francese", "frans", "francês"),
    "ga": ("irish", "gaeilge"),
    "gl": ("galician", "galego"),
    "grc": ("ancient greek", "altgriechisch"),
    "he": ("hebrew", "עברית"),
    "hi": ("hindi", "हिन्दी"),
    "hr": ("croatian", "hrvatski"),
    "hu": ("hungarian", "magyar", "ungarisch"),
    "id": ("indonesian", "bahasa indonesia"),
    "is": ("icelandic", "íslenska"),
    "it": ("italian", "italiano", "italienisch", "italien"),
    "ja": ("japanese", "日本語", "japanisch", "japonais"),
    "ko": ("korean", "한국어", "조선말"),
    "la": ("latin", "lateinisch", "latina"),
    "lt": ("lithuanian", "lietuvių"),
    "lv": ("latvian", "latviešu"),
    "nb": ("norwegian bokmål", "bokmål"),
    "nl": ("dutch", "nederlands", "flemish", "niederländisch", "néerlandais"),
    "nn": ("norwegian nynorsk", "nynorsk"),
    "no": ("norwegian", "norsk", "norwegisch"),
    "pl": ("polish", "polski", "polnisch"),
    "pt": ("portuguese", "português", "portugues", "portugiesisch", "portugais"),
    "pt-BR": ("brazilian portuguese", "português do brasil"),
    "ro": ("romanian", "română"),
    "ru": ("russian", "русский", "russisch", "russe"),
    "sk": ("slovak", "slovenčina"),
    "sl": ("slovenian", "slovene", "slovenščina"),
    "sr": ("serbian", "српски", "srpski"),
    "sv": ("swedish", "svenska", "schwedisch"),
    "th": ("thai", "ไทย"),
    "tr": ("turkish", "türkçe", "türkisch"),
    "uk": ("ukrainian", "українська"),
    "vi": ("vietnamese", "tiếng việt"),
    "yi": ("yiddish", "ייִדיש"),
    "zh": ("chinese", "mandarin", "中文", "汉语", "漢語", "chinesisch"),
    "zh-Hans": ("simplified chinese", "简体中文"),
    "zh-Hant": ("traditional chinese", "繁體中文"),
}

_PAIRS = (_THREE_AND_TWO + " " + _BIBLIOGRAPHIC).split()
TWO_LETTERS = frozenset(pair[3:] for pair in _PAIRS)
"""Every language that has a code of two letters."""
SHORTEST = {pair[:-2]: pair[-2:] for pair in (*_PAIRS, *_WRONG.split())}
"""The code to use in place of another one."""
BY_NAME = {name: code for code, names in _NAMES.items() for name in names}
"""Languages by their English names, their own ones, and some that neighbours give them; in lower case."""
NO_LANGUAGE = frozenset(("und", "zxx", "mul", "mis", "xxx", "qaa"))
"""Codes that name none: undetermined, no words at all, several, one without a code; ID3's XXX."""
