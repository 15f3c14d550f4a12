"""What services use in a month, in the units of price files, and an example of such a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.desired.usage import HOURS_A_MONTH, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UNIT_GB = 8
"""Memory of a compute unit, in GB."""

_LABELS = ("provider", "region")
_OFF = frozenset({"stopped", "stopping"})

EXAMPLE_PRICES = """\
# AN EXAMPLE, with invented prices. It is no price list of ClickHouse or anybody else:
# put the prices of your own contract in their place.
currency: USD
date: 2026-12-01
rates:
  # A compute unit is 8 GB of the memory of a replica. A rate counts where all that it names is so;
  # of several, the one that names most.
  - {unit: compute_unit_hour, price: 0.30}
  - {unit: compute_unit_hour, price: 0.25, provider: aws}
  - {unit: compute_unit_hour, price: 0.28, provider: aws, region: eu-central-1}
  - {unit: compute_unit_hour, price: 0.24, provider: gcp}
"""
"""A file of prices, as users may write it."""


def compute_usage(fields: Mapping[str, Any]) -> Sequence[Usage] | None:
    """Return the compute that a service uses in a month.

    It is deduced: memory of a replica times replicas times the hours of a month, in compute units.
    The least is that of a service at its smallest, and nothing where it may go idle; the most that
    of one at its largest. What is stopped uses nothing. Entries of a scaling schedule, storage,
    backups and traffic are not in it.

    Args:
        fields: The fields of the service.

    Returns:
        None where memory or replicas are not known.
    """
    if fields.get("state") in _OFF:
        return ()
    fixed = fields.get("num_replicas")
    least_memory = fields.get("min_replica_memory_gb")
    most_memory = fields.get("max_replica_memory_gb", least_memory)
    least_replicas = fields.get("min_replicas", fixed)
    most_replicas = fields.get("max_replicas", fixed)
    if None in {most_memory, most_replicas}:
        return None
    hours = HOURS_A_MONTH / UNIT_GB
    is_least_known = None not in {least_memory, least_replicas}
    is_idle_at_times = fields.get("idle_scaling", True) or not is_least_known
    least = 0.0 if is_idle_at_times else least_memory * least_replicas * hours
    labels = {name: str(fields[name]) for name in _LABELS if fields.get(name)}
    return [Usage("compute_unit_hour", least, most_memory * most_replicas * hours, labels)]
