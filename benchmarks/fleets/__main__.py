"""Measure one case of fleets in this process: ``python -m benchmarks.fleets CASE SIZE``."""

from __future__ import annotations

import json
import sys
from importlib import import_module

from .virtual import runner


def main() -> None:
    """Run a case on a virtual clock, and print the measurements as JSON."""
    _, case, size = sys.argv
    module, _, function = case.partition(":")
    with runner() as loop:
        measure = getattr(import_module(f"benchmarks.fleets.{module}"), function)
        print(json.dumps(loop.run(measure(int(size)))))


if __name__ == "__main__":
    main()
