"""The kinds of resources that documents of ClickHouse Cloud may name.

Each kind has a module of its own beside this one.
"""

from __future__ import annotations

from clickhouse_cloud_async.desired.kinds import Kinds

from .api_keys import APIKeys
from .roles import Roles

KINDS = Kinds(
    (
        APIKeys(),
        Roles(),
    )
)
"""All kinds, one a line."""
