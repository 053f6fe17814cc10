"""A coverage-guided fuzz target over `load`: any bytes become a table or a clear refusal.

python tests/fuzz/fuzz_load.py [CORPUS] -max_total_time=600      finds inputs and keeps them in CORPUS
python tests/fuzz/fuzz_load.py crash-...                         runs one input again

Everything else is an option of libFuzzer. A traceback, a run of more than 20 seconds, or more than 2 GB is a finding.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["crmclean.files", "crmclean.exports", "crmclean.pipeline.load.loading"]):
    from crmclean.errors import CrmcleanError
    from crmclean.pipeline.load.loading import load
    from crmclean.plan.model import Plan, Source, SourceFile, Target

FOLDER = Path(tempfile.mkdtemp(prefix="crmclean-fuzz-"))
NAMES = ("list.csv", "list", "list.json", "book.xlsx")  # where the name has a say in what a file is
LIMITS = ["-timeout=20", "-rss_limit_mb=2048", "-max_len=65536"]
STARTS = (
    b"\x00First Name,Email\nAnn,ann@example.com\n",
    b"\x00sep=;\na;b\n1;2\n",
    b'\x00"a","b"\r\n"x ""y""","z\nw"\r\n',
    b"\x00\xff\xfea\x00,\x00b\x00\n\x001\x00,\x002\x00\n\x00",
    b"\x00a\tb\n\xe9\t\xfc\n1\t2\t3\n",
    b"\x01BEGIN:VCARD\nFN:Ann\nEMAIL:a@b.example\nEND:VCARD\n",
    b"\x01From a@b.example Thu Jan  1 00:00:00 2026\nFrom: a@b.example\nTo: c@d.example\n\nx\n",
    b'\x02[{"a": {"b": [1, 2]}}, {"c": null}]',
    b"\x01PK\x03\x04",
    b"\x01\x1f\x8b\x08\x00",
    b"\x01SQLite format 3\x00",
    b"\x01PAR1",
    b"\x03\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
)


def one(data: bytes) -> None:
    path = FOLDER / NAMES[data[0] % len(NAMES) if data else 0]
    path.write_bytes(data[1:])
    source = Source("fuzz", "plain", 1, (SourceFile(path.name, "contacts"),))
    try:
        loaded = load(Plan(FOLDER, "fuzz", Target("hubspot"), (source,)))
        rows = loaded.tables["contacts"].collect()
    except CrmcleanError as error:
        if not error.faults or any(not fault.hint for fault in error.faults):
            raise AssertionError("a refusal says what to do") from error
        return
    if rows["_record"].n_unique() != rows.height:
        raise AssertionError("records have ids of their own")


def main() -> None:
    seeds = FOLDER / "seeds"
    seeds.mkdir()
    for number, start in enumerate(STARTS):
        (seeds / str(number)).write_bytes(start)
    atheris.Setup([*sys.argv, *LIMITS, str(seeds)], one)
    atheris.Fuzz()


main()
