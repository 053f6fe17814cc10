"""Legacy code pages are told from the letters that they make."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmclean.errors import InputError
from crmclean.files import encodings
from crmclean.files.codepages import code_page
from crmclean.files.encodings import MIXED, detect_text, utf8_of

GERMAN = "Jürgen Müller, Köln\nBärbel Groß, Straße 5\n"
FRENCH = "Hélène Lefèvre, société générale\nFrançois Côté\n"
SPANISH = "Íñigo Muñoz, Málaga, España\nJosé Peña, teléfono\n"
NORDIC = "Søren Ångström, Malmö\nBjørn Næss\n"
POLISH = "Łukasz Wójcik, Kraków, spółka\nMałgorzata Żółć, Gdańsk\n"
CZECH = "Jiří Dvořák, Plzeň\nŠtěpánka Růžičková, Děčín\n"
HUNGARIAN = "Győző Szűcs, Székesfehérvár\nErzsébet Kőrösi\n"
JAPANESE = "山田太郎,東京都\nスズキ ハナコ,さくら株式会社\n"
CHINESE = "张伟,北京市朝阳区\n王芳,上海科技有限公司\n"
RUSSIAN = "Иван Петров, Москва\nОльга Смирнова\n"

CASES = [
    (GERMAN, "cp1252"),
    (FRENCH, "cp1252"),
    (SPANISH, "cp1252"),
    (NORDIC, "cp1252"),
    (GERMAN + FRENCH + SPANISH, "cp1252"),
    ("Zoë Müller\nJosé, São Paulo\n", "cp1252"),
    ("It’s “Müller” – 5 €\n", "cp1252"),
    ("Café\n", "cp1252"),
    (GERMAN, "mac_roman"),
    (FRENCH, "mac_roman"),
    (SPANISH, "mac_roman"),
    (POLISH, "cp1250"),
    (CZECH, "cp1250"),
    (HUNGARIAN, "cp1250"),
    (POLISH, "iso8859_2"),
    (JAPANESE, "cp932"),
    (CHINESE, "gb18030"),
    (RUSSIAN, "cp1251"),
]


@pytest.mark.parametrize(("text", "page"), CASES)
def test_the_text_is_read_as_it_was_written(text, page):
    found, evidence = code_page(text.encode(page))
    assert text.encode(page).decode(found) == text
    assert evidence


@pytest.mark.parametrize(("one", "other"), [(GERMAN, FRENCH), (SPANISH * 3, NORDIC), (FRENCH, GERMAN * 4)])
def test_lines_of_two_encodings_are_each_read_as_they_were_written(tmp_path, one, other):
    lines = [*((line, "utf-8") for line in one.splitlines()), *((line, "cp1252") for line in other.splitlines())]
    lines = sorted(lines)
    content = b"".join(f"{line}\n".encode(page) for line, page in lines)
    text = detect_text(tmp_path / "x.csv", memoryview(content))
    words = utf8_of(tmp_path / "x.csv", memoryview(content), text.encoding).decode()
    assert words.splitlines() == [line for line, _ in lines]


@pytest.mark.parametrize(("text", "page"), CASES)
def test_one_legacy_page_is_not_taken_for_two_encodings(tmp_path, text, page):
    content = memoryview((text + text.replace("\n", "é\n" if page == "cp1252" else "\n")).encode(page))
    assert detect_text(tmp_path / "x.csv", content).encoding != MIXED


PIECES = [*"aé€😀\n", "a line of plain letters", *(bytes([byte]) for byte in b"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")]


@given(st.lists(st.sampled_from([piece.encode() if isinstance(piece, str) else piece for piece in PIECES]), min_size=1))
def test_a_text_is_utf_8_exactly_where_all_of_it_decodes(pieces):
    content = b"".join(pieces)
    size, encodings._BLOCK = encodings._BLOCK, 24
    try:
        valid, _ = encodings._survey(memoryview(content))
    finally:
        encodings._BLOCK = size
    assert valid is (content.decode("utf-8", "replace").encode() == content)


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(encodings, "_BLOCK", 8)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    "page", ["utf-16", "utf-16-le", "utf-32", "cp1252", "mac_roman", "cp932", "gb18030", "utf-8-sig"]
)
@pytest.mark.parametrize("words", [GERMAN, JAPANESE, CHINESE, "plain", "\ufeffname,city\n", "😀 é"])
def test_a_text_is_the_same_however_it_is_cut(tmp_path, page, words):
    content = words.encode(page, "ignore")
    text = encodings.utf8_of(tmp_path / "x.csv", memoryview(content), page)
    assert text.decode() == content.decode(page).removeprefix("\ufeff")


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    ("content", "page", "byte"), [(b"name,city\nM\xfcller", "utf-8", 11), (b"0123456\xe2\x82", "utf-8", 7)]
)
def test_the_byte_that_means_nothing_is_named_wherever_it_stands(tmp_path, content, page, byte):
    with pytest.raises(InputError, match=f"byte {byte} means nothing in {page}"):
        encodings.utf8_of(tmp_path / "x.csv", memoryview(content), page)


@pytest.mark.parametrize("encoding", ["utf8-ish", "hex", "zlib", "undefined"])
def test_what_is_no_encoding_of_text_is_refused(tmp_path, encoding):
    with pytest.raises(InputError, match=f"there is no encoding {encoding}"):
        detect_text(tmp_path / "x.csv", memoryview(b"name\nAnn\n"), encoding)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32-be", "latin-1", "shift_jis", "gb18030", "cp037"])
def test_every_encoding_of_text_may_be_named(tmp_path, encoding):
    text = detect_text(tmp_path / "x.csv", memoryview("name\nAnn\n".encode(encoding)), encoding)
    assert text.evidence == f"encoding {encoding}: given in the plan"
