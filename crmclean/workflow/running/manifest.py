"""run/manifest.json: what a run was made of, so that anybody can repeat it and get the same bytes."""

from crmclean import __version__
from crmclean.pipeline.caching import code_version, input_hashes
from crmclean.pipeline.store import stored
from crmclean.values.phones import metadata_version
from crmclean.workflow.running.chain import CHAIN
from crmclean.workflow.running.preparing import day_of_reference
from crmclean.workflow.running.session import Session
from crmclean.workspace.atomic import write_json

VERSION = 1


def write_manifest(session: Session) -> None:
    """Write hashes of inputs, plan and code, versions, seed, as_of, and the key and counts of every phase."""
    as_of = day_of_reference(session)
    done = {name: known for name in CHAIN if (known := stored(session.workspace, name))}
    document = {
        "manifest_version": VERSION,
        "crmclean": __version__,
        "code": code_version(),
        "phone_metadata": metadata_version(),
        "plan_hash": session.plan_hash,
        "inputs": dict(input_hashes(session.plan)),
        "seed": session.plan.seed,
        "as_of": as_of.isoformat() if as_of else None,
        "phases": {name: {"key": known.key, "counts": known.counts} for name, known in done.items()},
    }
    write_json(session.workspace.manifest, document)
