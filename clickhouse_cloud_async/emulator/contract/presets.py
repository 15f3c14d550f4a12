"""What made-up objects hold where chance would be implausible, by schema name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CREATED: Mapping[str, Mapping[str, object]] = {
    "ByocConfig": {"state": "infra-ready"},
    "RBACRole": {"type": "custom"},
}
"""Properties that a request can not set, of the objects that requests create."""
