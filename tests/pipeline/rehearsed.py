"""What `validate` predicts for every record, and what the rehearsal then really does with it."""

from dataclasses import replace
from datetime import date

from crmclean.pipeline.map.mapping import map_tables
from crmclean.pipeline.validate.validating import validate
from crmclean.workflow.importing.rounds import Mapped
from crmclean.workflow.importing.stages import import_stages
from crmclean.workspace.paths import Workspace

CAME = {"imported": "created", "rejected": "rejected"}


def told_and_done(plan, tables, folder):
    """Return record -> prediction, and record -> what became of it in a rehearsal in `folder`."""
    workspace = Workspace(folder)
    made = replace(plan, root=folder)
    mapped = map_tables(made, tables)
    told = dict(validate(made, mapped, tables).predictions.select("record", "prediction").iter_rows())
    workspace.phase("map").mkdir(parents=True)
    for name, frame in mapped.tables.items():
        frame.collect().write_parquet(workspace.table("map", name))
    done = import_stages(workspace, made, Mapped(mapped.schema, mapped.tables, tables), date(2024, 6, 30)).imported
    really = {record: CAME[outcome] for record, outcome in done.select("record", "outcome").iter_rows()}
    return told, {record: fate for record, fate in really.items() if record in told}
