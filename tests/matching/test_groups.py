import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmclean.matching.bridges import bridges
from crmclean.matching.components import apart, components

edges = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=20)


def reached(pairs):
    """The smallest node that each node reaches, the slow and plain way."""
    label = list(range(12))
    for _ in label:
        for a, b in pairs:
            label[a] = label[b] = min(label[a], label[b])
    return label


def arrays(pairs):
    return (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))


@given(edges)
def test_components_are_what_can_be_reached(pairs):
    assert components(12, *arrays(pairs)).tolist() == reached(pairs)


@given(edges, edges)
def test_enemies_never_share_a_component(pairs, foes):
    enemies = {(min(foe), max(foe)) for foe in foes if foe[0] != foe[1]}
    kept = [pair for pair, keep in zip(pairs, apart(*arrays(pairs), enemies), strict=True) if keep]
    label = reached(kept)
    assert not [foe for foe in enemies if label[foe[0]] == label[foe[1]]]


@given(edges)
def test_without_enemies_every_edge_is_kept(pairs):
    assert apart(*arrays(pairs), set()).all()


CASES = [
    ("two pairs held together by one weak edge", [("a", "b", 1.0), ("c", "d", 1.0), ("b", "c", 0.9)], [("b", "c")]),
    ("a sure edge holds whatever it joins", [("a", "b", 1.0), ("c", "d", 1.0), ("b", "c", 0.999)], []),
    ("two ways round", [("a", "b", 1.0), ("c", "d", 1.0), ("b", "c", 0.9), ("a", "d", 0.9)], []),
    ("one record hangs on", [("a", "b", 1.0), ("b", "c", 1.0), ("c", "d", 0.9)], []),
    ("a group of three", [("a", "b", 0.9), ("b", "c", 0.9)], []),
]


@pytest.mark.parametrize(("links", "found"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_bridges(links, found):
    frame = pl.DataFrame(links, schema=["left", "right", "probability"], orient="row")
    records = sorted({node for edge in links for node in edge[:2]})
    groups = pl.DataFrame({"record": records, "group": ["a"] * len(records)})
    assert bridges(frame, groups).rows() == found
