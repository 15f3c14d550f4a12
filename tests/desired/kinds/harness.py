"""A fleet of resources of any kinds, described as documents have them."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async import Secret
from clickhouse_cloud_async.apis.clickhouse.resources.kinds import ENGINE, KINDS
from clickhouse_cloud_async.desired.description import Described, Description
from clickhouse_cloud_async.desired.export import Selection
from clickhouse_cloud_async.desired.external import Inputs
from clickhouse_cloud_async.desired.loading import load
from clickhouse_cloud_async.desired.plan import PlanOptions
from clickhouse_cloud_async.desired.reading import read_text
from clickhouse_cloud_async.desired.references import Reference
from clickhouse_cloud_async.fleet.report import OutcomeStatus
from clickhouse_cloud_async.fleet.run import Options

from .case import ARCHIVE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.desired.plan import Plan
    from clickhouse_cloud_async.fleet.report import Report

_REACHED = {OutcomeStatus.DONE, OutcomeStatus.WAITING}
"""What becomes of a resource to which all was sent that can be: some wait for a person then."""

_REFERENCE = re.compile(r"\$\{(\w+)\.(.+)\.(\w+)\}")


class Harness:
    """Plans and applies descriptions, and keeps all that plans and reports tell.

    Args:
        cloud: A client of the emulator.
        folder: Where the archive of functions is made.

    Attributes:
        cloud: As the argument.
        told: The texts of all plans and reports.
        adopts: Whether what is described makes services a part of the fleet, as the last export
            says.
    """

    def __init__(self, cloud: AsyncClickHouseCloud, folder: Path) -> None:
        self.cloud = cloud
        self.told: list[str] = []
        self.adopts = True
        self._archive = folder / "function.zip"
        with zipfile.ZipFile(self._archive, "w") as content:
            content.writestr("main.py", "print(1)")

    def describe(
        self, kind: str, fields: Mapping[str, Any], *, key: str | None = None, absent: bool = False
    ) -> Described:
        """Describe a resource.

        Args:
            kind: Its kind.
            fields: Its fields.
            key: Its ID, if that is pinned.
            absent: Whether it must not exist.
        """
        values = {name: self._value(value) for name, value in fields.items()}
        return Described(kind=kind, fields=values, id=key, is_absent=absent)

    async def plan(self, *resources: Described, resend: str | None = None) -> Plan:
        """Plan a description.

        Args:
            *resources: The resources.
            resend: A resource whose secrets are sent again, as ``kind/name``.
        """
        desired = Description(name="staging", resources=resources, adopts=self.adopts)
        options = PlanOptions(resend=frozenset(() if resend is None else (resend,)))
        plan = await ENGINE.plan([self.cloud], desired, options)
        self.told += [str(plan), repr(plan), str(plan.to_dict())]
        return plan

    async def promise(self, *resources: Described) -> int:
        """Return how many requests a look is said to take, before it is taken.

        Args:
            *resources: The resources.
        """
        return await ENGINE.look_requests(
            [self.cloud], Description(name="staging", resources=resources)
        )

    async def apply(self, *resources: Described, resend: str | None = None) -> Report:
        """Plan a description and apply it, which has to succeed; then there is nothing left to do.

        Args:
            *resources: The resources.
            resend: A resource whose secrets are sent again, as ``kind/name``.
        """
        plan = await self.plan(*resources, resend=resend)
        report = await self.carry_out(plan)
        for outcome in report.outcomes:
            assert outcome.status in _REACHED, f"{outcome.name}: {outcome.reason}"
        left = await self.plan(*resources)
        assert not left.items, str(left)
        return report

    async def export(self, *kinds: str, secret: str | None = None) -> tuple[Described, ...]:
        """Export resources, write them as a document, and read that again.

        Args:
            *kinds: Their kinds.
            secret: What each variable holds that the document names; None where there are none.
        """
        selection = Selection(only=frozenset(kinds))
        exported = await ENGINE.export([self.cloud], "staging", selection)
        text = exported.to_yaml()
        self.told.append(text)
        names = [] if secret is None else re.findall(r"env: (\w+)", text)
        variables = dict.fromkeys(names, f"{secret}")
        described = load(KINDS, [read_text(text, "export")], Inputs(variables))
        self.adopts = described.adopts
        return described.resources

    async def carry_out(self, plan: Plan) -> Report:
        """Apply a plan, whatever comes of it."""
        report = await ENGINE.apply([self.cloud], plan, Options(), allow_delete=True)
        self.told += [str(report), repr(report), str(report.to_dict())]
        return report

    def _value(self, value: Any) -> Any:
        if isinstance(value, dict):
            if value.keys() == {"secret"}:
                return Secret(value["secret"])
            return {name: self._value(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._value(item) for item in value]
        if value == ARCHIVE:
            return str(self._archive)
        found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        return value if found is None else Reference(found[1], found[2], found[3])


def found_by(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return those fields that find a resource.

    Args:
        kind: Its kind.
        fields: All fields.
    """
    parent = KINDS[kind].parent
    names = [*KINDS[kind].key, *(() if parent is None else (parent.field,))]
    return {name: fields[name] for name in names}
