"""All cases, one line for each area; a new area is added here."""

from __future__ import annotations

from typing import Final

import pytest

from . import (
    access,
    clickstack,
    databases,
    in_services,
    organization,
    pipes,
    services,
    sources,
    udfs,
)

CASES: Final = (
    *in_services.CASES,
    *udfs.CASES,
    *sources.CASES,
    *clickstack.CASES,
    *databases.CASES,
    *organization.CASES,
    *access.CASES,
    *pipes.CASES,
    *services.CASES,
)

EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
