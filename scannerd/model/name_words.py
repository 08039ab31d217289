"""Words that say what a name is: parts of persons' names, companies, parts in a book, nobody. Tables, in lower case."""

from __future__ import annotations

from scannerd.model.book import BookRole


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HONORIFICS = _words(
    "mr mrs ms miss mx dr prof professor rev reverend fr father sir dame lord lady sri swami rabbi imam"
    " sheikh herr frau hr fru dipl-ing mme mlle"
)
"""Before a name; left out where it is sorted (shisho: Dr, Mr, Mrs, Ms, Prof, Rev, Fr, Sir, Dame, Lord, Lady)."""

GENERATIONS = _words("jr sr jnr snr junior senior ii iii iv v vi vii viii ix x i")
"""Behind a name; kept at its end (shisho: Jr, Sr, I-V)."""

DEGREES = _words(
    "phd dphil md dds dmd dvm do jd llb llm lld ma msc mba mfa mph mse med bsc ba bs ms edd psyd pharmd dmin"
    " thd mdiv std rn cpa esq esquire cbe obe mbe kbe dbe frs usn usa usmc sj op osb ofm"
)
"""Behind a name, and left out where it is sorted."""

PARTICLES = _words(
    "van von de da di du del della dello delle degli dei do dos das la le les lo el al bin ibn bint ter ten"
    " te den der des zu zum zur af av vom"
)
"""Before the last name. In small letters they go behind the first name ("Beethoven, Ludwig van": shisho)."""

SURNAME_BEGINNINGS = _words("van von de da di du del della dei des la le les lo ter ten den der dos st saint sainte")
"""With a capital they begin the last name: Le Guin, Van Vogt, De Quincey, St. John."""

COMPANY_WORDS = _words(
    "co company inc incorporated ltd limited llc llp plc gmbh ag kg sons publishing publishers publisher"
    " publications press verlag verlagsgruppe éditions editions editorial edizioni editora uitgeverij forlag"
    " förlag books audio audiobooks audiobook media entertainment studio studios productions production"
    " pictures records recordings comics magazine university institute society association foundation"
    " committee council ministry department museum library bbc corporation corp team staff cast ensemble"
    " orchestra choir theatre theater company editors authors narrators brothers sisters gebrüder frères"
    " hermanos collective group international digital network hörbuch hörverlag"
)
"""In the name of a group or a company; who has one of them for a last name is left unsorted, which hurts less."""

COMPANY_PHRASES = ("random house", "& schuster", "& noble", "& stoughton", "& row", "& winston", "& unwin", "& faber")
COMPANY_ENDS = _words("inc ltd llc llp plc gmbh ag kg co limited incorporated company corp corporation")
"""What a comma can stand before without beginning anybody else."""

FUNCTION_WORDS = _words(
    "the of for with in on at from by to and und et oder or feat featuring vs your my our his her their its"
)
"""Not in the name of a person who has a first name and a last name: Hildegard of Bingen, Pliny the Elder."""

MONONYMS = _words(
    "aeschylus aesop apuleius aristophanes aristotle boethius catullus cicero confucius epictetus euclid"
    " euripides herodotus hesiod homer horace juvenal livy longus lucretius martial molière ovid petronius"
    " pindar plato plautus plutarch polybius sappho seneca sophocles stendhal suetonius tacitus terence"
    " thucydides virgil voltaire xenophon"
)
"""Authors of one name, who are printed before their translators: "Homer, Robert Fagles" is no Robert Fagles Homer."""

STAND_INS = _words("various diverse divers anonymous anonym anonymus unknown unbekannt")
"""One word where no name is, which is nobody's first or last name."""

NOBODY = frozenset(
    (
        *("unknown", "unknown author", "unknown authors", "unknown artist", "unknown narrator", "author unknown"),
        *(
            "unbekannt",
            "unbekannter autor",
            "autor unbekannt",
            "inconnu",
            "auteur inconnu",
            "desconocido",
            "sconosciuto",
        ),
        *("onbekend", "okänd", "ukjent", "n/a", "n.a.", "na", "none", "null", "nil", "undefined", "not available"),
        *("no author", "tba", "tbd", "et al", "et al.", "u.a.", "u. a.", "u.v.a.", "and others", "others", "more"),
        *("and more", "author", "authors", "narrator", "narrators", "?", "??", "???", "未知", "不明", "неизвестен"),
    )
)
"""What is written where no name is. "Various", "Full Cast" and "Anonymous" say something, and stay."""

ROLE_WORDS: dict[str, BookRole] = {
    word: role
    for role, words in {
        BookRole.AUTHOR: "author authors autor autorin auteur autore writer written verfasser",
        BookRole.NARRATOR: (
            "narrator narrators reader narrated read performer performed sprecher sprecherin erzähler vorleser gelesen"
            " narrateur narratrice narrador narradora lecteur lectrice lu lettore voix voice"
        ),
        BookRole.TRANSLATOR: (
            "translator translators translated trans tr transl übersetzer übersetzerin übersetzt übers traducteur"
            " traductrice traductor traductora traduttore traduttrice vertaler tradutor"
        ),
        BookRole.EDITOR: (
            "editor editors edited ed eds hrsg hg herausgeber herausgeberin éditeur redacteur curatore compiler"
            " compiled"
        ),
        BookRole.ILLUSTRATOR: (
            "illustrator illustrators illustrated illus ill illustrateur illustratrice ilustrador ilustradora"
            " illustratore artist drawings"
        ),
        BookRole.PHOTOGRAPHER: "photographer photographs photos fotograf fotos",
        BookRole.COVER_ARTIST: "cover",
        BookRole.COMPOSER: "composer music komponist musik",
        BookRole.INTRODUCTION: (
            "introduction introductions intro foreword preface vorwort einleitung einführung préface prologue prólogo"
        ),
        BookRole.AFTERWORD: "afterword nachwort postface epilogue epílogo",
        BookRole.CONTRIBUTOR: (
            "contributor contributors contribution mitwirkender adapter adapted adaptation director notes commentary"
        ),
    }.items()
    for word in words.split()
}
"""What a person did, as it is written behind the name, in brackets or behind a dash or a comma."""

ROLE_FILL = _words("by with the and und et von durch par por of a & /")
ROLE_PREFIXES = (
    *("narrated by", "read by", "written by", "performed by", "translated by", "edited by", "illustrated by"),
    *("gelesen von", "erzählt von", "gesprochen von", "übersetzt von", "herausgegeben von", "lu par", "leído por"),
    *("narrado por", "letto da", "by"),
)
