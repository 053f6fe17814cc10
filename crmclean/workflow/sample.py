"""`crmclean sample DIR`: invented exports with every kind of mess, and the truth about them."""

from pathlib import Path

from crmclean.errors import Fault, RefusedError, UsageError
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import as_typed
from crmclean.samples.generate import Sample, write_sample

_FEWEST_ROWS = 20


def sample(directory: Path, *, rows: int = 2000, seed: int = 1) -> Result:
    """Write a Salesforce-like export and a marketing list with `rows` contacts in all, and their truth in truth/.

    Raises:
        UsageError: fewer rows than a sample can have.
        RefusedError: the folder has something in it.
    """
    if rows < _FEWEST_ROWS:
        problem = f"a sample has at least {_FEWEST_ROWS} contacts"
        raise UsageError(Fault("--rows", problem, f"ask for {_FEWEST_ROWS} or more", "sample.too-small"))
    if directory.exists() and any(directory.iterdir()):
        problem = "the folder is not empty"
        raise RefusedError(Fault(str(directory), problem, "name a new folder", "sample.folder-not-empty"))
    return _result(directory, write_sample(directory, rows=rows, seed=seed))


def _result(directory: Path, written: Sample) -> Result:
    contacts = written.rows["Contact.csv"] + written.rows["marketing-list.csv"]
    return Result(
        command="sample",
        headline=f"{contacts} contact records of {written.people} people in {len(written.rows)} files in {directory}",
        tables=(TableView("Files", ("file", "rows"), tuple(written.rows.items())),),
        notes=(f"{directory / 'truth'} says which records are the same, and what each planted fault must become",),
        next_step=f"crmclean init NEW-FOLDER {as_typed(directory)}",
        data={
            "directory": str(directory),
            "rows": dict(written.rows),
            "people": written.people,
            "companies": written.companies,
            "faults": written.faults,
        },
    )
