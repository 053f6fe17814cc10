"""What the pipeline derives from steps: laws 2 and 4 over random tables, and that a broken law is seen."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmclean.pipeline.applying import apply_steps
from crmclean.pipeline.laws import check_outcomes, check_replay
from crmclean.pipeline.ledger import ledger
from crmclean.plan.model import Plan, Target
from crmclean.records import CODE, FILE, INTO, OUTCOME, RECORD, ROW, SOURCE, WHY_PREFIX
from crmclean.steps.contract import Context, Step

PLAN = Plan(root=None, name="test", target=Target("hubspot"), sources=())  # type: ignore[arg-type]
CELLS = st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["a", " a ", "N/A", "A"]))
TABLES = st.lists(st.tuples(CELLS, CELLS), max_size=12)


def _named(*fields: str):
    def columns(_object: str, _columns: Sequence[str]) -> tuple[str, ...]:
        return fields

    return columns


def _trimmed(frame: pl.LazyFrame, _context: Context) -> pl.LazyFrame:
    return frame.with_columns(pl.col("first_name", "last_name").str.strip_chars())


def _lowered(frame: pl.LazyFrame, _context: Context) -> pl.LazyFrame:
    changed = pl.col("last_name") != pl.col("last_name").str.to_lowercase()
    return frame.with_columns(
        pl.col("last_name").str.to_lowercase(),
        pl.when(changed).then(pl.lit("texts.trimmed")).alias(WHY_PREFIX + "last_name"),
    )


def _joined(frame: pl.LazyFrame, _context: Context) -> pl.LazyFrame:
    return frame.with_columns(pl.concat_str("first_name", "last_name", separator=" ").alias("full_name"))


STEPS = (
    Step("test.trim", _named("first_name", "last_name"), _trimmed),
    Step("test.lower", _named("last_name"), _lowered),
    Step("test.join", _named("full_name"), _joined),
)


def table_of(rows: Sequence[tuple[str | None, str | None]]) -> pl.LazyFrame:
    frame = pl.DataFrame(rows, schema={"first_name": pl.String, "last_name": pl.String}, orient="row")
    numbered = frame.with_row_index("_n")
    return numbered.lazy().select(
        pl.format("s:contacts:{}", "_n").alias(RECORD),
        pl.lit("s").alias(SOURCE),
        pl.lit("f.csv").alias(FILE),
        (pl.col("_n") + 2).cast(pl.Int64).alias(ROW),
        *(pl.lit(None, pl.String).alias(name) for name in (OUTCOME, INTO, CODE)),
        "first_name",
        "last_name",
    )


def applied(table: pl.LazyFrame, steps: Sequence[Step] = STEPS):
    return apply_steps(steps, "contacts", table, facts={}, tables={}, plan=PLAN, as_of=None)


@given(TABLES)
def test_playing_the_changes_backwards_gives_the_cells_that_were_read(rows):
    table = table_of(rows)
    result = applied(table)
    faults = check_replay({"contacts": table}, {"contacts": result.frame.lazy()}, [result.changes.lazy()])
    assert list(faults) == []


@given(TABLES)
def test_recording_does_not_change_the_data(rows):
    table = table_of(rows)
    context = Context("contacts", (), None, {}, PLAN, None)
    plain = table
    for step in STEPS:
        plain = step.apply(plain, context)
    columns = applied(table).frame.columns
    assert applied(table).frame.equals(plain.collect().select(columns))


@given(TABLES)
def test_changes_are_exactly_the_cells_that_differ(rows):
    table = table_of(rows).collect()
    result = applied(table.lazy(), STEPS[:1])
    differ = sum(
        before != after
        for name in ("first_name", "last_name")
        for before, after in zip(table[name], result.frame[name], strict=True)
    )
    assert result.changes.height == differ


def test_a_change_says_step_and_reason():
    changes = applied(table_of([("Ada", "LOVELACE ")])).changes
    assert changes.select("field", "before", "after", "step", "code").rows() == [
        ("last_name", "LOVELACE ", "LOVELACE", "test.trim", "test.trim"),
        ("last_name", "LOVELACE", "lovelace", "test.lower", "texts.trimmed"),
        ("full_name", None, "Ada lovelace", "test.join", "test.join"),
    ]


def test_steps_leave_no_columns_of_their_own():
    assert applied(table_of([("Ada", "L")])).frame.columns == [*table_of([]).collect().columns, "full_name"]


@pytest.mark.parametrize("field", ["first_name", "full_name", OUTCOME])
def test_a_cell_that_changed_without_a_record_breaks_law_2(field):
    table = table_of([("Ada", "L"), ("Alan", "T")])
    result = applied(table)
    tampered = result.frame.with_columns(pl.lit("merged").alias(field))
    faults = check_replay({"contacts": table}, {"contacts": tampered.lazy()}, [result.changes.lazy()])
    assert [fault.code for fault in faults] == ["law.2"]


def test_a_lost_change_breaks_law_2():
    table = table_of([("Ada", "LOVELACE ")])
    result = applied(table)
    kept = result.changes.filter(pl.col("step") != "test.lower")
    faults = check_replay({"contacts": table}, {"contacts": result.frame.lazy()}, [kept.lazy()])
    assert [fault.code for fault in faults] == ["law.2"]


def test_a_lost_row_breaks_laws_1_and_2():
    table = table_of([("Ada", "L"), ("Alan", "T")])
    fewer = table.head(1)
    assert [fault.code for fault in check_outcomes({"contacts": table}, ledger({"contacts": fewer}))] == ["law.1"]
    assert [fault.code for fault in check_replay({"contacts": table}, {"contacts": fewer}, [])] == ["law.2"]


def test_a_merge_into_nothing_breaks_law_1():
    table = table_of([("Ada", "L")]).with_columns(pl.lit("merged").alias(OUTCOME), pl.lit("s:contacts:77").alias(INTO))
    assert [fault.code for fault in check_outcomes({"contacts": table}, ledger({"contacts": table}))] == ["law.1"]


def test_a_record_without_an_outcome_is_ready():
    lines = ledger({"contacts": table_of([("Ada", "L")])}).collect()
    assert lines.select("outcome", "code").rows() == [("ready", "ready.to-import")]


def test_a_change_of_a_record_that_is_not_there_breaks_law_2():
    table = table_of([("Ada", "LOVELACE ")])
    result = applied(table)
    stray = result.changes.with_columns(pl.lit("s:contacts:9").alias("record"))
    faults = check_replay({"contacts": table}, {"contacts": table}, [stray.lazy()])
    assert {fault.code for fault in faults} == {"law.2"}


def _stripped(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    fields = [name for name in ("first_name", "last_name") if name in context.columns]
    return frame.with_columns(pl.col(fields).str.strip_chars())


def _emptied(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    fields = [name for name in ("first_name", "last_name") if name in context.columns]
    return frame.with_columns(pl.col(fields).replace("N/A", None))


def _present(_object: str, columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in ("first_name", "last_name") if name in columns)


CELL_BY_CELL = (
    Step("test.strip", _present, _stripped, doubtful=lambda _, field: pl.col(field).str.contains(r"^\s|\s$")),
    Step("test.empty", _present, _emptied, doubtful=lambda _, field: pl.col(field) == "N/A"),
)


@given(TABLES)
def test_cells_that_no_step_doubts_are_spared_and_nothing_else_differs(rows):
    table = table_of(rows)
    spared = applied(table, CELL_BY_CELL)
    shown = applied(table, [replace(step, doubtful=None) for step in CELL_BY_CELL])
    assert spared.frame.equals(shown.frame)
    assert spared.changes.equals(shown.changes)
    assert spared.findings.equals(shown.findings)
