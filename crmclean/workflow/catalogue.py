"""The catalogue of codes: cause, example and cure of every reason and of every error, taken from the code itself.

Errors are found in the source: each call that makes a fault names problem, hint and code.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crmclean.errors import Fault, UsageError, nearest
from crmclean.reports.results import Result, TableView
from crmclean.values.codes import CODES
from crmclean.values.cures import cure
from crmclean.values.lists import table
from crmclean.values.reason import Code

_PACKAGE = Path(__file__).resolve().parents[1]
_MAKERS = ("Fault", "fault", "refuse", "_refused", "refused", "_fault", "_unknown", "_named", "_broken", "stopped")
_CODE = re.compile(r"[a-z][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)?")
_BUG = "report it with run/run.log, which holds no data of yours"
_SAY_NOTHING = ("self", "str", "name", "path", "root", "join", "text", "value", "len")
_FURTHER = {  # faults whose code is put together from parts
    "law.1": ("a record without exactly one outcome, or a balance that does not close", _BUG),
    "law.2": ("a change that does not lead back to the cell that was read", _BUG),
    **{
        f"journal.other-{name}": (f"the journal belongs to another {name}", "give the changed destination a new name")
        for name in ("destination", "kind", "identity", "mapping")
    },
    "usage": ("a wrong command line: an unknown option or command, a missing argument, a wrong value", "see `--help`"),
}


@dataclass(frozen=True)
class Entry:
    """One code. kind: "reason" of a change, finding or outcome; or "error"."""

    code: str
    kind: str
    causes: tuple[str, ...]
    example: str
    cures: tuple[str, ...]


def explain_code(code: str | None) -> Result:
    """Tell about one code, or list all of them.

    Raises:
        UsageError: there is no such code; the nearest one is named.
    """
    if code is None:
        rows = tuple((entry.code, entry.kind, entry.causes[0]) for entry in catalogue().values())
        listed = [{"code": name, "kind": kind, "meaning": meaning} for name, kind, meaning in rows]
        view = TableView("", ("code", "kind", "meaning"), rows)
        return Result("codes", f"{len(rows)} codes.", (view,), next_step="crmclean codes CODE", data={"codes": listed})
    entry = catalogue().get(code)
    if entry is None:
        raise UsageError(Fault("CODE", f"there is no code {code}", nearest(code, list(catalogue())), "codes.unknown"))
    return Result("codes", f"{entry.code} ({entry.kind})", text=section(entry) + "\n", data=vars(entry))


def section(entry: Entry) -> str:
    """Return the part of the reference page about a code, as Markdown."""
    causes, cures = (" Or: ".join(texts) for texts in (entry.causes, entry.cures))
    return f"### {entry.code}\n\nCause: {causes}\n\n```text\n{entry.example}\n```\n\nCure: {cures}"


@cache
def catalogue() -> Mapping[str, Entry]:
    """Return every code of the package, reasons first."""
    reasons = {name: _reason(name, code) for name, code in CODES.items()}
    return reasons | dict(sorted(_errors().items()))


def _reason(name: str, code: Code) -> Entry:
    said = f"{code.meaning} (a repair: not under strict = true)" if code.repair else code.meaning
    return Entry(name, "reason", (said,), _shown(name, code), (cure(name, code),))


def _shown(name: str, code: Code) -> str:
    rows = {row[0]: row[1:] for row in table("code_examples").iter_rows()}
    if name in rows:
        before, after = rows[name]
        return f"{before}  stays as it is" if code.kept else f"{before}  becomes  {after or '(empty)'}"
    if code.severity:
        return f"findings: contacts  old:contacts:17  exports/contacts.csv  row 18  {code.severity}  {name}"
    return f"crmclean explain old:contacts:17  says: {name}"


def _errors() -> dict[str, Entry]:
    found: dict[str, list[tuple[str, str, str]]] = {}
    for path in sorted(_PACKAGE.rglob("*.py")):
        for code, *told in _faults(ast.parse(path.read_text(encoding="utf-8"))):
            lines = found.setdefault(code, [])
            if (line := (told[0], told[1], told[2])) not in lines:
                lines.append(line)
    for code, (problem, hint) in _FURTHER.items():
        found[code] = [("crmclean", problem, hint)]
    return {code: _error(code, lines) for code, lines in found.items() if code not in CODES}


def _error(code: str, lines: list[tuple[str, str, str]]) -> Entry:
    where, problem, hint = lines[0]
    example = f"error: {where}: {problem}\nhint: {hint}\ncode: {code}"
    causes, cures = (tuple(dict.fromkeys(line[place] for line in lines)) for place in (1, 2))
    return Entry(code, "error", causes, example, cures)


def _faults(tree: ast.Module) -> Iterator[tuple[str, str, str, str]]:
    """Return code, where, problem and hint of every fault that a module makes."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.ClassDef | ast.Module):
            continue
        names = _assigned(function)
        for call in _calls(function):
            for code in _codes(call.args[-1], names):
                texts = [_text(argument, names) for argument in call.args[:-1]]
                where = texts[0] if len(texts) > 2 else "..."
                yield code, where, texts[-2], texts[-1]


def _calls(scope: ast.AST) -> Iterator[ast.Call]:
    """Return the calls that make faults in a scope, not in the functions within it."""
    for child in ast.iter_child_nodes(scope):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            continue
        if isinstance(child, ast.Call) and _called(child) in _MAKERS and len(child.args) > 2:
            yield child
        yield from _calls(child)


def _called(call: ast.Call) -> str:
    function = call.func
    return function.id if isinstance(function, ast.Name) else str(getattr(function, "attr", ""))


def _codes(node: ast.expr, names: Mapping[str, list[ast.expr]]) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.fullmatch(node.value):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _codes(node.body, names)
        yield from _codes(node.orelse, names)
    elif isinstance(node, ast.Name):
        for value in names.get(node.id, []):
            yield from _codes(value, {})


def _assigned(scope: ast.AST) -> dict[str, list[ast.expr]]:
    """Return what names are set to in a scope, tuples taken apart."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
            pairs = (
                zip(target.elts, value.elts, strict=False)
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
                else [(target, value)]
            )
            for name, text in pairs:
                if isinstance(name, ast.Name):
                    found.setdefault(name.id, []).append(text)
    return found


def _text(node: ast.expr, names: Mapping[str, list[ast.expr]]) -> str:
    """Return a text as the source has it, with the names of what is put in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, {}) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _placeholder(node.value)
    if isinstance(node, ast.BinOp):
        return _text(node.left, names) + _text(node.right, names)
    if isinstance(node, ast.IfExp):
        return f"{_text(node.body, names)} (or: {_text(node.orelse, names)})"
    if isinstance(node, ast.Name) and names.get(node.id):
        return _text(names[node.id][0], {})
    return _placeholder(node)


def _placeholder(node: ast.expr) -> str:
    if isinstance(node, ast.Call) and _called(node).startswith("nearest"):
        return "did you mean ...?"
    if isinstance(node, ast.Call) and _called(node) == "str":
        return _placeholder(node.args[0])
    words = [word for word in re.findall(r"[a-z]+", ast.unparse(node)) if word not in _SAY_NOTHING]
    return words[-1].upper() if words else "..."
