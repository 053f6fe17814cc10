"""Legacy code pages are told from the letters that they make."""

import pytest

from crmclean.files.codepages import code_page

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
