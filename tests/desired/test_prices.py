"""What resources cost a month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.apis.clickhouse.resources.prices import (
    EXAMPLE_PRICES,
    cdc_usage,
    compute_usage,
    pipe_usage,
    postgres_usage,
)
from clickhouse_cloud_async.desired.costs import Cost
from clickhouse_cloud_async.desired.prices import Prices
from clickhouse_cloud_async.desired.reading import read_text
from clickhouse_cloud_async.desired.usage import Usage
from clickhouse_cloud_async.desired.validation import DescriptionError

if TYPE_CHECKING:
    from pathlib import Path

PRICES = """
currency: EUR
date: 2026-12-01
rates:
- {unit: hour, price: 2}
- {unit: hour, price: 3, provider: aws}
- {unit: hour, price: 5, provider: aws, region: eu}
- {unit: hour, price: 7, provider: gcp, region: us}
- {unit: gigabyte, price: 0.125, region: eu}
"""


def _prices(text: str = PRICES) -> Prices:
    return Prices.of(read_text(text, "prices.yaml"))


@pytest.mark.parametrize(
    ("labels", "price"),
    [
        ({}, 2),
        ({"provider": "azure"}, 2),
        ({"provider": "aws"}, 3),
        ({"provider": "aws", "region": "us"}, 3),
        ({"provider": "aws", "region": "eu"}, 5),
        ({"provider": "gcp", "region": "eu"}, 2),
        ({"provider": "gcp", "region": "us", "size": "any"}, 7),
    ],
)
def test_the_most_specific_rate_counts(labels: dict[str, str], price: float) -> None:
    """Of the rates that are for a resource the one that says most about it counts."""
    assert _prices().cost([Usage("hour", 1, 10, labels)]) == Cost(price, 10 * price)


def test_sums() -> None:
    """What a resource uses of several units adds up; without a price nothing is said."""
    prices = _prices()
    eu = {"region": "eu"}

    assert prices.cost([Usage("hour", 0, 730), Usage("gigabyte", 8, 8, eu)]) == Cost(1, 1461)
    assert prices.cost([]) == Cost()
    assert prices.cost([Usage("hour", 0, 730), Usage("gigabyte", 8, 8)]) is None
    assert prices.cost([Usage("gigabyte", 0, 0)]) == Cost()


def test_differences() -> None:
    """A change of costs is shown with its sign, and as a range where it is one."""
    assert str(Cost(1, 4) + Cost(1000, 1000) - Cost(0, 3)) == "+1,001.00"
    assert str(Cost() - Cost(1, 20.005)) == "-20.00 to -1.00"
    assert str(Cost()) == "+0.00"
    assert Cost(1.006, 2).to_dict() == {"least": 1.01, "most": 2}


def test_file(tmp_path: Path) -> None:
    """Prices have a currency and a date, and are read of a file."""
    file = tmp_path / "prices.yaml"
    file.write_text(PRICES)
    prices = Prices.load(file)
    assert (prices.currency, prices.date, len(prices.rates)) == ("EUR", "2026-12-01", 5)


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("[]", ["1: prices are a mapping with the fields currency, date, rates"]),
        (
            "currency: 5\nrate: []",
            [
                "1: currency: is required, as a text",
                "1: date: is required, as a text",
                "1: rates: is required, as a list",
                "2: rate: there is no such field; did you mean rates?",
            ],
        ),
        (
            """currency: EUR
date: x
rates:
- 5
- {unit: 1, price: -1}
- {unit: a, price: true, region: 5}
- {unit: a, price: 1e999}
""",
            [
                "4: rates[0]: a rate is a mapping of unit, price and what it is for",
                "5: rates[1].unit: is required, as a text",
                "5: rates[1].price: is required, as a number from 0 on",
                "6: rates[2].price: is required, as a number from 0 on",
                "6: rates[2].region: is not text",
                "7: rates[3].price: is required, as a number from 0 on",
            ],
        ),
    ],
)
def test_mistakes(text: str, mistakes: list[Any]) -> None:
    """All mistakes of a file are named with their lines."""
    with pytest.raises(DescriptionError) as caught:
        _prices(text)
    assert [str(each) for each in caught.value.issues] == [f"prices.yaml:{m}" for m in mistakes]


@pytest.mark.parametrize(
    ("fields", "least", "most"),
    [
        # 730 hours of a replica of 8 GB are 730 hours of a compute unit.
        ({"num_replicas": 1, "min_replica_memory_gb": 8, "max_replica_memory_gb": 8}, 0, 730),
        ({"num_replicas": 3, "max_replica_memory_gb": 16, "idle_scaling": True}, 0, 4380),
        (
            {
                "min_replicas": 2,
                "max_replicas": 5,
                "min_replica_memory_gb": 16,
                "max_replica_memory_gb": 16,
                "idle_scaling": False,
            },
            2920,
            7300,
        ),
    ],
)
def test_compute_of_services(fields: dict[str, Any], least: float, most: float) -> None:
    """A service uses memory times replicas, between the bounds that it scales within."""
    usages = compute_usage({**fields, "provider": "aws", "region": None})
    assert usages == [Usage("compute_unit_hour", least, most, {"provider": "aws"})]


def test_schedules_widen_what_a_service_uses() -> None:
    """An entry of a schedule counts as a size that the service may have."""
    entries = [{"name": "nights", "num_replicas": 1}, {"name": "days", "max_replica_memory_gb": 32}]
    fields = {"num_replicas": 2, "min_replica_memory_gb": 8, "max_replica_memory_gb": 8}
    for schedule in (entries, {"entries": entries}):
        usages = compute_usage({**fields, "idle_scaling": False, "scaling_schedule": schedule})
        assert usages == [Usage("compute_unit_hour", 730, 5840)]


def test_what_other_resources_use() -> None:
    """Pipes use cores, those of databases share theirs, and each standby counts as one more."""
    pipe = {"scaling": {"replicas": 2, "replica_cpu_millicores": 500}}
    size = {"replica_cpu_millicores": 2000, "replica_memory_gb": 8}
    postgres = {"size": "r6gd.large", "ha_type": "sync", "provider": "aws"}

    assert pipe_usage(pipe, is_database=False) == [Usage("clickpipe_vcpu_hour", 730, 730)]
    assert pipe_usage({**pipe, "state": "stopped"}, is_database=False) == ()
    assert pipe_usage({}, is_database=True) == ()
    assert pipe_usage({}, is_database=False) is None
    assert cdc_usage(size) == [Usage("cdc_vcpu_hour", 1460, 1460)]
    labels = {"size": "r6gd.large", "provider": "aws"}
    assert postgres_usage(postgres) == [Usage("postgres_hour", 2190, 2190, labels)]
    assert postgres_usage({"ha_type": "none"}) is None


def test_services_that_use_nothing_or_something_unknown() -> None:
    """What is stopped costs nothing; what a new service gets by default is not known."""
    assert compute_usage({"state": "stopped", "num_replicas": 3}) == ()
    assert compute_usage({"num_replicas": 3}) is None
    assert compute_usage({"max_replica_memory_gb": 8, "idle_scaling": False}) is None


def test_the_example_of_prices() -> None:
    """The example that is shipped can be read, and says that it is none but that."""
    prices = _prices(EXAMPLE_PRICES)
    assert prices.cost([Usage("compute_unit_hour", 1, 1, {"provider": "azure"})]) == Cost(0.3, 0.3)
    assert EXAMPLE_PRICES.startswith("# AN EXAMPLE, with invented prices.")
