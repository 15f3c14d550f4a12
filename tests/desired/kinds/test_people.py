"""Members, invitations and who holds a role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async import AsyncClickHouseCloud
from clickhouse_cloud_async.apis.clickhouse.resources.kinds import KINDS
from clickhouse_cloud_async.desired.external import Inputs
from clickhouse_cloud_async.desired.loading import load
from clickhouse_cloud_async.desired.plan import PlanAction
from clickhouse_cloud_async.desired.reading import read_text
from clickhouse_cloud_async.fleet.report import OutcomeStatus
from tests.desired.pipe_scene import running_service

from .harness import Harness

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from clickhouse_cloud_async.desired.description import Described

MAIL = "new@example.com"


async def _held(harness: Harness, mail: str) -> list[str]:
    """The names of the roles of a member or an invitation."""
    held = {each.email: each.assigned_roles for each in await harness.cloud.members.list()}
    held |= {each.email: each.assigned_roles for each in await harness.cloud.invitations.list()}
    return sorted(f"{role.role_name}" for role in held[mail] or ())


async def test_somebody_is_invited(harness: Harness) -> None:
    """Someone who is not a member is invited, and the outcome waits for their acceptance."""
    described = harness.describe("members", {"email": "New@Example.com", "roles": ["Developer"]})

    report = await harness.carry_out(await harness.plan(described))

    assert [each.status for each in report.outcomes] == [OutcomeStatus.WAITING]
    assert "has not accepted" in f"{report.outcomes[0].reason}"
    assert await _held(harness, MAIL) == ["Developer"]
    assert not (await harness.plan(described)).items


async def test_an_invitation_gets_other_roles(harness: Harness) -> None:
    """It is withdrawn and sent again, once."""
    for roles in (["Developer"], ["Admin"]):
        described = harness.describe("members", {"email": MAIL, "roles": roles})
        await harness.carry_out(await harness.plan(described))

    assert await _held(harness, MAIL) == ["Admin"]
    assert not (await harness.plan(described)).items


async def test_an_invitation_keeps_a_role(harness: Harness) -> None:
    """An invitation without roles is refused before the old one is withdrawn."""
    await harness.cloud.invitations.create(email=MAIL, role="developer")
    described = harness.describe("members", {"email": MAIL, "roles": []})

    (outcome,) = (await harness.carry_out(await harness.plan(described))).outcomes

    assert outcome.status is OutcomeStatus.FAILED
    assert "at least one" in f"{outcome.reason}"
    assert await _held(harness, MAIL) == ["Developer"]


async def test_a_strict_role_has_nothing_more(harness: Harness) -> None:
    """Permissions beside the described ones stay, unless the document says that it has them all."""
    seen = ["control-plane:service:view", "control-plane:backup:view"]
    policy = {"allow_deny": "ALLOW", "resources": ["instance/*"], "permissions": seen}
    await harness.apply(harness.describe("roles", {"name": "readers", "policies": [policy]}))

    def named(*permissions: str, strict: str = "") -> Sequence[Described]:
        text = f"""
fleet: x
roles:
  - name: readers
    {strict}
    policies:
      - {{allow_deny: ALLOW, resources: [instance/*], permissions: {list(permissions)}}}
"""
        return load(KINDS, [read_text(text, "text")], Inputs({})).resources

    assert not (await harness.plan(*named(seen[0]))).items
    assert not (await harness.plan(*named(*reversed(seen), strict="strict: true"))).items
    await harness.apply(*named(seen[0], strict="strict: true"))
    (item,) = (await harness.plan(*named(*seen))).items
    assert [change.field for change in item.changes] == ["policies"]


async def test_an_invitation_is_withdrawn(harness: Harness) -> None:
    """Somebody who is not to be there is not waited for any more."""
    await harness.cloud.invitations.create(email=MAIL, role="developer")

    await harness.apply(harness.describe("members", {"email": MAIL}, absent=True))

    assert not await harness.cloud.invitations.list()


async def test_an_invitation_needs_roles(harness: Harness) -> None:
    """Somebody new without roles is refused, and nothing is sent."""
    (item,) = (await harness.plan(harness.describe("members", {"email": MAIL}))).items

    assert item.action is PlanAction.REFUSED
    assert "roles" in f"{item.reason}"


async def test_a_member_gets_other_roles_and_goes(harness: Harness) -> None:
    """A member has the roles that are described, and no others."""
    mail = "developer@example.com"
    await harness.apply(
        harness.describe("roles", {"name": "readers", "policies": []}),
        harness.describe("members", {"email": mail, "roles": ["readers"]}),
    )
    held = await _held(harness, mail)
    await harness.apply(harness.describe("members", {"email": mail}, absent=True))

    assert held == ["readers"]
    assert mail not in [member.email for member in await harness.cloud.members.list()]


async def test_the_last_admin_stays(harness: Harness) -> None:
    """The API does not let the last admin go, which is the outcome."""
    owner = harness.describe("members", {"email": "owner@example.com"}, absent=True)

    report = await harness.carry_out(await harness.plan(owner))

    assert [each.status for each in report.outcomes] == [OutcomeStatus.FAILED]
    assert "owner@example.com" in [each.email for each in await harness.cloud.members.list()]


async def test_holders_of_the_platform_s_roles(harness: Harness) -> None:
    """They are described by the roles of members and API keys."""
    described = harness.describe("role_assignments", {"role": "Admin", "members": []})

    (item,) = (await harness.plan(described)).items

    assert item.action is PlanAction.REFUSED
    assert "by their roles" in f"{item.reason}"


async def test_holders_that_are_not_described_stay(harness: Harness) -> None:
    """Only the holders of the kinds that are named count."""
    role = harness.describe("roles", {"name": "readers", "policies": []})
    key = harness.describe("api_keys", {"name": "reader", "ip_access_list": []})
    named = {"role": "readers", "api_keys": ["reader"]}
    await harness.apply(role, key, harness.describe("role_assignments", named))
    members = {"role": "readers", "members": ["owner@example.com"]}

    await harness.apply(role, harness.describe("role_assignments", members))

    assert not (await harness.plan(role, harness.describe("role_assignments", named))).items


async def test_an_account_that_allows_too_little(harness: Harness) -> None:
    """Infrastructure is set up only in an account that allows all that it takes."""
    fields = {"account_id": "one", "region_id": "us-east-1"}
    plan = await harness.plan(harness.describe("byoc_infrastructure", fields))

    (outcome,) = (await harness.carry_out(plan)).outcomes

    assert outcome.status is OutcomeStatus.FAILED
    assert "ec2:CreateVpc" in f"{outcome.reason}"


async def test_nobody_is_locked_out(tmp_path: Path) -> None:
    """A key that only a role lets continue keeps it; the organisation keeps an admin."""
    async with running_service() as (emulator, cloud):
        organization = emulator.organization_id
        policy = {
            "allow_deny": "ALLOW",
            "permissions": ["control-plane:organization:view", "control-plane:organization:manage"],
            "resources": [f"organization/{organization}"],
        }
        managers = {"name": "managers", "policies": [policy]}
        admin = Harness(cloud, tmp_path)
        await admin.apply(admin.describe("roles", managers))
        (role,) = [each for each in await cloud.roles.list() if each.name == "managers"]
        made = await cloud.api_keys.create(
            name="manager", assigned_role_ids=[role.id], ip_access_list=[{"source": "0.0.0.0/0"}]
        )
        login = {"organization_id": organization, "base_url": emulator.url, "rate_limit": None}
        async with AsyncClickHouseCloud(made.key_id, made.key_secret, **login) as own:  # type: ignore[arg-type]
            harness = Harness(own, tmp_path)
            more = {**policy, "permissions": [*policy["permissions"], "control-plane:service:view"]}
            reasons = [
                await _reason(harness, "role_assignments", {"role": "managers", "api_keys": []}),
                await _reason(harness, "roles", {**managers, "policies": []}),
                await _reason(harness, "roles", managers, absent=True),
                await _reason(
                    harness, "members", {"email": "owner@example.com", "roles": ["Developer"]}
                ),
                await _reason(harness, "roles", {**managers, "policies": [more]}),
            ]
            by_admin = await _reason(admin, "roles", managers, absent=True)

    lost = "manager, which is in use, would lose"
    assert reasons == [
        f"{lost} the role: list it",
        f"{lost} permissions: use an admin's key",
        f"{lost} permissions: use an admin's key",
        "it is the last admin of the organisation: make another member an admin first",
        None,
    ]
    assert by_admin is None


async def _reason(
    harness: Harness, kind: str, fields: Mapping[str, Any], *, absent: bool = False
) -> str | None:
    """Return why a change is refused; None if it is not."""
    (item,) = (await harness.plan(harness.describe(kind, fields, absent=absent))).items
    assert (item.action is PlanAction.REFUSED) == (item.reason is not None)
    return item.reason
