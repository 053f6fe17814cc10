"""`-` stands for standard input, whose format is told from its content."""

import gzip
import io
import json
import subprocess
import sys

import pytest

PEOPLE = "First Name;Email;City\nJörg;j@example.com;Köln\nJörg;j@example.com;Köln\nLi;li@example.com;Ulm\n"


def _crmclean(*arguments, given, cwd):
    command = [sys.executable, "-m", "crmclean", *arguments]
    return subprocess.run(command, input=given, capture_output=True, cwd=cwd, check=False)


@pytest.mark.parametrize("form", ["cp1252", "utf-16", "gzip", "xlsx"])
def test_profile_reads_any_format_from_a_pipe(tmp_path, form):
    content = PEOPLE.encode("utf-8" if form in ("gzip", "xlsx") else form)
    if form == "gzip":
        content = gzip.compress(content)
    elif form == "xlsx":
        import openpyxl

        book, out = openpyxl.Workbook(), io.BytesIO()
        for line in PEOPLE.splitlines():
            book.active.append(line.split(";"))
        book.save(out)
        content = out.getvalue()
    answer = _crmclean("profile", "-", "--json", given=content, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    (file,) = json.loads(answer.stdout)["files"]
    assert (file["rows"], file["object"]) == (3, "contacts")
    assert file["columns"][0]["top"][0] == ["Jörg", 2]
    assert list(tmp_path.iterdir()) == []


def test_clean_and_dedupe_take_a_pipe(tmp_path):
    answer = _crmclean("clean", "-", given=PEOPLE.encode("cp1252"), cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert len((tmp_path / "clean" / "1-import.csv").read_text(encoding="utf-8").splitlines()) == 3
    answer = _crmclean("dedupe", "-", "--clusters", "out.csv", given=PEOPLE.encode(), cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert len((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()) == 4


def test_values_reads_what_is_no_utf_8_too(tmp_path):
    answer = _crmclean("values", "emails", "-", given="mail\nANN@EXAMPLE.COM\n".encode("utf-16"), cwd=tmp_path)
    assert answer.stdout.decode().splitlines()[1].startswith("ANN@EXAMPLE.COM,ANN@example.com")


def test_init_puts_a_pipe_into_the_workspace(tmp_path):
    answer = _crmclean("init", "acme", "-", "--yes", given=PEOPLE.encode(), cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "acme" / "exports" / "standard-input").read_bytes() == PEOPLE.encode()


@pytest.mark.parametrize(("given", "code"), [(b"", "file.empty"), (b"<html><table>", "file.html")])
def test_errors_name_standard_input(tmp_path, given, code):
    answer = _crmclean("profile", "-", given=given, cwd=tmp_path)
    assert answer.returncode == 3
    assert answer.stderr.decode().startswith("error: standard input")
    assert code in answer.stderr.decode()
