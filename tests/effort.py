"""How hard the tests look for what nobody thought of."""

from __future__ import annotations

import sys

OLDEST = (3, 11)
"""The oldest Python that is supported."""

EXAMPLES = 100 if sys.version_info[:2] == OLDEST else 20
"""Examples of a property: many on one Python, a few on the others, where the same code runs."""

SEEDS = range(EXAMPLES // 25 or 1)
"""Seeds of what is tried with made-up faults."""
