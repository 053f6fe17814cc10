"""Plain text: blanks, invisible characters, Unicode form C (UAX #15)."""

import polars as pl

from crmclean.values.results import result

# Cells of visible ASCII with single blanks inside need nothing; this finds the others.
_DOUBTFUL = r"[^\x21-\x7E ]|^ | $|  "
_BLANKS = r"[\s\x{1c}-\x{1f}]+"
# Controls, zero-width space, word joiner, byte order mark, soft hyphen, direction marks (UAX #9). The zero-width
# joiners U+200C and U+200D stay: Persian, Indic scripts and emoji need them.
_INVISIBLE = (
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\x{ad}\x{61c}\x{200b}\x{200e}\x{200f}\x{202a}-\x{202e}"
    r"\x{2060}\x{2066}-\x{2069}\x{feff}]"
)
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"


def cleaned(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of one line of text: no outer or double blanks, nothing invisible, form C."""
    rest = pl.when(value.str.contains(_DOUBTFUL)).then(value)
    visible = rest.str.replace_all(_INVISIBLE, "")
    composed = visible.str.normalize("NFC")
    single = composed.str.replace_all(_BLANKS, " ").str.strip_chars(" ")
    return _answer(value, rest, visible, composed, single)


def cleaned_lines(value: pl.Expr) -> pl.Expr:
    r"""Return Struct{value, code} of text in several lines: \n at line ends, no outer blanks, no controls, form C."""
    rest = pl.when(value.str.contains(_DOUBTFUL)).then(value)
    visible = rest.str.replace_all(_CONTROLS, "")
    composed = visible.str.normalize("NFC")
    lines = composed.str.replace_all(r"\r\n?", "\n").str.strip_chars()
    return _answer(value, rest, visible, composed, lines)


def trimmed(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of text that nobody has mapped: form C, no outer blanks, else as it is."""
    rest = pl.when(value.str.contains(_DOUBTFUL)).then(value)
    composed = rest.str.normalize("NFC")
    return _answer(value, rest, rest, composed, composed.str.strip_chars())


def plain(value: pl.Expr) -> pl.Expr:
    """Return the text of `cleaned`, without the reason."""
    return cleaned(value).struct.field("value")


def _answer(value: pl.Expr, rest: pl.Expr, visible: pl.Expr, composed: pl.Expr, final: pl.Expr) -> pl.Expr:
    code = (
        pl.when(visible != rest)
        .then(pl.lit("texts.invisible"))
        .when(final != composed)
        .then(pl.lit("texts.trimmed"))
        .when(final != rest)
        .then(pl.lit("texts.unicode"))
    )
    kept = pl.when(final != "").then(final)
    return result(pl.when(rest.is_null()).then(value).otherwise(kept), code)
