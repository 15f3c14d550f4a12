"""Clouds with their regions, zones and machine types, which all organisations share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@attrs.frozen
class Cloud:
    """A cloud that instances run in.

    Args:
        name: Its name.
        description: Its full name.
        regions: Codes of its regions.
        machines: Its machine types.
        zone: Suffix of a zone's code after that of its region, without its letter.
    """

    name: str
    description: str
    regions: tuple[str, ...]
    machines: tuple[str, ...]
    zone: str = ""

    @property
    def id(self) -> str:
        """Its id."""
        return f"infra-{self.name.replace('-', '')}"

    @property
    def region_field(self) -> str:
        """The field of a product tier with its available regions."""
        return {"byoc-onprem": "byocOnpremRegions"}.get(self.name, f"{self.name}Regions")


CLOUDS: Final = {
    cloud.name: cloud
    for cloud in (
        Cloud(
            "aws",
            "Amazon Web Services",
            ("us-east-1", "us-east-2", "us-west-2", "eu-central-1", "ap-south-1"),
            ("t4g.small", "t3.medium", "m6i.large", "m6i.xlarge", "r6i.large"),
        ),
        Cloud(
            "gcp",
            "Google Cloud",
            ("us-central1", "us-east1", "europe-west1", "asia-south1"),
            ("e2-small", "e2-medium", "n2-standard-2", "n2-standard-4"),
            "-",
        ),
        Cloud(
            "azure",
            "Microsoft Azure",
            ("eastus", "westus2", "westeurope", "centralindia"),
            ("Standard_B2s", "Standard_D2s_v5", "Standard_D4s_v5"),
            "-",
        ),
        Cloud("nebius", "Nebius", ("eu-north1", "eu-west1"), ("cpu-d3-4vcpu-16gb",), "-"),
        Cloud(
            "oci", "Oracle Cloud", ("us-ashburn-1", "eu-frankfurt-1"), ("VM.Standard3.Flex",), "-"
        ),
    )
}
"""The clouds by their names, with invented sets of regions and machine types."""

ZONES: Final = "abc"
"""Letters of the zones of each region."""


def region_id(cloud: Cloud, code: str) -> str:
    """Return the id of a region."""
    return f"region-{cloud.name}-{code}"


def zone_id(cloud: Cloud, code: str) -> str:
    """Return the id of an availability zone."""
    return f"az-{cloud.name}-{code}"


def zones(cloud: Cloud, region: str) -> list[str]:
    """Return the codes of a region's availability zones."""
    return [f"{region}{cloud.zone}{letter}" for letter in ZONES]


REGIONS: Final[dict[str, JsonObject]] = {
    region_id(cloud, code): {
        "id": region_id(cloud, code),
        "code": code,
        "cloudProviderId": cloud.id,
        "cloudProviderName": cloud.name,
        "description": f"{code} of {cloud.description}",
    }
    for cloud in CLOUDS.values()
    for code in cloud.regions
}
"""The regions by their ids."""

ALL_ZONES: Final[dict[str, JsonObject]] = {
    zone_id(cloud, code): {
        "id": zone_id(cloud, code),
        "code": code,
        "regionCode": region,
        "cloudProviderName": cloud.name,
        "description": f"{code} of {cloud.description}",
    }
    for cloud in CLOUDS.values()
    for region in cloud.regions
    for code in zones(cloud, region)
}
"""The availability zones by their ids."""
