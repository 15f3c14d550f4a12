"""Monthly usage of resources, in the units of price files, and an example of such a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.desired.usage import HOURS_A_MONTH, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

UNIT_GB = 8
"""Memory of a compute unit, in GB."""

_PLACE = ("provider", "region")
_RANGE = ("min_replicas", "max_replicas")
_OFF = frozenset({"stopped", "stopping"})
_STANDBYS = {"async": 1, "sync": 2}

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
  # A core of a pipe's replicas, and of the size that database pipes share.
  - {unit: clickpipe_vcpu_hour, price: 0.10}
  - {unit: cdc_vcpu_hour, price: 0.10}
  # A Postgres service; each of its standbys counts as one more.
  - {unit: postgres_hour, price: 0.20}
  - {unit: postgres_hour, price: 0.40, size: c6gd.xlarge}
"""
"""A file of prices, as users may write it."""


def compute_usage(fields: Mapping[str, Any]) -> Sequence[Usage] | None:
    """Return the monthly compute usage of a service.

    The usage is derived: memory of a replica times replicas times the hours of a month, in compute
    units. The minimum is that of the service at its smallest size, or zero if it may become idle.
    The maximum is that of its largest size, including the entries of its scaling schedule. Stopped
    services use nothing. Storage, backups and traffic are not included.

    Args:
        fields: The fields of the service.

    Returns:
        The usage; None if memory or number of replicas are unknown.
    """
    if fields.get("state") in _OFF:
        return ()
    schedule = fields.get("scaling_schedule") or ()
    entries = schedule["entries"] if isinstance(schedule, Mapping) else schedule
    bounds = [_bounds(fields), *(_bounds(_within(fields, entry)) for entry in entries)]
    known = [each for each in bounds if each is not None]
    if len(known) < len(bounds):
        return None
    least, most = min(low for low, _ in known), max(high for _, high in known)
    hours = HOURS_A_MONTH / UNIT_GB
    return [Usage("compute_unit_hour", least * hours, most * hours, _labels(fields, _PLACE))]


def _within(fields: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a service while an entry of its schedule is active."""
    own = {name: value for name, value in entry.items() if value is not None}
    replaced = {"num_replicas", *_RANGE} if own.keys() & {"num_replicas", *_RANGE} else set[str]()
    return {name: value for name, value in fields.items() if name not in replaced} | own


def _bounds(fields: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return minimum and maximum memory of all replicas, in GB; None if unknown."""
    fixed = fields.get("num_replicas")
    least_memory = fields.get("min_replica_memory_gb")
    most_memory = fields.get("max_replica_memory_gb", least_memory)
    least_replicas, most_replicas = (fields.get(name, fixed) for name in _RANGE)
    if most_memory is None or most_replicas is None:
        return None
    most = most_memory * most_replicas
    if fields.get("idle_scaling", True) or least_memory is None or least_replicas is None:
        return 0.0, most
    return least_memory * least_replicas, most


def pipe_usage(fields: Mapping[str, Any], *, is_database: bool) -> Sequence[Usage] | None:
    """Return the monthly core usage of a pipe; pipes of databases share their cores.

    Args:
        fields: The fields of the pipe.
        is_database: Whether it loads from a database.

    Returns:
        None where its size is not known.
    """
    if is_database or fields.get("state") == "stopped":
        return ()
    size = fields.get("scaling") or {}
    return _cores("clickpipe_vcpu_hour", size.get("replica_cpu_millicores"), size.get("replicas"))


def cdc_usage(fields: Mapping[str, Any]) -> Sequence[Usage] | None:
    """Return the monthly core usage of the database pipes of a service.

    Args:
        fields: The fields of their size.

    Returns:
        The usage; None if it is unknown.
    """
    return _cores("cdc_vcpu_hour", fields.get("replica_cpu_millicores"), 1)


def _cores(unit: str, millicores: float | None, replicas: float | None) -> Sequence[Usage] | None:
    if millicores is None or replicas is None:
        return None
    used = millicores / 1000 * replicas * HOURS_A_MONTH
    return [Usage(unit, used, used)]


def postgres_usage(fields: Mapping[str, Any]) -> Sequence[Usage] | None:
    """Return the monthly hours of a Postgres service and its standbys.

    Args:
        fields: The fields of the service.

    Returns:
        The usage; None if its size is unknown.
    """
    if fields.get("size") is None:
        return None
    used = float(HOURS_A_MONTH * (1 + _STANDBYS.get(f"{fields.get('ha_type')}", 0)))
    return [Usage("postgres_hour", used, used, _labels(fields, ("size", *_PLACE)))]


def _labels(fields: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    return {name: str(fields[name]) for name in names if fields.get(name)}
