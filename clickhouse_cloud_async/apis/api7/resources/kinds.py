"""The kinds of resources in documents of API7 Cloud."""

from __future__ import annotations

from clickhouse_cloud_async.desired.engine import Engine
from clickhouse_cloud_async.desired.kinds import Kinds

from .apis import APIs
from .applications import Applications
from .canary_releases import CanaryReleases
from .certificates import Certificates
from .consumers import Consumers

KINDS = Kinds(
    (
        APIs(),
        Applications(),
        CanaryReleases(),
        Certificates(),
        Consumers(),
    )
)
"""All kinds."""

ENGINE = Engine(title="A control plane of API7 Cloud", kinds=KINDS, main_kind="applications")
"""The engine of desired state for API7 Cloud."""
