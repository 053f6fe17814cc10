"""junit.xml: gates, checks and the balance as test cases, which CI systems show."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from dataclasses import dataclass

from crmclean.reports.summary import Summary

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2


@dataclass(frozen=True)
class Case:
    """One test case: passed, unless it says why it failed or was skipped."""

    suite: str
    name: str
    failure: str | None = None
    skipped: str | None = None


def junit(summary: Summary) -> str:
    """Return the document; a suite each for the balance, the gates and the checks."""
    return junit_document(summary.name, [*_balance(summary), *_gates(summary), *_checks(summary)])


def junit_document(title: str, cases: list[Case]) -> str:
    """Return the document of some cases, suite by suite."""
    root = ElementTree.Element("testsuites", _counts(cases, title))
    for name in dict.fromkeys(case.suite for case in cases):
        mine = [case for case in cases if case.suite == name]
        suite = ElementTree.SubElement(root, "testsuite", _counts(mine, name))
        for case in mine:
            _add(suite, case)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _balance(summary: Summary) -> Iterable[Case]:
    for line in summary.balance:
        failure = None if line.closes else f"read {line.read}, accounted for {line.accounted}"
        yield Case("balance", f"{line.what} {line.key}", failure)


def _gates(summary: Summary) -> Iterable[Case]:
    for gate in summary.gates:
        failure = None if gate.passed else f"{gate.value} against a limit of {gate.limit}"
        waived = f"waived by {gate.waived_by}: {gate.reason}" if gate.waived_by else None
        yield Case("gates", gate.name, failure, "not measured" if gate.value is None and gate.passed else waived)


def _checks(summary: Summary) -> Iterable[Case]:
    for check in summary.checks:
        failure = f"{check.count} of {check.total} records. {check.note}".strip() if check.passed is False else None
        yield Case(f"checks.{check.area}", check.name, failure, check.note if check.passed is None else None)


def _counts(cases: list[Case], name: str) -> dict[str, str]:
    failures = sum(case.failure is not None for case in cases)
    skipped = sum(case.failure is None and case.skipped is not None for case in cases)
    return {"name": _clean(name), "tests": str(len(cases)), "failures": str(failures), "skipped": str(skipped)}


def _add(suite: ElementTree.Element, case: Case) -> None:
    names = {"classname": f"crmclean.{_clean(case.suite)}", "name": _clean(case.name)}
    element = ElementTree.SubElement(suite, "testcase", names)
    if case.failure is not None:
        ElementTree.SubElement(element, "failure", {"message": _clean(case.failure)})
    elif case.skipped is not None:
        ElementTree.SubElement(element, "skipped", {"message": _clean(case.skipped)})


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
