"""Derive data/legal_form_names.csv: legal forms of companies written out in words, in many languages.

From rigour 1.3.0 (MIT), which has them from the ISO 20275 list and registers. Only forms of companies and partnerships,
and only phrases: one word alone (Institute, Fund) is a name too often. Short forms are in data/legal_forms.csv.
"""

import ast

from wheels import wheel_file, write

from crmclean.values.company_forms import Form, compare_form, short_forms

COMPANIES = {"LLC", "JSC", "LP", "LLP", "GP", "CoLtd"}
SHORTEST = 12  # characters


def main() -> None:
    """Read rigour's list and write the phrases that our own table lacks."""
    source = wheel_file("rigour==1.3.0", "rigour/data/names/org_types.py").decode()
    known = short_forms()
    rows = set()
    for form in ast.literal_eval(source[source.index("= [") + 2 :]):
        if form.get("generic") in COMPANIES:
            rows |= set(phrases(form, known))
    write("legal_form_names", ("alias", "display", "class", "when"), rows)


def phrases(form: dict, known: dict[str, Form]) -> list[tuple[str, str, str, str]]:
    """Return (alias, display, class, when) of the phrases of one form that our own table has in short."""
    short = known.get(folded(form.get("display") or form.get("compare") or ""))
    if short is None:
        return []
    aliases = {folded(alias) for alias in form["aliases"]}
    return [(alias, short.display, short.kind, "") for alias in aliases if is_phrase(alias) and alias not in known]


def folded(alias: str) -> str:
    """Return an alias in compare form, token by token."""
    return " ".join(map(compare_form, alias.replace(",", " ").split()))


def is_phrase(alias: str) -> bool:
    """Several words and nothing but letters: `gesellschaft mit beschrankter haftung`."""
    return " " in alias and len(alias) >= SHORTEST and alias.replace(" ", "").isalpha()


if __name__ == "__main__":
    main()
