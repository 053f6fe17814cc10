"""The scorecard as a page for people, as Markdown for pull requests and as JUnit for CI."""

from collections.abc import Iterator, Sequence

import polars as pl

from crmclean.hygiene.owner_lists import largest, with_names
from crmclean.hygiene.scorecard import Scorecard
from crmclean.reports.formats import Formats
from crmclean.reports.junit import Case, junit_document
from crmclean.reports.markdown import cell, section_text
from crmclean.reports.pages import page
from crmclean.reports.results import TableView
from crmclean.reports.roi import Figure, roi_section
from crmclean.reports.scorecard_view import (
    WORTH,
    areas,
    attention,
    breakdowns,
    causes,
    facts,
    headline,
    owner_lines,
    scoring,
    shown,
    status,
    unmeasured,
)
from crmclean.reports.section import Section, told_lines

_TOP = 25  # exceptions on the page


def webpage(
    card: Scorecard, lists: pl.DataFrame, index: pl.DataFrame, worth: Sequence[Figure], formats: Formats
) -> str:
    """Return scorecard.html; every text from the data stays text."""
    after = (
        owner_lines(index, formats),
        _largest(card, lists, formats),
        roi_section(worth, WORTH),
        breakdowns(card, formats, names=True),
        scoring(card, formats),
        _unmeasured(card),
    )
    return page("scorecard").render(
        headline=headline(card),
        facts=facts(card, formats),
        score="?" if card.score is None else f"{card.score:.0f}",
        bad=bool(card.missed),
        moved=card.points > 1,
        before=(attention(card, formats), causes(card)),
        areas=[(title, [shown(row, formats) for row in rows]) for title, rows in areas(card)],
        after=after,
        told_lines=told_lines,
        is_number=lambda each: isinstance(each, int | float),
    )


def markdown(card: Scorecard, worth: Sequence[Figure], formats: Formats) -> str:
    """Return scorecard.md; without names of people or records."""
    sections = [
        attention(card, formats),
        *_tables(card, formats),
        causes(card),
        roi_section(worth, WORTH),
        scoring(card, formats),
        _unmeasured(card),
    ]
    parts = [f"# CRM scorecard: {cell(headline(card))}", cell(facts(card, formats))]
    parts += [
        part for section in sections if any(table.rows for table in section.tables) for part in section_text(section)
    ]
    return "\n\n".join(parts) + "\n"


def junit(card: Scorecard, formats: Formats) -> str:
    """Return junit.xml: a case for each measure with a target; watched ones pass, unmeasurable ones are skipped."""
    return junit_document("CRM scorecard", list(_cases(card, formats)))


def _cases(card: Scorecard, formats: Formats) -> Iterator[Case]:
    for row in card.rows:
        line = shown(row, formats)
        failure = f"{line.value} against {line.target or 'the rule'}, {status(row)}" if row.value.met is False else None
        if row.regressed and row.accepted_value is not None:
            was = formats.value(row.accepted_value, row.value.measure.unit)
            failure = f"{failure or line.value}; worse than the accepted {was}"
        yield Case(row.value.measure.area, line.label, failure, row.value.reason)


def _tables(card: Scorecard, formats: Formats) -> Iterator[Section]:
    columns = ("measure", "value", "target", "status", "since last run", "exceptions", "new", "fixed", "owner")
    for title, rows in areas(card):
        lines = []
        for row in rows:
            line = shown(row, formats)
            counts = (line.exceptions, line.new, line.fixed)
            lines.append((line.label, line.value, line.target, line.status, line.trend, *counts, line.owner))
        yield Section(title, (TableView("", columns, tuple(lines)),))


def _largest(card: Scorecard, lists: pl.DataFrame, formats: Formats) -> Section:
    """Return the exceptions that most money hangs on."""
    top = with_names(card, largest(lists, _TOP).drop_nulls("money"))
    count = lists.filter((pl.col("state") != "fixed") & pl.col("money").is_not_null()).height
    rows = tuple(
        (row["name"] or row["record"], row["problem"], row["owner"] or "(nobody)", formats.number(row["money"], 0),
         formats.day(row["since"]), row["to_do"])
        for row in top.iter_rows(named=True)
    )  # fmt: skip
    columns = ("record", "problem", "owner", "money at stake", "since", "what to do")
    return Section(
        "Largest exceptions",
        (TableView("", columns, rows),) if rows else (),
        max(count - _TOP, 0),
        "exceptions.csv",
    )


def _unmeasured(card: Scorecard) -> Section:
    rows = unmeasured(card)
    return Section("Not measurable", (TableView("", ("measure", "why"), rows),) if rows else ())
