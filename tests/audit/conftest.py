"""Lets the tests of this folder share exporting, the test servers and the small worlds."""

import sys
from pathlib import Path

_TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(_TESTS / name) for name in ("audit", "golden", "servers", "destinations")]
