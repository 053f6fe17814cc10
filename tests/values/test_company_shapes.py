"""Company names: the fast path equals the careful one; every legal form of the table is read and spelled one way."""

import random

import polars as pl
import pytest

from crmclean.values import companies, company_keys
from crmclean.values.company_fast import quick_parts
from crmclean.values.company_forms import all_forms
from crmclean.values.company_parts import take_apart

NAME = pl.col("name")
PHRASE = (
    "Apple Acme the The Bank of and & AT&T H&M O'Neil Coca-Cola 3M Group Holdings Co Company Corp co AB PT dba"
    " formerly I X de La SAP IBM ACME foo bar SPA Limited"
)
WORDS = PHRASE.split(" ")


def invented(seed, count):
    source = random.Random(seed)
    aliases = sorted(all_forms())
    for _ in range(count):
        name = " ".join(source.choice(WORDS) for _ in range(source.randint(1, 4)))
        for _ in range(source.choice([0, 0, 1, 1, 1, 2])):
            alias = source.choice(aliases)
            dotted = " ".join(".".join(word) for word in alias.split(" ")) if len(alias) < 12 else alias
            spellings = [
                alias,
                alias.upper(),
                alias.title(),
                all_forms()[alias].display,
                f"{alias}.",
                dotted,
                f"{dotted}.",
            ]
            form = source.choice(spellings).replace(" ", source.choice([" ", " ", ". ", ", "]))
            name += source.choice([" ", ", "]) + form + source.choice(["", "", "."])
        name = source.choice([name, name, name, name.upper(), name.lower()])
        yield source.choice([name, name, name, name.replace(" ", "  "), f" {name}", f"{name}  "])


@pytest.mark.parametrize("seed", [1, pytest.param(random.randrange(1 << 30), id="fresh")])
def test_the_fast_path_equals_the_careful_one(seed):
    names = pl.DataFrame({"name": list(dict.fromkeys(invented(seed, 8000)))})
    texts = [judge(NAME).alias(judge.__name__) for judge in (companies.base, companies.key, companies.weak_key)]
    judged = names.select(
        "name", companies.display(NAME).struct.unnest(), *texts, companies.form_class(NAME).alias("class")
    )
    wrong = [row for row in judged.iter_rows() if row[1:] != careful(row[0])]
    assert wrong == [], f"seed {seed}"
    assert quick_parts(names)["plain"].mean() > 0.1


def careful(name):
    return (
        *companies.displayed(name),
        companies.base_of(name),
        company_keys.match_key(name),
        company_keys.loose_key(name),
        take_apart(name).kind,
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Acme Textiles pty. ltd", "Acme Textiles Pty Ltd"),
        ("Acme Textiles GmbH & Co KG", "Acme Textiles GmbH & Co. KG"),
        ("Acme Textiles Co., Ltd.", "Acme Textiles Co., Ltd."),
        ("Acme Textiles s.a", "Acme Textiles S.A."),
        ("FOO HANDELSBOLAG", "FOO HANDELSBOLAG"),  # FOO HB would be a name
        ("Textiles of Pty Ltd", "Textiles of Pty Ltd."),
    ],
)
def test_forms_of_several_words_and_with_dots_are_spelled_one_way(name, shown):
    assert pl.DataFrame({"name": [name]}).select(companies.display(NAME).struct.field("value")).item() == shown
    assert companies.displayed(name)[0] == shown


def test_every_form_in_its_standard_spelling_is_read_again_and_stays():
    wrong = []
    for form in set(all_forms().values()):
        name = f"Foo {form.display}"
        parts = take_apart(name)
        read = (parts.core, parts.kind, len(parts.back))
        if read != ("Foo", form.kind, 1) or companies.displayed(name) != (name, None):
            wrong.append((form, read))
    assert len(all_forms()) > 700
    assert wrong == []


def test_every_alias_behind_a_name_is_read():
    always = {alias: form for alias, form in all_forms().items() if form.when is None}
    assert [alias for alias in always if take_apart(f"Foo {alias}").core != "Foo"] == []


def test_a_form_alone_is_a_name():
    assert [form for form in {form.display for form in all_forms().values()} if take_apart(form).core != form] == []


@pytest.mark.parametrize("text", ["Foo Inc " * 125_000, "(" * 1_000_000, "S. " * 300_000, "- " * 500_000])
def test_a_cell_of_a_megabyte_is_kept_whole(text):
    assert take_apart(text).core == text
    assert company_keys.match_key(text)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Acme Co", "acme"),
        ("Acme Company", "acme"),
        ("Acme Holdings Ltd", "acme"),
        ("Acme Corp Group", "acme"),
        ("Barnes & Co", "barnes"),
        ("Holdings", "holdings"),
        ("Group Acme", "groupacme"),
        ("Acme Ltd (UK)", "acme"),
        ("Müller AG", "muller"),
        ("Mueller AG", "muller"),
        ("Muller AG", "muller"),
        ("Mueller & Söhne", "mullerandsohne"),
    ],
)
def test_the_weaker_key_finds_candidates(name, key):
    assert pl.DataFrame({"name": [name]}).select(companies.weak_key(NAME)).item() == key
    assert company_keys.loose_key(name) == key


@pytest.mark.parametrize(("one", "other"), [("Foo GmbH", "Foo AG"), ("Foo Ltd", "Foo Inc"), ("Foo SARL", "Foo SA")])
def test_equal_names_of_two_classes_are_told_apart_by_the_class(one, other):
    assert company_keys.match_key(one) == company_keys.match_key(other)
    assert take_apart(one).kind != take_apart(other).kind
