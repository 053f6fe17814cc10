"""What a round writes into the journal before anything is sent."""

from contextlib import closing, contextmanager

from small_crm import Rows

from crmclean.destinations.binding import bind
from crmclean.destinations.entries import Binding
from crmclean.destinations.freezing import Round, freeze
from crmclean.destinations.journal import Journal

STEPS = 1_000  # of SQLite's machine between two looks


@contextmanager
def journal_in(folder):
    folder.mkdir(exist_ok=True)
    with Journal(folder / "journal.sqlite") as journal:
        bind(journal, Binding("target", "memory", "here", "mapping"))
        yield journal


def contacts(count):
    rows = Rows("one", "Contact")
    for number in range(1, count + 1):
        rows.add(f"s:contacts:{number}", number, {"LastName": f"N{number}"})
    return [rows]


def gone_into(journal):
    with closing(
        journal.database.execute("SELECT id, into_ FROM crosswalk WHERE into_ IS NOT NULL ORDER BY id")
    ) as rows:
        return dict(rows.fetchall())


def test_what_went_into_a_record_goes_on_with_it(tmp_path):
    with journal_in(tmp_path) as journal:
        merged = [(10, "s:contacts:a", 1), (11, "s:contacts:b", 2), (12, "s:contacts:c", 11)]
        freeze(journal, Round("first", "inputs", ("one",), merged), contacts(3))
        assert gone_into(journal) == {10: 1, 11: 2, 12: 2}
        freeze(journal, Round("second", "inputs", ("one",), [(2, "s:contacts:2", 3)]), contacts(3))
        assert gone_into(journal) == {2: 3, 10: 1, 11: 3, 12: 3}


def work(folder, count):
    """Freeze one record and `count` that went into it; return how often SQLite's machine took STEPS steps."""
    looks = []
    with journal_in(folder) as journal:
        journal.database.set_progress_handler(lambda: looks.append(1) and None, STEPS)
        merged = [(number, f"s:contacts:{number}", 1) for number in range(2, count + 2)]
        freeze(journal, Round("first", "inputs", ("one",), merged), contacts(1))
        journal.database.set_progress_handler(None, 0)
    return len(looks)


def test_the_work_grows_with_the_merged_records_and_not_with_their_square(tmp_path):
    """80,000 merged records of 200,000 contacts once took over half an hour."""
    few, many = work(tmp_path / "few", 1_000), work(tmp_path / "many", 4_000)
    assert many < 6 * few
