"""A Draft to a migration.toml that reads like documentation; plan.read takes it back."""

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence

from crmclean.exports.snapshots import DATE
from crmclean.plan.draft import Draft, DraftDecision, DraftFile, DraftSource
from crmclean.plan.model import DEFAULT_GATES, DEFAULT_LIFECYCLE, DEFAULT_STAGES, Rule, Stale
from crmclean.records import OBJECTS

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
_STEP = 0.05
_NOTE_AT = 44  # column at which notes behind a line start
_OWNERS = "owners by name: no export says whose the ids are"

_HEAD = """\
# The plan of a migration. All that crmclean does to your exports follows from this file and from decisions/.
# A line that starts with # is a note. Change what you like, then try it without importing anything:
#
#     crmclean run --through validate
#
# An unknown key is an error that names the nearest known one, so a typo cannot pass unnoticed.
"""
_COLUMNS = """\
# Columns that have no field of their own at the target. Everything else is mapped already, see the notes above.
# Each line is yours to change:
#     column = "some_field"                    write it into a field of the target
#     column = { custom = "some_name" }        create a custom field for it
#     column = { merge = "field", order = 1 }  append it to a field
#     column = { drop = "why" }                leave it behind; the report counts the values lost
"""
_STAGES = """\
# The import runs in stages, with a check between them; the first expression that is true takes the record.
# SQL over the canonical fields of contacts, `as_of` among them; null counts as false.
"""
_GATES = """\
# A run stops (exit code 10) where a number is worse than its gate. Shares are between 0 and 1.
"""


def write_plan(draft: Draft) -> str:
    """Return the text of migration.toml."""
    parts = [
        _HEAD,
        _general(draft),
        *_existing(draft.existing),
        *(_source(source, place) for place, source in enumerate(draft.sources, start=1)),
        *_extras(draft),
        *_ignored(draft),
        *_unknown(draft),
        *_left_out(draft),
        *_columns(draft),
        _lifecycle(draft.customers),
        _stale(),
        _stages(),
        _gates(draft.lost_owners),
    ]
    return "\n".join(parts)


def quoted(text: str) -> str:
    """Return a TOML basic string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def key(text: str) -> str:
    """Return a TOML key, quoted where it must be."""
    return text if _BARE.fullmatch(text) else quoted(text)


def _general(draft: Draft) -> str:
    day = draft.newest.isoformat() if draft.newest else "2026-01-31"
    found = (
        f"without it: {day}, the newest timestamp found" if draft.newest else "without it: the newest timestamp found"
    )
    lines = [
        "version = 1",
        f"name = {quoted(draft.name)}",
        _noted(f"# as_of = {day}", f"ages are counted from this day; {found}"),
        _noted("seed = 1", "of samples and spot checks"),
        "",
        "[target]",
        _noted(f"crm = {quoted(draft.target)}", "its schema is mappings/targets/" + f"{draft.target}.toml"),
        *_question(draft, "owner"),
        _fallback(draft),
        "",
        "[defaults]",
        *_question(draft, "region"),
        _optional("region", draft.region, "US", "country of phones that say nothing else"),
        _optional("currency", draft.currency, "USD", "of amounts without one"),
    ]
    return _text(lines)


def _question(draft: Draft, name: str) -> Iterator[str]:
    if name in draft.open:
        yield f"# OPEN: {_plain(draft.open[name])}"


def _fallback(draft: Draft) -> str:
    if "owner" in draft.open:
        return _noted('fallback_owner = ""', "an email; nobody: take the line out")
    return _optional("fallback_owner", draft.fallback_owner, "owner@example.com", "gets what belongs to no active user")


def _existing(existing: DraftSource | None) -> Iterator[str]:
    if existing is None:
        return
    lines = [
        "# What the target holds already: records that it has are updated, not doubled.",
        "[target.existing]",
        f"kind = {quoted(existing.kind)}",
    ]
    yield _text([*lines, *(line for file in existing.files for line in _file(file, "target.existing.file"))])


def _left_out(draft: Draft) -> Iterator[str]:
    for path in draft.left_out:
        lines = [
            "# People who must not be imported, and their whole groups; the ledger names them.",
            "[[suppress]]",
            f"path = {quoted(path)}",
            _noted('reason = "do-not-import"', 'or "erase": their cells are removed from all that is written, too'),
        ]
        yield _text(lines)


def _source(source: DraftSource, place: int) -> str:
    lines = [
        "[[source]]",
        _noted(f"name = {quoted(source.name)}", "record ids start with it: do not change it after the first import"),
        f"kind = {quoted(source.kind)}",
        _noted(f"priority = {place}", "1 wins where sources disagree"),
    ]
    return _text([*lines, *(line for file in source.files for line in _file(file))])


def _file(file: DraftFile, table: str = "source.file") -> Iterator[str]:
    yield ""
    yield f"[[{table}]]"
    note = "the newest day is migrated, older ones are history"
    yield _noted(f"path = {quoted(file.path)}", note) if DATE in file.path else f"path = {quoted(file.path)}"
    yield f"object = {quoted(file.object)}"
    if file.table:
        yield f"table = {quoted(file.table)}"
    if file.given:
        pairs = ", ".join(f"{quoted(header)} = {quoted(field)}" for header, field in file.given.items())
        note = _OWNERS if "owner_ref" in file.given.values() else "as another file spells them"
        yield _noted(f"columns = {{ {pairs} }}", note)
    yield f"# Recognised by: {_plain(file.why)}"
    yield f"# {file.rows:,} rows. Columns, where they go, and how many rows fill them:"
    width = max((len(_plain(column.header)) for column in file.columns), default=0)
    for column in file.columns:
        share = f"{column.filled / file.rows:.0%}" if file.rows else "0%"
        notes = [*([f"{' and '.join(column.made)} made of it"] if column.made else ()), *filter(None, [column.because])]
        because = f"  ({'; '.join(notes)})" if notes else ""
        yield f"#   {_plain(column.header):<{width}}  ->  {column.field:<24} {share:>5}{because}"


def _extras(draft: Draft) -> Iterator[str]:
    for extra in draft.extras:
        lines = [
            "# A table that is not moved; its records stand in the ledger as excluded.",
            "[[object]]",
            f"name = {quoted(extra.name)}",
            f"source = {quoted(extra.source)}",
            f"path = {quoted(extra.path)}",
        ]
        yield _text(lines)


def _ignored(draft: Draft) -> Iterator[str]:
    for path, reason in draft.ignored.items():
        yield _text(["[[ignore]]", f"path = {quoted(path)}", f"reason = {quoted(reason)}"])


def _unknown(draft: Draft) -> Iterator[str]:
    for path in draft.unknown:
        lines = [
            f"# {_plain(path)} was not recognised.",
            "# Give it a [[source.file]] with object and columns, or take the marks off these lines:",
            "# [[ignore]]",
            f"# path = {quoted(path)}",
            '# reason = "why it is not migrated"',
        ]
        yield _text(lines)


def _columns(draft: Draft) -> Iterator[str]:
    objects = [name for name in OBJECTS if name in draft.decisions or name in draft.dropped]
    for number, name in enumerate(objects):
        lines = [_COLUMNS.rstrip()] if number == 0 else []
        lines += [f"[columns.{name}]", *_decisions(draft.decisions.get(name, ()))]
        lines += _dropped(draft.dropped.get(name, ()), draft.target)
        yield _text(lines)


def _decisions(items: Sequence[DraftDecision]) -> Iterator[str]:
    settings = [f"{key(item.field)} = {{ {item.action} = {quoted(item.to)} }}" for item in items]
    width = max(map(len, settings), default=0)
    for item, setting in zip(items, settings, strict=True):
        yield f"{setting:<{width}}  # {_plain(item.note)}" if item.note else setting


def _dropped(items: Sequence[DraftDecision], target: str) -> Iterator[str]:
    if items:
        yield f"# Left behind by the mapping of {target}, unless a line above says otherwise:"
    for item in items:
        yield f"#   {item.field}: {_plain(item.to)} ({_plain(item.note)})"


def _lifecycle(customers: str | None) -> str:
    note = "# Lifecycle of people whose source has none; the first expression that is true wins.\n"
    if customers is None:
        return note + "".join(f"# {rule.value}: {rule.where}\n" for rule in DEFAULT_LIFECYCLE)
    rules = [Rule("customer", customers), *(rule for rule in DEFAULT_LIFECYCLE if rule.value != "customer")]
    lines = [
        line
        for object_ in ("contacts", "leads")
        for rule in rules
        for line in (f"[[lifecycle.{object_}]]", f"value = {quoted(rule.value)}", f"where = {quoted(rule.where)}", "")
    ]
    return note + _text(lines[:-1])


def _stale() -> str:
    standard = Stale()
    lines = [
        "# People without any sign of life are archived, never deleted; `crmclean restore` brings them back.",
        "[stale]",
        _noted(f"months = {standard.months}", "without engagement before as_of"),
        _noted(f"new_days = {standard.new_days}", "younger records are never stale"),
        _noted("# protect = \"lead_source = 'Partner'\"", "an SQL expression: these are kept, however old"),
    ]
    return _text(lines)


def _stages() -> str:
    lines = [_STAGES.rstrip()]
    for stage in DEFAULT_STAGES:
        lines += ["[[stage]]", f"name = {quoted(stage.name)}", f"where = {quoted(stage.where)}", ""]
    return _text(lines[:-1])


def _gates(lost_owners: float) -> str:
    told = math.ceil(lost_owners / _STEP) * _STEP  # the person knows of these; more of them are news
    raised = {"fallback_owner": told} if told > DEFAULT_GATES["fallback_owner"] else {}
    limits = {**DEFAULT_GATES, **raised}
    lines = [f"{name} = {limit:g}" for name, limit in limits.items() if name not in raised]
    lines += [
        _noted(f"{name} = {limit:g}", f"{lost_owners:.0%} were known to `init`") for name, limit in raised.items()
    ]
    return _text([_GATES.rstrip(), "[gates]", *lines])


def _optional(name: str, value: str | None, example: str, note: str) -> str:
    return _noted(f"{name} = {quoted(value)}" if value else f"# {name} = {quoted(example)}", note)


def _noted(line: str, note: str) -> str:
    return f"{line:<{_NOTE_AT}}  # {_plain(note)}"


def _plain(text: str) -> str:
    return _CONTROL.sub(" ", text)


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
