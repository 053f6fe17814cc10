"""Groups from pairs: connected components, and components in which some pairs must stay apart."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ids: TypeAlias = NDArray[np.int64]


def components(size: int, left: Ids, right: Ids) -> Ids:
    """Return for each of `size` nodes the smallest node of its connected component.

    Hooking and pointer jumping over whole arrays (Shiloach and Vishkin, 1982): rounds grow with the logarithm.
    """
    label = np.arange(size, dtype=np.int64)
    while True:
        a, b = label[left], label[right]
        if np.array_equal(a, b):
            return label
        low, high = np.minimum(a, b), np.maximum(a, b)
        np.minimum.at(label, high, low)
        label = _flatten(label)


def _flatten(label: Ids) -> Ids:
    while True:
        further = label[label]
        if np.array_equal(further, label):
            return label
        label = further


def apart(left: Ids, right: Ids, enemies: set[tuple[int, int]]) -> NDArray[np.bool_]:
    """Say which edges, strongest first, can be kept so that no two enemies end in one group.

    Only for the few components that hold enemies: it goes edge by edge. `enemies` holds (low, high) node pairs.
    """
    parent: dict[int, int] = {}
    hates: dict[int, set[int]] = {}
    for low, high in enemies:
        hates.setdefault(low, set()).add(high)
        hates.setdefault(high, set()).add(low)
    kept = np.zeros(len(left), dtype=np.bool_)
    for place, (one, other) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        kept[place] = _join(parent, hates, _root(parent, one), _root(parent, other))
    return kept


def _root(parent: dict[int, int], node: int) -> int:
    while (above := parent.get(node, node)) != node:
        parent[node] = parent.get(above, above)
        node = above
    return node


def _join(parent: dict[int, int], hates: dict[int, set[int]], a: int, b: int) -> bool:
    if a == b:
        return True
    if b in {_root(parent, enemy) for enemy in hates.get(a, ())}:
        return False
    low, high = min(a, b), max(a, b)
    parent[high] = low
    hates[low] = hates.get(low, set()) | hates.pop(high, set())
    return True
