"""What made-up objects hold where chance would be implausible, by schema name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ALL = -1
"""As a count: one object per value that the id can have."""

SEEDED_COUNTS: Mapping[str, int] = {
    "activities": 6,
    "backups": 4,
    "members": 3,
    "quotas": ALL,
    "roles": 2,
    "snapshots": 4,
}
"""How many objects a collection holds from the start, by the last segment of its path."""

SEEDED: Mapping[str, Mapping[str, object]] = {
    "Backup": {"status": "done"},
    "ClickStackRole": {"isPredefined": True},
    "RBACRole": {"type": "system"},
    "Snapshot": {"status": "done"},
}
"""Properties of the objects that are there from the start."""

CREATED: Mapping[str, Mapping[str, object]] = {
    "ByocConfig": {"state": "infra-ready"},
    "ClickPipe": {"state": "Running"},
    "ClickStackAlertResponse": {"state": "OK", "silenced": None, "executionErrors": []},
    "ClickStackRole": {"isPredefined": False},
    "PublicQueryApiEndpoint": {"ownerType": "queryApiEndpoint"},
    "RBACRole": {"type": "custom"},
    "ReversePrivateEndpoint": {"status": "Ready"},
    "Udf": {"status": "ready", "error": None},
}
"""Properties that a request can not set, of the objects that requests create."""

LIST_LENGTHS: Mapping[str, int] = {"logs": 120}
"""How many entries a list without ids holds, by the last segment of its path; 1 by default."""
