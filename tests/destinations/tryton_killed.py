"""Imports parties into Tryton, then a second round, then its rollback, and kills itself at the n-th durable edge.

python tryton_killed.py FOLDER N URL SOURCE    N = 0: never; prints the number of edges passed. SOURCE: before the keys.
"""

import sys
from pathlib import Path

from crashing import CrashingDestination, CrashingJournal, Edges, send
from small_crm import Rows
from tryton_crm import SCHEMA, Tryton

from crmclean.destinations.binding import bind
from crmclean.destinations.comparing import Comparison
from crmclean.destinations.entries import Binding
from crmclean.destinations.freezing import Round, freeze
from crmclean.destinations.settings import Settings
from crmclean.destinations.undoing import Undoing, finish, keep_touched


def party(name, email=None, city=None):
    return {"name": name, "email": email, "phone": None, "street": None, "city": city}


def first(source):
    """Two companies, four people, in two stages."""
    companies, people, late = Rows("one", "company"), Rows("one", "person"), Rows("two", "person")
    for number in (1, 2):
        companies.add(f"{source}:companies:{number}", number, party(f"C{number}", city="Ulm"))
    for number in (3, 4):
        cells = party(f"P{number}", f"p{number}@example.com", "Bonn")
        people.add(f"{source}:contacts:{number}", number, cells, {"employer": number - 2})
    for number in (5, 6):
        late.add(f"{source}:contacts:{number}", number, party(f"P{number}"), {"employer": 1})
    return Round("first", "inputs", ("one", "two")), [companies, people, late]


def second(source, comparison):
    """A new name, another employer, a new person."""
    companies, people = Rows("two", "company"), Rows("two", "person")
    companies.add(f"{source}:companies:1", 1, party("Changed", city="Ulm"))
    people.add(f"{source}:contacts:3", 3, party("P3", "other@example.com", "Bonn"), {"employer": 2})
    people.add(f"{source}:contacts:9", 9, party("P9"), {"employer": 2})
    lists = {"conflicts": comparison.conflicts, "preimages": comparison.preimages}
    return Round("second", "others", ("two",), **lists), [companies, people]


def run(folder, edge, url, source):
    settings = Settings("tryton", "tryton_crm:Tryton", url, folder, folder, "crm", "admin")
    destination = CrashingDestination(Tryton(settings), edge)
    with CrashingJournal(folder / "journal.sqlite", edge) as journal:
        bind(journal, Binding("tryton", "tryton_crm:Tryton", destination.prepare(SCHEMA), "mapping"))
        if journal.inputs("first") is None:
            freeze(journal, *first(source))
        send(journal, destination, "first")
        if journal.inputs("second") is None:
            comparison = Comparison(journal, destination, SCHEMA)
            round_, slices = second(source, comparison)
            freeze(journal, round_, comparison.slices(slices))
        if journal.inputs("undo second") is None:
            send(journal, destination, "second")
            slices = Undoing(journal, destination, SCHEMA, "second").plan()
            freeze(journal, Round("undo second", "", ("rollback",), undoes="second"), slices)
        send(journal, destination, "undo second", keep_touched(journal, destination, {}, SCHEMA))
        finish(journal, "second")
    destination.close()


if __name__ == "__main__":
    edges = Edges(int(sys.argv[2]))
    run(Path(sys.argv[1]), edges, *sys.argv[3:])
    sys.stdout.write(f"{edges.passed}\n")
