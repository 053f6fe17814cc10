"""Words that tell parent and child of one name apart: Jr, sen., Filho; as a suffix, in a last name, in a mailbox."""

import polars as pl

from crmclean.matching.folding import folded

_WORDS = {
    "jr": ("jr", "jnr", "jun", "junior", "filho", "hijo", "fils", "figlio", "d j"),
    "sr": ("sr", "snr", "sen", "senior", "pere", "d a"),
    **{word: (word,) for word in ("ii", "iii", "iv", "neto", "sobrinho")},
}
_KINDS = {word: kind for kind, words in _WORDS.items() for word in words}
_ANY = "|".join(sorted(_KINDS, key=len, reverse=True))
_SUFFIX = rf"\b({_ANY})\b"
_BEHIND = rf"^(.*\S) ({_ANY})$"  # a word behind another one of the last name: Sen and Neto alone are names
_MAILBOX = r"^[^@]*[a-z][^@]*[._-](jun|junior|jr|jnr|sen|senior|sr|snr)\d*@"


def of_suffix(suffix: pl.Expr) -> pl.Expr:
    """Return jr, sr or the like of a suffix; degrees tell nothing."""
    return folded(suffix).str.extract(_SUFFIX).replace(_KINDS)


def of_last_name(family: pl.Expr) -> pl.Expr:
    """Return the same of the last word of a folded last name of several words."""
    return family.str.extract(_BEHIND, 2).replace(_KINDS)


def of_mailbox(address: pl.Expr) -> pl.Expr:
    """Return the same of the last word of an address in front of its @, as in h.meier.jun@example.com."""
    return address.str.to_lowercase().str.extract(_MAILBOX).replace(_KINDS)


def without(family: pl.Expr) -> pl.Expr:
    """Return a folded last name without such a word behind it."""
    return pl.coalesce(family.str.extract(_BEHIND, 1), family)
