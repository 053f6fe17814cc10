"""Words that tell parent and child of one name apart: Jr, sen., Filho; as a suffix, in a last name, in a mailbox."""

import polars as pl

from crmclean.matching.folding import folded
from crmclean.values.results import placed

_WORDS = {
    "jr": ("jr", "jnr", "jun", "junior", "filho", "hijo", "fils", "figlio", "d j"),
    "sr": ("sr", "snr", "sen", "senior", "pere", "d a"),
    **{word: (word,) for word in ("ii", "iii", "iv", "neto", "sobrinho")},
}
_KINDS = {word: kind for kind, words in _WORDS.items() for word in words}
_ANY = "|".join(sorted(_KINDS, key=len, reverse=True))
_SUFFIX = rf"\b({_ANY})\b"
_BEHIND = rf"^(.*\S) ({_ANY})$"  # a word behind another one of the last name: Sen and Neto alone are names
_LAST = r"[._-](jun|junior|jr|jnr|sen|senior|sr|snr)\d*@"
_MAILBOX = rf"^[^@]*[a-z][^@]*{_LAST}"


def of_suffix(suffix: pl.Expr) -> pl.Expr:
    """Return jr, sr or the like of a suffix; degrees tell nothing."""
    return folded(suffix).str.extract(_SUFFIX).replace(_KINDS)


def of_last_name(family: pl.Expr) -> pl.Expr:
    """Return the same of the last word of a folded last name of several words."""
    return family.str.extract(_BEHIND, 2).replace(_KINDS)


def of_mailboxes(addresses: pl.Series) -> pl.Series:
    """Return the same of the last word in front of the @ of addresses, as in h.meier.jun@example.com; few have one."""
    rows = addresses.str.contains(f"(?i){_LAST}").arg_true()
    said = addresses.gather(rows).str.to_lowercase().str.extract(_MAILBOX).replace(_KINDS)
    return placed(said, rows, len(addresses))


def without(family: pl.Expr) -> pl.Expr:
    """Return a folded last name without such a word behind it."""
    return pl.coalesce(family.str.extract(_BEHIND, 1), family)
