"""Lets the tests of this folder share small_crm, checker and the test servers with the scripts that they start."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "servers")]
