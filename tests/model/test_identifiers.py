"""Numbers that name a book, whatever way they are written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scannerd.model.book import IdentifierType
from scannerd.model.identifiers import identifier

T = IdentifierType
UUID = "ba6bf14c-3384-4cb4-97ba-2bf1c9267338"
PREFIXES = st.sampled_from(
    ["", "urn:", "isbn:", "ISBN ", "ISBN-13: ", "amazon:", "calibre:", "lccn:", "doi:", "urn:uuid:"]
)
SCHEMES = st.sampled_from(
    [None, "", "ISBN", "MOBI-ASIN", "uuid", "15", "02", "GTIN", "goodreads", "google", "LCCN", "x y"]
)


@pytest.mark.parametrize(
    ("value", "scheme", "type_", "normalised"),
    [
        ("9780306406157", None, T.ISBN_13, "9780306406157"),
        ("978-0-306-40615-7", "ISBN", T.ISBN_13, "9780306406157"),
        ("978 0 306 40615 7", "isbn", T.ISBN_13, "9780306406157"),
        ("９７８−０３０６４０６１５７", None, T.ISBN_13, "9780306406157"),
        ("urn:isbn:9780306406157", None, T.ISBN_13, "9780306406157"),
        ("ISBN-13: 978-0-306-40615-7", None, T.ISBN_13, "9780306406157"),
        ("ISBN 9780306406157", None, T.ISBN_13, "9780306406157"),
        ("9780306406157 (ebook)", "ISBN", T.ISBN_13, "9780306406157"),
        ("9780306406157", "15", T.ISBN_13, "9780306406157"),
        ("9780306406157", "pub-id", T.ISBN_13, "9780306406157"),
        ("9780306406157", "GTIN", T.ISBN_13, "9780306406157"),
        ("9780306406157", "UUID", T.ISBN_13, "9780306406157"),
        ("0306406152", None, T.ISBN_10, "0306406152"),
        ("0-8044-2957-x", "ISBN", T.ISBN_10, "080442957X"),
        ("0306406152", "02", T.ISBN_10, "0306406152"),
        ("0306406152", "ASIN", T.ISBN_10, "0306406152"),
        ("306406152", "ISBN", T.ISBN_10, "0306406152"),
        ("B00ABC1234", "ASIN", T.ASIN, "B00ABC1234"),
        ("b00abc1234", "MOBI-ASIN", T.ASIN, "B00ABC1234"),
        ("B00ABC1234", "AMAZON_DE", T.ASIN, "B00ABC1234"),
        ("B00ABC1234", "AUDIBLE_ASIN", T.ASIN, "B00ABC1234"),
        ("amazon:B00ABC1234", None, T.ASIN, "B00ABC1234"),
        ("B00ABC1234", None, T.ASIN, "B00ABC1234"),
        ("https://www.amazon.de/Some-Book/dp/B00ABC1234/ref=x", None, T.ASIN, "B00ABC1234"),
        ("https://www.audible.com/pd/Some-Book/B00ABC1234", None, T.ASIN, "B00ABC1234"),
        (f"urn:uuid:{UUID.upper()}", None, T.UUID, UUID),
        (f"{{{UUID}}}", "uuid", T.UUID, UUID),
        (UUID.replace("-", ""), "uuid", T.UUID, UUID),
        (f"calibre:{UUID}", None, T.UUID, UUID),
        (UUID, "MOBI-ASIN", T.UUID, UUID),
        ("10.1000/ABC", None, T.DOI, "10.1000/abc"),
        ("doi:10.1000/abc", None, T.DOI, "10.1000/abc"),
        ("https://dx.doi.org/10.1000/abc", None, T.DOI, "10.1000/abc"),
        ("77203", "goodreads", T.GOODREADS, "77203"),
        ("https://www.goodreads.com/book/show/77203.The_Kite_Runner", None, T.GOODREADS, "77203"),
        ("zyTCAlFPjgYC", "google", T.GOOGLE, "zyTCAlFPjgYC"),
        ("https://books.google.com/books?id=zyTCAlFPjgYC&hl=de", None, T.GOOGLE, "zyTCAlFPjgYC"),
        ("2003012345", "LCCN", T.OTHER, "lccn:2003012345"),
        ("LCCN: 2003012345", None, T.OTHER, "lccn:2003012345"),
        ("urn:nbn:de:101:1-2012", None, T.OTHER, "nbn:de:101:1-2012"),
        ("75960608839302811", "GTIN", T.OTHER, "gtin:75960608839302811"),
        ("759606088393", "UPC", T.OTHER, "gtin:0759606088393"),
        ("0759606088393", "EAN", T.OTHER, "gtin:0759606088393"),
        ("HTTP://WWW.Gutenberg.org/ebooks/25545", "URI", T.OTHER, "http://www.gutenberg.org/ebooks/25545"),
    ],
)
def test_a_number_is_normalised(value: str, scheme: str | None, type_: IdentifierType, normalised: str) -> None:
    found = identifier(value, scheme)

    assert found is not None
    assert (found.type, found.value) == (type_, normalised)


@pytest.mark.parametrize(
    ("value", "scheme"),
    [
        ("9780306406158", "ISBN"),
        ("0306406153", None),
        ("0000000000", "ISBN"),
        ("9790260000438", "ISBN"),
        ("B0012", "ASIN"),
        ("00000000-0000-0000-0000-000000000000", "uuid"),
        (UUID.replace("-", ""), None),
        ("123", "calibre"),
        ("123", "bookid"),
        ("zyTC", "google"),
        ("lay-pkg-flow-paginated", None),
        ("ISBN", None),
        ("-", "LCCN"),
        ("", "ISBN"),
        ("", None),
        ("x" * 600, "LCCN"),
    ],
)
def test_what_names_no_book_is_nothing(value: str, scheme: str | None) -> None:
    assert identifier(value, scheme) is None


@settings(deadline=None)
@given(PREFIXES, st.one_of(st.text(max_size=30), st.text("0123456789xXB-: ", max_size=20), st.just(UUID)), SCHEMES)
def test_a_normalised_number_stays_as_it_is(prefix: str, value: str, scheme: str | None) -> None:
    found = identifier(prefix + value, scheme)

    assert found is None or identifier(found.value, found.type) == found
    assert found is None or "\x00" not in found.value != ""


@given(st.integers(0, 999_999_999), st.sampled_from(["", "-", " ", "‐"]), st.sampled_from(["", "urn:isbn:", "ISBN: "]))
def test_an_isbn_is_the_same_whatever_its_hyphens(number: int, hyphen: str, prefix: str) -> None:
    nine = f"{number:09}"
    check = sum((10 - at) * int(digit) for at, digit in enumerate(nine))
    ten = nine + "0123456789X"[-check % 11]
    thirteen = f"978{nine}{-sum(int(digit) * (1, 3)[at % 2] for at, digit in enumerate('978' + nine)) % 10}"

    for digits in (ten, thirteen):
        written = prefix + hyphen.join((digits[:3], digits[3:5], digits[5:-1], digits[-1]))
        assert identifier(written.lower()) == identifier(digits, "ISBN")
    assert number == 0 or len(set(ten)) == 1 or identifier(ten) is not None
    assert identifier(thirteen) is not None


@given(st.uuids(), st.sampled_from(["", "urn:uuid:", "uuid:", "calibre:"]), st.booleans())
def test_a_uuid_is_the_same_however_it_is_written(number: object, prefix: str, upper: bool) -> None:
    text = str(number)

    assert identifier(prefix + (text.upper() if upper else text)) == identifier(text, "uuid")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["urn:", "a:", "1", "-", "/", "http://a/", "id=", "é"])
def test_a_hostile_number_takes_no_longer_than_its_length(piece: str) -> None:
    for length in (512, 100_000):
        identifier((piece * length)[:length], (piece * length)[:length])
        identifier(f"https://amazon.de/{piece * length}"[:length])
