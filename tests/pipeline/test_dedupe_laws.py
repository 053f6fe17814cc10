"""Laws of the dedupe phase over generated people and links: kept weights, column order, links, vetoes."""

import json
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.matching_data import contacts
from crmclean.matching.decisions import DECISIONS
from crmclean.matching.weights import Weights
from crmclean.pipeline.dedupe.deduping import dedupe
from crmclean.plan.model import Plan, Source, Target
from crmclean.records import REF_PREFIX
from tests.pipeline.test_leads import table

PLAN = Plan(Path(), "laws", Target("hubspot"), (Source("crm", "plain", 1, ()),))
FROM, TO = REF_PREFIX + "from_ref", REF_PREFIX + "to_ref"
ROWS, EXTRA = 600, 120
quick = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))


def people(seed):
    """Contacts with known doubles, as the phase gets them."""
    frame = contacts(ROWS + EXTRA, seed=seed).drop("truth")
    facts = [pl.lit(None, pl.String).alias(name) for name in ("_outcome", "_into", "_code")]
    return frame.with_columns(*facts, pl.lit("x.csv").alias("_file"), _row=pl.int_range(2, pl.len() + 2))


def deduped(frame, kept=None, decisions=(), **others):
    answers = pl.DataFrame(list(decisions), schema=DECISIONS)
    given_weights = {} if kept is None else {"kept": kept}
    return dedupe(PLAN, {"contacts": frame.lazy(), **others}, answers, b"key", **given_weights)


def learned(phase):
    """The weights as `--learn` keeps them, through JSON."""
    objects = json.loads(json.dumps(phase.documents["weights"]))["objects"]
    return {name: Weights.of(body) for name, body in objects.items()}


def groups(phase):
    return {frozenset(part["record"]): name for (name,), part in phase.frames["groups"].group_by("group")}


@quick
@given(seed=st.integers(1, 10_000), more=st.sets(st.integers(ROWS, ROWS + EXTRA - 1), min_size=1))
def test_with_kept_weights_more_rows_keep_the_ids_of_groups_whose_members_are_the_same(seed, more):
    frame = people(seed)
    before = deduped(frame.head(ROWS))
    kept = learned(before)
    after = deduped(pl.concat([frame.head(ROWS), frame[sorted(more)]]), kept)
    old, new = groups(before), groups(after)
    assert all(new[members] == old[members] for members in old.keys() & new.keys())
    added = set(frame[sorted(more)]["_record"])
    touched = [members for members in new if members & added]
    unchanged = [members for members in old if not any(members & group for group in touched)]
    assert len([members for members in unchanged if members in new]) >= 0.95 * len(unchanged)
    assert learned(after) == kept


@quick
@given(seed=st.integers(1, 10_000), random=st.randoms(use_true_random=False))
def test_the_order_of_columns_and_rows_changes_nothing(seed, random):
    frame = people(seed).head(ROWS // 2)
    names, rows = list(frame.columns), list(range(frame.height))
    random.shuffle(names)
    random.shuffle(rows)
    one, other = deduped(frame), deduped(frame[rows].select(names))
    for name in ("pairs", "groups", "held", "members", "losers", "origins"):
        assert one.frames[name].equals(other.frames[name]), name


ends = st.tuples(st.integers(0, 39), st.integers(0, 39), st.sampled_from(["buyer", "user", None]))


@settings(max_examples=15, deadline=None)
@given(ties=st.lists(ends, min_size=1, max_size=60), twins=st.sets(st.integers(0, 19)))
def test_merging_never_loses_a_link(ties, twins):
    persons = [
        {"first_name": f"Ada{chr(97 + n % 20)}", "last_name": f"Quist{chr(97 + n % 20)}x", "email": f"m{n}@x.example"}
        for n in range(40)
    ]
    for twin in twins:
        persons[20 + twin] = dict(persons[twin])
    links = table(
        "links", *({FROM: f"crm:contacts:{a + 1}", TO: f"crm:contacts:{b + 1}", "role": r} for a, b, r in ties)
    )
    phase = deduped(table("contacts", *persons).collect(), links=links)
    into = dict(phase.tables["contacts"].filter(pl.col("_into").is_not_null()).select("_record", "_into").rows())
    wanted = {
        (*(into.get(f"crm:contacts:{end + 1}", f"crm:contacts:{end + 1}") for end in (a, b)), role)
        for a, b, role in ties
    }
    after = phase.tables["links"]
    opened = after.filter(pl.col("_outcome").is_null()).select(FROM, TO, "role").rows()
    assert set(opened) == wanted
    assert len(opened) == len(wanted)
    assert after.height == len(ties)
    assert set(after.filter(pl.col("_outcome").is_not_null())["_code"]) <= {"links.equal"}


@quick
@given(seed=st.integers(1, 10_000), random=st.randoms(use_true_random=False))
def test_what_people_told_apart_shares_no_group_also_through_others(seed, random):
    frame = people(seed)
    found = [sorted(members) for members in groups(deduped(frame)) if len(members) > 1]
    apart = [random.sample(members, 2) for members in random.sample(sorted(found), min(10, len(found)))]
    said = [{"left": one, "right": other, "verdict": "different", "by": "ann"} for one, other in apart]
    again = groups(deduped(frame, decisions=said))
    assert not [pair for pair in apart for members in again if set(pair) <= members]
