"""How services scale, by themselves and on a schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .client import Api


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"numReplicas": 2, "minReplicas": 1, "maxReplicas": 2}, "excludes"),
        ({"minReplicas": 1}, "come together"),
        ({"minReplicas": 3, "maxReplicas": 2}, "minReplicas: 3 is more than maxReplicas 2"),
        ({"minReplicas": 1, "maxReplicas": 2}, "fixed number"),
        ({"minReplicaMemoryGb": 64, "maxReplicaMemoryGb": 32}, "64 is more than"),
        ({"autoscalingMode": "horizontal", "numReplicas": 2}, "numReplicas: horizontal"),
        ({"autoscalingMode": "horizontal", "minReplicas": 1, "maxReplicas": 2}, "equal"),
    ],
)
async def test_contradicting_scaling(api: Api, changes: dict[str, Any], message: str) -> None:
    """Scaling that contradicts itself is refused and changes nothing."""
    before = await api.service()
    answer = await api("PATCH", f"/services/{before['id']}/replicaScaling", changes)

    assert answer.status == 400
    assert message in answer.error
    assert before == await api.service()


async def test_scaling_modes(api: Api) -> None:
    """Each mode shows the properties that belong to it, and going back keeps the memory."""
    path = f"/services/{(await api.service())['id']}/replicaScaling"
    asked = {
        "autoscalingMode": "horizontal",
        "minReplicas": 2,
        "maxReplicas": 5,
        "minReplicaMemoryGb": 24,
        "maxReplicaMemoryGb": 24,
    }
    horizontal = (await api("PATCH", path, asked)).result
    vertical = (await api("PATCH", path, {"autoscalingMode": "vertical", "numReplicas": 3})).result

    assert (asked | {"replicaMemoryGb": 24}).items() <= horizontal.items()
    assert not {"numReplicas", "minTotalMemoryGb", "maxTotalMemoryGb"} & horizontal.keys()
    assert (
        horizontal["currentScaling"]["effectiveMinReplicas"],
        horizontal["currentScaling"]["effectiveMaxReplicas"],
    ) == (2, 5)
    assert {"numReplicas": 3, "minReplicaMemoryGb": 24}.items() <= vertical.items()
    assert not {"minReplicas", "maxReplicas", "replicaMemoryGb"} & vertical.keys()


async def test_equal_pair_is_a_fixed_number_in_vertical_mode(api: Api) -> None:
    """An equal pair of replica bounds counts as the number of replicas."""
    path = f"/services/{(await api.service())['id']}/replicaScaling"
    scaled = (await api("PATCH", path, {"minReplicas": 4, "maxReplicas": 4})).result

    assert (scaled["autoscalingMode"], scaled["numReplicas"]) == ("vertical", 4)


async def test_deprecated_total_memory(api: Api) -> None:
    """Total memory is that of three replicas."""
    path = f"/services/{(await api.service())['id']}/scaling"
    body = {"minTotalMemoryGb": 48, "maxTotalMemoryGb": 96.0}
    scaled = (await api("PATCH", path, body)).result

    assert (scaled["minReplicaMemoryGb"], scaled["maxReplicaMemoryGb"]) == (16, 32)
    assert (scaled["minTotalMemoryGb"], scaled["maxTotalMemoryGb"]) == (48, 96)


async def test_schedule_changes_the_effective_scaling(api: Api) -> None:
    """During an entry's hours the entry is what runs; the baseline stays as it is."""
    service = await api.service()
    path = f"/services/{service['id']}/scalingSchedule"
    night = {
        "name": "night",
        "weekdays": [1],
        "startHourUtc": 22,
        "endHourUtc": 2,
        "numReplicas": 1,
    }
    schedule = (await api("POST", path, {"entries": [night]})).result
    replicas: list[tuple[bool, int]] = []
    for hours in (0, 13, 3, 2):  # it is Monday, nine o'clock
        api.emulator.advance(hours * 3600)
        shown = (await api("GET", f"/services/{service['id']}")).result
        scaling = shown["currentScaling"]
        replicas.append(("activeEntryId" in scaling, scaling["effectiveMaxReplicas"]))
        assert service["numReplicas"] == shown["numReplicas"]

    assert replicas == [(False, 3), (True, 1), (True, 1), (False, 3)]
    assert schedule["entries"][0]["autoscalingMode"] == "vertical"
    assert schedule["baseConfig"]["minReplicas"] == 3


async def test_schedule_is_cleared_by_an_empty_one(api: Api) -> None:
    """Without entries there is no schedule, and deleting one that is not there fails."""
    path = f"/services/{(await api.service())['id']}/scalingSchedule"
    entry = {"name": "day", "weekdays": [0, 6], "startHourUtc": 0, "endHourUtc": 24}
    await api("POST", path, {"entries": [entry]})
    cleared = (await api("POST", path, {"entries": []})).result

    assert cleared == {"entries": [], "baseConfig": {}}
    assert [(await api(verb, path)).status for verb in ("GET", "DELETE")] == [404, 404]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"endHourUtc": 8}, "must not equal"),
        ({"weekdays": [7]}, "from 0 to 6"),
        ({"minReplicaMemoryGb": 8}, "comes together"),
        ({"minReplicaMemoryGb": 16, "maxReplicaMemoryGb": 8}, "is more than"),
        ({"autoscalingMode": "horizontal"}, "minReplicaMemoryGb: must equal"),
        (
            {"autoscalingMode": "horizontal", "minReplicaMemoryGb": 8, "maxReplicaMemoryGb": 8},
            "minReplicas: is required",
        ),
        ({"weekdays": []}, "at least 1 items"),
        ({"startHourUtc": 24}, "at most 23"),
        ({"idleTimeoutMinutes": 4}, "idleTimeoutMinutes: must be at least 5"),
        ({"minReplicas": 1, "maxReplicas": 2}, "minReplicas: vertical scaling"),
    ],
)
async def test_contradicting_schedule(api: Api, changes: dict[str, Any], message: str) -> None:
    """A schedule entry that contradicts itself is refused."""
    path = f"/services/{(await api.service())['id']}/scalingSchedule"
    entry = {"name": "day", "weekdays": [1], "startHourUtc": 8, "endHourUtc": 18} | changes
    answer = await api("POST", path, {"entries": [entry]})

    assert answer.status == 400
    assert answer.error.startswith("entries[0].")
    assert message in answer.error


@pytest.mark.parametrize("minutes", [1e308, 1e30, 10**30, 2**64])
async def test_numbers_that_are_too_large(api: Api, minutes: float) -> None:
    """A number that cannot be answered again is refused wherever it is sent, and not kept."""
    path = f"/services/{(await api.service())['id']}"
    entry = {"name": "day", "weekdays": [1], "startHourUtc": 8, "endHourUtc": 18}
    idling = {"idleTimeoutMinutes": minutes}
    answers = [
        await api("PATCH", f"{path}/replicaScaling", idling),
        await api("PATCH", f"{path}/scaling", idling),
        await api("POST", f"{path}/scalingSchedule", {"entries": [entry | idling]}),
        await api(
            "POST", "/services", {"name": "n", "provider": "aws", "region": "us-east-1"} | idling
        ),
    ]

    for answer in answers:
        assert answer.status == 400
        assert answer.error.endswith("idleTimeoutMinutes: must be a number of 64 bits at most")
    assert (await api("GET", path)).status == 200


async def test_total_memory_is_of_vertical_services(api: Api) -> None:
    """A service that scales horizontally has no total memory, and takes none."""
    service = await api.service()
    horizontal = {
        "autoscalingMode": "horizontal",
        "minReplicaMemoryGb": 16,
        "maxReplicaMemoryGb": 16,
    }
    await api("PATCH", f"/services/{service['id']}/replicaScaling", horizontal)
    answer = await api("PATCH", f"/services/{service['id']}/scaling", {"minTotalMemoryGb": 48})

    assert answer.status == 400
    assert answer.error.startswith("minTotalMemoryGb: ")


async def test_schedule_changes_idling(api: Api) -> None:
    """During an entry's hours its idling holds, and after its deletion the baseline again."""
    service = await api.create_service(idleScaling=False)
    path = f"/services/{service['id']}"
    idling = {"idleScaling": True, "idleTimeoutMinutes": 90}
    entry = {"name": "noon", "weekdays": [1], "startHourUtc": 12, "endHourUtc": 15}
    await api("POST", f"{path}/scalingSchedule", {"entries": [entry | idling]})

    async def state_after(hours: float) -> str:
        await api.emulator.advance(hours=hours)
        return str((await api("GET", path)).result["state"])

    # It is nine o'clock; the service has been quiet for longer than it may when the entry begins.
    assert [await state_after(2.9), await state_after(0.1)] == ["running", "idle"]
    await api("PATCH", f"{path}/state", {"command": "awake"})
    assert [await state_after(1.4), await state_after(0.2)] == ["running", "idle"]
    await api("PATCH", f"{path}/state", {"command": "awake"})
    await api("DELETE", f"{path}/scalingSchedule")
    assert await state_after(24) == "running"
    assert "activeEntryId" not in (await api("GET", path)).result["currentScaling"]


async def test_plan_limits_hold_when_an_entry_begins(api: Api) -> None:
    """An entry beyond the plan is kept, and not applied."""
    path = f"/services/{(await api.service())['id']}"
    memory = {"minReplicaMemoryGb": 200, "maxReplicaMemoryGb": 200}
    entry = {"name": "day", "weekdays": [1], "startHourUtc": 8, "endHourUtc": 18} | memory
    shown = (await api("POST", f"{path}/scalingSchedule", {"entries": [entry]})).result
    assert shown["activeEntryId"] == shown["entries"][0]["id"]

    api.emulator.seed({"plan": "TRIAL"})
    limited = (await api("GET", path)).result
    assert memory.items() <= limited["scalingSchedule"]["entries"][0].items()
    assert not limited["scalingSchedule"]["entries"][0]["isActiveNow"]
    assert limited["currentScaling"]["effectiveMaxReplicaMemoryGb"] == limited["maxReplicaMemoryGb"]


async def test_profiles_need_a_region(api: Api) -> None:
    """Profiles are listed for a region or for an own cloud."""
    refused = await api("GET", "/serviceProfiles")
    listed = (await api("GET", "/serviceProfiles", query=[("region_id", "us-east-1")])).result

    assert (refused.status, refused.error) == (400, "region_id: is required without byoc_id")
    assert "v1-default" in [profile["profile"] for profile in listed]
