"""Plain text: blanks, invisible characters, Unicode form C (UAX #15)."""

import polars as pl

from crmclean.values.results import first_reason, result, unless_plain

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
    return unless_plain(value, ~doubtful(value), _cleaned)


def cleaned_lines(value: pl.Expr) -> pl.Expr:
    r"""Return Struct{value, code} of text in several lines: \n at line ends, no outer blanks, no controls, form C."""
    return unless_plain(value, ~doubtful(value), _cleaned_lines)


def trimmed(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of text that nobody has mapped: form C, no outer blanks, else as it is."""
    return unless_plain(value, ~doubtful(value), _trimmed)


def plain(value: pl.Expr) -> pl.Expr:
    """Return the text of `cleaned`, without the reason."""
    return cleaned(value).struct.field("value")


def doubtful(value: pl.Expr) -> pl.Expr:
    """Return whether a text is not just visible ASCII with single blanks inside, which needs nothing."""
    return value.str.contains(_DOUBTFUL)


def _cleaned(text: pl.Expr) -> pl.Expr:
    visible = text.str.replace_all(_INVISIBLE, "")
    composed = visible.str.normalize("NFC")
    return _answer(text, visible, composed, composed.str.replace_all(_BLANKS, " ").str.strip_chars(" "))


def _cleaned_lines(text: pl.Expr) -> pl.Expr:
    visible = text.str.replace_all(_CONTROLS, "")
    composed = visible.str.normalize("NFC")
    return _answer(text, visible, composed, composed.str.replace_all(r"\r\n?", "\n").str.strip_chars())


def _trimmed(text: pl.Expr) -> pl.Expr:
    composed = text.str.normalize("NFC")
    return _answer(text, text, composed, composed.str.strip_chars())


def _answer(text: pl.Expr, visible: pl.Expr, composed: pl.Expr, final: pl.Expr) -> pl.Expr:
    reason = first_reason(
        (visible != text, "texts.invisible"), (final != composed, "texts.trimmed"), (final != text, "texts.unicode")
    )
    return result(pl.when(final != "").then(final), reason)
