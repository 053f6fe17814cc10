"""Writes the generated parts of README and docs, between `<!-- generated: NAME -->` and `<!-- end -->`.

Run `python docs/generate.py` after a change of commands, options or codes; tests/test_docs.py fails until then.
"""

import csv
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from typer.testing import CliRunner

from crmclean.cli.app import COMMANDS, app
from crmclean.errors import EXIT_MEANINGS
from crmclean.plan.kpi import read_dictionary
from crmclean.plan.kpi_model import FACTS
from crmclean.workflow.catalogue import catalogue, section

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    *("README.md", "docs/reference/commands.md", "docs/reference/codes.md", "docs/reference/kpi.md"),
    "docs/explanation/import-promise.md",
)
_PART = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_TERMINAL = {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}


def generate(text: str) -> str:
    """Return a page with every generated part made anew."""
    return _PART.sub(lambda match: f"{match[1]}{PARTS[match[2]]()}\n{match[3]}", text)


def _help(*command: str) -> str:
    shown = CliRunner().invoke(app, [*command, "--help"], prog_name="crmclean", env=_TERMINAL).stdout
    lines = [line.rstrip() for line in shown.strip().splitlines()]
    return "\n".join(["```text", *lines, "```"])


def _every_help() -> str:
    names = [function.__name__.strip("_") for functions in COMMANDS.values() for function in functions]
    return "\n\n".join(f"## {name}\n\n{_help(name)}" for name in names)


def _exit_codes() -> str:
    rows = [f"| {int(code)} | {meaning} |" for code, meaning in EXIT_MEANINGS.items()]
    return "\n".join(["| code | meaning |", "| --- | --- |", *rows])


def _codes_of(kind: str) -> Callable[[], str]:
    entries = [entry for entry in catalogue().values() if entry.kind == kind]
    return lambda: "\n\n".join(section(entry) for entry in entries)


def _measures() -> str:
    """Every measure of the shipped dictionary, area by area."""
    lines: list[str] = []
    for measure in read_dictionary().measures.values():
        if f"### {measure.area}" not in lines:
            lines += [f"### {measure.area}", ""]
        lines += [f"**`{measure.id}`** {measure.label}: {measure.definition}", ""]
        goal = "" if measure.target is None else f"; target {measure.direction} to {measure.target:g}"
        needs = [*(need.replace("|", " or ") for need in measure.fields), *([measure.needs] if measure.needs else [])]
        lines.append(f"- {measure.unit}{goal}; weight {measure.weight:g}; {measure.refresh}; owner {measure.owner}")
        lines.append(f"- needs {', '.join(needs)}")
        lines += [f"- `{measure.formula}`", ""]
    return "\n".join(lines).rstrip()


def _thresholds() -> str:
    rows = [f"| `{name}` | {value:g} |" for name, value in read_dictionary().thresholds.items()]
    return "\n".join(["| threshold | shipped |", "| --- | --- |", *rows])


def _facts() -> str:
    rows = [f"| {name} | `{fact}` | {meaning} |" for name, facts in FACTS.items() for fact, meaning in facts.items()]
    return "\n".join(["| object | fact | meaning |", "| --- | --- | --- |", *rows])


def _measured(heading: str) -> Callable[[], str]:
    """Give the first table below a heading of the benchmarks' page, so that two pages cannot say different figures."""

    def table() -> str:
        page = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
        _, _, below = page.partition(f"\n## {heading}")
        found = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)
        if found is None:
            raise SystemExit(f"benchmarks/README.md has no table below ## {heading}")
        return found.group().rstrip()

    return table


def _proofs() -> str:
    """What is promised for each destination, by which test it is proven, and on which day that last passed."""
    with (ROOT / "docs" / "explanation" / "proofs.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            f"| {one['destination']} | {one['promise']} | {_test(one['test'])} | {one['proven']} |"
            for one in csv.DictReader(file)
        ]
    return "\n".join(["| destination | what is proven | by | last on |", "| --- | --- | --- | --- |", *rows])


def _test(name: str) -> str:
    file, _, function = name.partition("::")
    return f"[`{function}`](../../tests/destinations/{file})"


PARTS: Mapping[str, Callable[[], str]] = {
    "help": _help,
    "every-help": _every_help,
    "exit-codes": _exit_codes,
    "reason-codes": _codes_of("reason"),
    "error-codes": _codes_of("error"),
    "kpi-measures": _measures,
    "kpi-thresholds": _thresholds,
    "kpi-facts": _facts,
    "proofs": _proofs,
    "speed": _measured("Pipeline"),
    "matching": _measured("Matching"),
}


def main() -> None:
    """Write every page."""
    for name in PAGES:
        path = ROOT / name
        path.write_text(generate(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
