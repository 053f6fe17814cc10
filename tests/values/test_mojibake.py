"""Mojibake is repaired; text that only looks odd stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmclean.values.mojibake import judge

KEPT = [
    "José", "Müller", "São Paulo", "Łódź", "Jiří Dvořák", "Ångström", "ÄÖÜ", "GROßE", "Â", "Ã", "50 °C", "naïve café",
    "„Ä‘ und Ö–Ü“", "SÖ–Wien", "Ã la carte", "ÉÉ", "Привет", "山田", "plain", "", "Château", "¿Qué?", "BJÖRN®",
]  # fmt: skip
NAMES = [
    "José",
    "Müller",
    "São Paulo",
    "Łódź",
    "Dvořák",
    "Ångström",
    "Straße",
    "it’s",
    "“Café”",
    "5 €",
    "Acme™",
    "Đorđe",
]


@pytest.mark.parametrize("text", KEPT)
def test_sound_text_stays(text):
    assert judge(text) == (text, None)


@pytest.mark.parametrize("text", NAMES)
def test_damaged_text_is_repaired(text):
    broken = text.encode().decode("cp1252", "ignore")
    if broken.encode("cp1252", "ignore") == text.encode():
        assert judge(broken) == (text, "texts.mojibake")


@pytest.mark.parametrize("text", ["José", "Müller", "Straße", "São"])
def test_text_damaged_twice_is_repaired_twice(text):
    once = text.encode().decode("cp1252").encode().decode("cp1252")
    assert judge(once) == (text, "texts.mojibake")


@given(st.text(alphabet="aÃÂâ€™©éÄÅ‘ß–®ñ ", max_size=8))
def test_repairing_again_changes_nothing(text):
    fixed, _ = judge(text)
    assert judge(fixed) == (fixed, None)
