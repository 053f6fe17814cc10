"""The weights of matching, kept in state/ by `dedupe --learn`: more rows do not change how the others are weighed."""

import json
from collections.abc import Mapping

from crmclean.errors import Fault, InputError
from crmclean.matching.model import Matching
from crmclean.matching.weights import Weights
from crmclean.workspace.atomic import make_folder, write_json
from crmclean.workspace.paths import Workspace

KEPT = "weights"  # document of the dedupe phase: what this run weighed with
VERSION = 1


def weighed(matchings: Mapping[str, Matching]) -> dict[str, object]:
    """Return the weights of every object as a JSON document."""
    learned = {name: matching.weights for name, matching in matchings.items()}
    found = {name: each.document() for name, each in learned.items() if each and each.fields}  # deals learn nothing
    return {"version": VERSION, "objects": found}


def kept_weights(workspace: Workspace) -> Mapping[str, Weights]:
    """Return the kept weights by object, none where nothing was kept.

    Raises:
        InputError: the file cannot be read.
    """
    if not workspace.weights.is_file():
        return {}
    try:
        document = json.loads(workspace.weights.read_text(encoding="utf-8"))
        return {name: Weights.of(body) for name, body in document["objects"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        hint = "type `crmclean dedupe --learn` to learn and keep them anew"
        raise InputError(Fault(str(workspace.weights), "holds no weights", hint, "weights.unreadable")) from error


def forget_weights(workspace: Workspace) -> None:
    """Let the next run learn from its own records."""
    workspace.weights.unlink(missing_ok=True)


def keep_weights(workspace: Workspace) -> None:
    """Keep what the dedupe phase has weighed with for all later runs."""
    document = json.loads((workspace.phase("dedupe") / f"{KEPT}.json").read_text(encoding="utf-8"))
    make_folder(workspace.state)
    write_json(workspace.weights, document)
