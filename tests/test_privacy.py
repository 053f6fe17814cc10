"""No cell value leaves the data files: not into events, logs, manifest, reports for machines, errors or file names."""

import shutil
import zipfile

import pytest
from typer.testing import CliRunner

from crmclean.cli.app import app

FIELDS = {
    "FirstName": "Zebrina",
    "LastName": "Quillfeather",
    "Email": "zebrina.quillfeather@canary-mail.example",
    "Phone": "+1 415 555 0173",
    "MobilePhone": "not a phone canarymobile",
    "Title": "Canarykeeper",
    "MailingStreet": "1 Canary Row",
    "MailingCity": "Canaryville",
    "MailingState": "Canarystate",
    "MailingCountry": "Canaryland",
    "Description": "=CANARY(1)",
    "Birthdate": "canary-date",
    "CreatedDate": "1991-12-24T11:22:33Z",
    "LeadSource": "Canarysource",
    "Old_Canary_Note__c": "canarynote",
}
CANARIES = [value for value in FIELDS.values() if value != "+1 415 555 0173"] + ["5550173"]
OPEN_FILES = (
    "*.jsonl",
    "*.log",
    "manifest.json",
    "timings.json",
    "phase.json",
    "columns.json",
    "summary.md",
    "junit.xml",
)


def invoke(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A finished run over two copies of one canary record, and all that it said on stderr."""
    folder = tmp_path_factory.mktemp("privacy")
    rows = [",".join(f'"{value}"' for value in FIELDS.values())] * 2
    ids = ("003A000000aaaaaAAA", "003A000000bbbbbAAB")
    lines = ["Id," + ",".join(FIELDS), *(f"{number},{row}" for number, row in zip(ids, rows, strict=True))]
    (folder / "Contact.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    made = invoke("init", folder / "acme", folder / "Contact.csv", "--target", "hubspot", "--yes")
    assert made.exit_code == 0, made.stderr
    done = invoke("run", "-w", folder / "acme", "-v")
    assert done.exit_code in (0, 10, 11), done.stderr
    return folder / "acme", made.stderr + done.stderr


def leaks(text):
    return [canary for canary in CANARIES if canary.casefold() in text.casefold()]


def test_the_canary_is_in_the_data(ran):
    assert leaks((ran[0] / "exports" / "Contact.csv").read_text(encoding="utf-8")) == CANARIES[:-1]


def test_progress_and_errors_hold_no_cell(ran):
    assert leaks(ran[1]) == []


@pytest.mark.parametrize("pattern", OPEN_FILES)
def test_logs_and_summaries_hold_no_cell(ran, pattern):
    files = sorted((ran[0] / "run").rglob(pattern))
    assert {str(path): leaks(path.read_text(encoding="utf-8")) for path in files} == {str(path): [] for path in files}


def test_the_plan_and_file_names_hold_no_cell(ran):
    assert leaks((ran[0] / "migration.toml").read_text(encoding="utf-8")) == []
    names = [str(path.relative_to(ran[0])) for path in ran[0].rglob("*")]
    assert leaks("\n".join(names)) == []


def test_an_error_about_the_data_holds_no_cell(ran, tmp_path):
    (tmp_path / "canary.csv").write_bytes(b"a,b\n\0Quillfeather\0\n")
    done = invoke("clean", tmp_path / "canary.csv", "-o", tmp_path / "out")
    assert done.exit_code == 3
    assert leaks(done.stderr) == []


@pytest.fixture(scope="module")
def redacted(ran, tmp_path_factory):
    """The same workspace, its report written again to be mailed."""
    copy = tmp_path_factory.mktemp("redacted") / "acme"
    shutil.copytree(ran[0], copy)
    done = invoke("run", "-w", copy, "--redact")
    assert done.exit_code in (0, 10, 11), done.stderr
    return copy


def texts_of(path):
    """Everything that stands in a file of the report; a workbook is an archive of XML."""
    if path.suffix != ".xlsx":
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as book:
        return "\n".join(book.read(name).decode("utf-8") for name in book.namelist())


def test_a_report_to_be_mailed_holds_no_cell(ran, redacted):
    clear = {path.name: leaks(texts_of(path)) for path in (ran[0] / "run" / "report").iterdir()}
    assert clear["index.html"]
    assert clear["before-import.xlsx"]
    assert clear["tables.xlsx"]
    files = sorted((redacted / "run" / "report").iterdir())
    assert {path.name for path in files} == {*clear, "REDACTED.txt"}
    assert {path.name: leaks(texts_of(path)) for path in files} == {path.name: [] for path in files}
    assert "Z***" in texts_of(redacted / "run" / "report" / "spot-check.csv")


def test_the_next_run_writes_the_report_in_clear_again(ran, redacted, tmp_path):
    copy = shutil.copytree(redacted, tmp_path / redacted.name)
    invoke("run", "-w", copy)
    for path in (ran[0] / "run" / "report").iterdir():
        assert (copy / "run" / "report" / path.name).read_bytes() == path.read_bytes(), path.name
    assert not (copy / "run" / "report" / "REDACTED.txt").exists()
