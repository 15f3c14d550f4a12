"""What the measured clients ask for; nothing here costs an import."""

from __future__ import annotations

SERVICE = "c0ffee00-0000-4000-8000-000000000001"

FLEETS = (100, 1_000, 3_000, 10_000)
"""How many services the organisations have whose lists are asked for."""


def organization_of(size: int) -> str:
    """The id of the organisation that has so many services."""
    return f"00000000-0000-4000-8000-{size:012}"


ORGANIZATION = organization_of(1)
SERVICE_PATH = f"/v1/organizations/{ORGANIZATION}/services/{SERVICE}"


def list_path(size: int) -> str:
    """Return where the list of so many services is."""
    return f"/v1/organizations/{organization_of(size)}/services"
