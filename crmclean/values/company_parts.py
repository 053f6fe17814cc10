"""Take one company name apart: core, legal forms, trade name and bracket part (facts: the rules in this order)."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from crmclean.values.company_forms import (
    ARTICLES,
    CJK,
    CJK_CLASS,
    CONNECTORS,
    Form,
    compare_form,
    is_form,
    prefix,
    suffixes,
)
from crmclean.values.folding import tidy

LONGEST = 400  # a longer cell is no name: it is kept as it is

_OTHER_NAME = re.compile(
    r"[\s,;(\[]+(?:d\s?/\s?b\s?/\s?a|d\.b\.a\.?|dba|doing business as|t/a|trading as|a/k/a|a\.k\.a\.?|aka|also known as"
    r"|f/k/a|f\.k\.a\.?|fka|formerly known as|formerly|previously known as|c/o)[:,]?\s+(?=\S)",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"^(.*[^\s(\[])\s*[(\[]([^()\[\]]*)[)\]]$", re.DOTALL)
_TOKEN = re.compile(r"[^\s,;，、]+")
_SPACED_INITIALS = re.compile(r"(?<=[\s,])(?:\w\. )+\w\.$")
_FULL_WIDTH = re.compile(r"[\uff01-\uff5e\uff65-\uff9f]+")  # half-width katakana as well
_EDGE = " ,;-–—|/，、"
_ENCLOSED = str.maketrans({"㈱": "株式会社", "㈲": "有限会社", "㈜": "주식회사"})
_BRACKETED = {"(株)": "株式会社", "(有)": "有限会社", "(주)": "주식회사", "(유)": "유한회사"}


@dataclass(frozen=True, slots=True)
class Parts:
    """A company name taken apart.

    core: the name without its forms. front, back: the legal forms in reading order. aside: text of a closing bracket.
    tail: the original text after the core and its forms (bracket and trade name), as it stood.
    """

    core: str
    front: tuple[Form, ...]
    back: tuple[Form, ...]
    aside: str
    tail: str

    @property
    def kind(self) -> str | None:
        """The class of the legal form that counts: the last one behind the name, else the one in front."""
        forms = self.back[-1:] or self.front[:1]
        return forms[0].kind if forms else None


@lru_cache(maxsize=1 << 16)
def take_apart(name: str) -> Parts:
    """Return the parts of one name; the core is never empty unless the name has no visible character."""
    if len(name) > LONGEST:
        return Parts(name, (), (), "", "")
    text = _plain(name)
    main, tail = _without_other_name(text.strip(_EDGE) or text)
    core, back = _without_suffixes(main)
    aside = ""
    bracket = None if back or is_form(main) else _BRACKET.match(main)
    if bracket:
        aside, tail = bracket[2], main[len(bracket[1]) :] + tail
        core, back = _without_suffixes(bracket[1])
    core, front = _without_prefix(core, bool(back))
    return Parts(core, front, back, aside, tail)


def _plain(name: str) -> str:
    text = tidy(name.translate(_ENCLOSED))
    if not text.isascii():
        text = _FULL_WIDTH.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
        for bracketed, form in _BRACKETED.items():
            text = text.replace(bracketed, form)
    return _SPACED_INITIALS.sub(_joined_form, tidy(text))


def _joined_form(found: re.Match[str]) -> str:
    """`S. A.` is `S.A.`; other initials stay as they are."""
    joined = found[0].replace(" ", "")
    return joined if is_form(joined) else found[0]


def _without_other_name(text: str) -> tuple[str, str]:
    found = _OTHER_NAME.search(text)
    return (text[: found.start()], text[found.start() :]) if found and found.start() else (text, "")


def _without_suffixes(text: str) -> tuple[str, tuple[Form, ...]]:
    core = text.strip(_EDGE) or text
    forms: tuple[Form, ...] = ()
    while len(core) <= LONGEST:
        cut = _one_suffix(core, text) or _cjk_suffix(core)
        if cut is None:
            break
        core, forms = cut[0], (cut[1], *forms)
    return core, forms


def _one_suffix(core: str, field: str) -> tuple[str, Form] | None:
    found = list(_TOKEN.finditer(core))
    compared = [compare_form(token[0]) for token in found]
    if not compared:
        return None
    for size, form in suffixes(compared):
        if size == len(compared):
            return None
        start = found[-size].start()
        if form.when and not _marked(core, start, field, capitals=form.when == "marked"):
            continue
        if _holds_up(compared[:-size]):
            return core[:start].rstrip(_EDGE), form
    return None


def _holds_up(rest: list[str]) -> bool:
    """A name does not end in a connector, and an article alone is none."""
    words = [word for word in (token.strip(_EDGE) for token in rest) if word]
    return any(word not in ARTICLES for word in words) and words[-1] not in CONNECTORS


def _marked(core: str, start: int, field: str, *, capitals: bool) -> bool:
    form, before = core[start:], core[:start]
    if "." in form or before.rstrip().endswith(","):
        return True
    return (
        capitals and form != form.lower() and before != before.upper() and field != field.upper() and not form.istitle()
    )


def _cjk_suffix(core: str) -> tuple[str, Form] | None:
    for form in () if core.isascii() else CJK:
        before = core.removesuffix(form)
        if core.endswith(form) and before.rstrip(_EDGE):
            return before.rstrip(_EDGE), Form(form, CJK_CLASS[form], gap=" " if before.endswith(" ") else "")
    return None


def _without_prefix(core: str, has_suffix: bool) -> tuple[str, tuple[Form, ...]]:
    for form in () if core.isascii() else CJK:
        behind = core.removeprefix(form)
        if core.startswith(form) and behind.lstrip(_EDGE) and not has_suffix:
            return behind.lstrip(_EDGE), (Form(form, CJK_CLASS[form], gap=" " if behind.startswith(" ") else ""),)
    found = list(_TOKEN.finditer(core)) if len(core) <= LONGEST else []
    front = prefix([compare_form(token[0]) for token in found[:3]], found[0][0]) if len(found) > 1 else None
    if front is None or is_form(core) or front[0] >= len(found) or compare_form(found[front[0]][0]) in CONNECTORS:
        return core, ()
    rest = core[found[front[0]].start() :]
    named = _holds_up([compare_form(rest)]) and not is_form(rest)
    return (rest, (front[1],)) if named else (core, ())
