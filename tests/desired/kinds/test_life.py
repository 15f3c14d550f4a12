"""The life cycle of resources of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.apis.clickhouse.resources.kinds import KINDS
from clickhouse_cloud_async.desired.plan import PlanAction

from .cases import CASES, EVERY_CASE
from .harness import found_by

if TYPE_CHECKING:
    from .case import Case
    from .harness import Harness

COVERED = sorted({case.kind for case in CASES})


@EVERY_CASE
async def test_life(harness: Harness, case: Case) -> None:
    """A resource is created, adopted, exported, changed and deleted, and no secret is shown.

    Each change names only what it changes, and what is not named stays as it is. A look takes as
    many requests as it is said to take beforehand.
    """
    needed = [harness.describe(*need) for need in case.needs]
    fields: dict[str, Any] = dict(case.fields)
    described = (*needed, harness.describe(case.kind, fields))
    await harness.apply(*described)
    looked = (await harness.plan(*described)).look_requests
    assert looked == await harness.promise(*described)
    exported = await harness.export(case.kind)
    assert exported
    left = await harness.plan(*exported)
    assert not left.items, str(left)

    for change in case.changes:
        beside = {name: fields[name] for name in case.beside if name not in change}
        named = {**found_by(case.kind, fields), **beside, **change}
        (item,) = (await harness.plan(harness.describe(case.kind, named))).items
        assert item.action is PlanAction.CHANGE, item.reason
        assert {each.field for each in item.changes} <= change.keys()
        await harness.apply(harness.describe(case.kind, named))
        fields |= change
        left = await harness.plan(*needed, harness.describe(case.kind, fields))
        assert not left.items, str(left)

    absent = harness.describe(case.kind, fields, absent=True)
    if KINDS[case.kind].is_permanent:
        assert not (await harness.plan(absent)).items
    else:
        await harness.apply(absent)
        (item,) = (await harness.plan(*needed, harness.describe(case.kind, fields))).items
        assert item.action is PlanAction.ADD
    for secret in case.secrets:
        assert not [text for text in harness.told if secret in text]


@EVERY_CASE
async def test_wrong_references(harness: Harness, case: Case) -> None:
    """A name that no resource has is refused, and so is a service that is not there."""
    needed = [harness.describe(*need) for need in case.needs]
    kind = KINDS[case.kind]
    named = [field.name for field in kind.fields if field.refers_to and field.name in case.fields]
    parents = [] if kind.parent is None else [kind.parent.field]
    for name in [*named, *parents]:
        wrong = ["nowhere"] if isinstance(case.fields[name], list) else "nowhere"
        fields = {**case.fields, name: wrong}

        plan = await harness.plan(*needed, harness.describe(case.kind, fields))

        (item,) = [item for item in plan.items if item.action is PlanAction.REFUSED]
        assert "'nowhere'" in f"{item.reason}", name


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.secrets and case.changes], ids=lambda case: case.id
)
async def test_secrets_are_sent_again_on_demand(harness: Harness, case: Case) -> None:
    """A secret that the API does not show is sent again only if that is asked for."""
    described = harness.describe(case.kind, case.fields)
    await harness.apply(*(harness.describe(*need) for need in case.needs), described)
    (note,) = (await harness.plan(described)).notes
    kind = KINDS[case.kind]
    parent = () if kind.parent is None else (kind.parent.field,)
    name = "/".join(str(case.fields[field]) for field in (*parent, *kind.key))

    report = await harness.apply(described, resend=f"{case.kind}/{name}")

    assert "cannot be compared" in note
    requests = {field.change for field in kind.fields if field.is_secret} - {None} or {"update"}
    assert [set(outcome.commands) for outcome in report.outcomes] == [requests]
    for secret in case.secrets:
        assert not [text for text in harness.told if secret in text]


def test_every_kind_has_a_case() -> None:
    """A kind that is added needs a row."""
    assert {*KINDS.names} == {*COVERED}


@pytest.mark.parametrize("kind", COVERED)
def test_every_field_is_changed_in_a_case(kind: str) -> None:
    """A field that the contract adds needs a case."""
    cases = [case for case in CASES if case.kind == kind]
    known = {name for case in cases for name in case.fields} | {*_OTHERWISE[kind]}
    changed = {name for case in cases for change in case.changes for name in change}
    secret = {field.name for field in KINDS[kind].fields if field.is_secret}
    fixed = {field.name for field in KINDS[kind].fields if field.change is None}

    assert KINDS[kind].by_name.keys() <= known | changed
    assert KINDS[kind].by_name.keys() <= changed | secret | fixed | set(_OTHERWISE[kind])


_OTHERWISE = {kind: (*KINDS[kind].key,) for kind in COVERED} | {
    "backup_buckets": ("bucket_provider",),
    "clickstack_sources": ("name", "kind"),
    "postgres": ("name", "restored_from", "restore_target"),
    # Needs infrastructure that is ready, and a backup, which are given by their IDs.
    "services": ("name", "byoc_id", "backup_id"),
}
"""Fields that tests of their own change."""
