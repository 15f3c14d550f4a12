"""The resources that the measured clients request; this module imports nothing."""

from __future__ import annotations

SERVICE = "c0ffee00-0000-4000-8000-000000000001"

FLEETS = (100, 1_000, 3_000, 10_000)
"""Sizes of the lists."""


def organization_of(size: int) -> str:
    """Return the ID of the organisation with a number of services."""
    return f"00000000-0000-4000-8000-{size:012}"


ORGANIZATION = organization_of(1)
SERVICE_PATH = f"/v1/organizations/{ORGANIZATION}/services/{SERVICE}"


def list_path(size: int) -> str:
    """Return the path of a list of services."""
    return f"/v1/organizations/{organization_of(size)}/services"
