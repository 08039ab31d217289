"""The smallest real PDFs, object by object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

XMP = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    ' xmlns:xmpidq="http://ns.adobe.com/xmp/Identifier/qual/1.0/"'
    ' xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"'
    ' xmlns:calibre="http://calibre-ebook.com/xmp-namespace"'
    ' xmlns:calibreSI="http://calibre-ebook.com/xmp-namespace-series-index"{attributes}>{elements}'
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def xmp(elements: str = "", attributes: str = "") -> bytes:
    return XMP.format(elements=elements, attributes=f" {attributes}" if attributes else "").encode()


def text(value: str) -> str:
    """A string as PDF has it."""
    return "<" + (b"\xfe\xff" + value.encode("utf-16-be")).hex() + ">"


def pdf(
    info: Mapping[str, str] | None = None,
    xmp: bytes | None = None,
    catalog: str = "",
    pages: int = 3,
    objects: Mapping[int, str] | None = None,
    trailer: str = "",
) -> bytes:
    """Pages are the objects from 100 on; whatever else is wanted has numbers from 10 on."""
    kids = " ".join(f"{100 + number} 0 R" for number in range(pages))
    made: dict[int, bytes] = {
        1: f"<</Type/Catalog/Pages 2 0 R{'/Metadata 3 0 R' if xmp is not None else ''}{catalog}>>".encode(),
        2: f"<</Type/Pages/Count {pages}/Kids[{kids}]>>".encode(),
    }
    if xmp is not None:
        made[3] = b"<</Type/Metadata/Subtype/XML/Length %d>>stream\n%s\nendstream" % (len(xmp), xmp)
    if info is not None:
        made[4] = ("<<" + "".join(f"/{key}{text(value)}" for key, value in info.items()) + ">>").encode()
        trailer += "/Info 4 0 R"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 1 1]>>"
    made |= {100 + number: page for number in range(pages)}
    made |= {number: content.encode() for number, content in (objects or {}).items()}
    return assembled(made, trailer)


def assembled(objects: Mapping[int, bytes], trailer: str = "") -> bytes:
    """A file of these objects, with a table of where they are."""
    made, places = b"%PDF-1.7\n", dict[int, int]()
    for number, content in objects.items():
        places[number] = len(made)
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    at = len(made)
    made += b"xref\n0 1\n0000000000 65535 f \n"
    for number in sorted(places):
        made += b"%d 1\n%010d 00000 n \n" % (number, places[number])
    size = max(places) + 1
    return made + f"trailer\n<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{at}\n%%EOF\n".encode()


def outline(entries: Sequence[tuple[int, str, str]]) -> dict[int, str]:
    """Objects from 10 on: an outline of (level, title, what more the entry has), with its links."""
    numbers = range(11, 11 + len(entries))
    made = {10: "<</Type/Outlines/First 11 0 R>>"}
    for at, (level, title, more) in enumerate(entries):
        links = ""
        if at + 1 < len(entries) and entries[at + 1][0] > level:
            links += f"/First {numbers[at + 1]} 0 R"
        for later in range(at + 1, len(entries)):
            if entries[later][0] <= level:
                links += f"/Next {numbers[later]} 0 R" if entries[later][0] == level else ""
                break
        made[numbers[at]] = f"<</Title{text(title)}{links}{more}>>"
    return made
