"""The organisation: keys, roles, people, activities and costs."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from .program import names

if TYPE_CHECKING:
    from .program import Clickhousectl

LATER = "2026-06-01T00:00:00Z"


def test_organization(ctl: Clickhousectl) -> None:
    """The key's organisation is renamed."""
    assert [o["id"] for o in ctl("org", "list")] == [ctl.emulator.organization_id]
    ctl("org", "update", "--new-name", "Renamed", "--enable-core-dumps", "false")
    organization = ctl("org", "get")
    assert organization["name"] == "Renamed"
    assert organization["enableCoreDumps"] is False


def test_keys(ctl: Clickhousectl) -> None:
    """A key works from its creation to its deletion, apart from when it is disabled."""
    role, anywhere = _role(ctl, "Admin"), ["--ip-allow", "0.0.0.0/0"]
    created = ctl("key", "create", "--name", "ci", "--role-id", role, *anywhere)
    key, credentials = created["key"]["id"], (created["keyId"], created["keySecret"])
    assert _works(ctl, *credentials)
    assert ctl("key", "get", "--name", "ci")["keySuffix"] == created["keyId"][-4:]
    ctl("key", "update", key, "--state", "disabled")
    assert not _works(ctl, *credentials)
    ctl("key", "update", key, "--state", "enabled", "--expires-at", LATER, "--new-name", "cd")
    assert _works(ctl, *credentials)
    assert ctl("key", "get", key)["expireAt"] == LATER
    ctl("key", "update", key, "--clear-expiry")
    assert not ctl("key", "get", key).get("expireAt")
    ctl("key", "delete", key)
    assert not _works(ctl, *credentials)
    ctl.refused("key", "get", key)


def test_keys_expire(ctl: Clickhousectl) -> None:
    """A key stops working at its time."""
    role = _role(ctl, "Admin")
    soon = "2026-01-06T00:00:00Z"
    options = ["--expires-at", soon, "--ip-allow", "0.0.0.0/0"]
    created = ctl("key", "create", "--name", "ci", "--role-id", role, *options)
    assert _works(ctl, created["keyId"], created["keySecret"])
    ctl.emulator.advance(hours=24)
    assert not _works(ctl, created["keyId"], created["keySecret"])


def test_key_without_an_access_list(ctl: Clickhousectl) -> None:
    """It can be used from nowhere, as the program says."""
    created = ctl("key", "create", "--name", "ci", "--role-id", _role(ctl, "Admin"))
    assert not _works(ctl, created["keyId"], created["keySecret"])


def test_own_key(ctl: Clickhousectl) -> None:
    """The key that asks cannot delete itself."""
    own = next(
        key["id"]
        for key in ctl("key", "list")["result"]
        if ctl.emulator.api_key.endswith(key["keySuffix"])
    )
    ctl.refused("key", "delete", own)
    assert ctl("key", "get", own)["state"] == "enabled"


def test_keys_of_hashes(ctl: Clickhousectl) -> None:
    """A key whose secret only the caller knows works."""
    hashes = ["--hash-key-id", _hash("own-key-id-abcd"), "--hash-key-secret", _hash("own-secret")]
    suffix = ["--hash-key-id-suffix", "abcd"]
    created = ctl("key", "create", "--name", "own", *hashes, *suffix)
    assert created["key"]["keySuffix"] == "abcd"
    assert "keySecret" not in created


def test_keys_are_paged(ctl: Clickhousectl) -> None:
    """Pages lead to every key."""
    for number in range(5):
        ctl("key", "create", "--name", f"key {number}")
    page = ctl("key", "list", "--limit", 2)
    assert len(page["result"]) == 2
    assert page["totalCount"] == 6
    rest = ctl("key", "list", "--limit", 2, "--cursor", page["nextCursor"])
    assert not names(page["result"], "id") & names(rest["result"], "id")
    assert len(ctl("key", "list", "--all", "--limit", 2)) == 6


def test_roles(ctl: Clickhousectl) -> None:
    """A custom role is changed and deleted, a system role is neither."""
    policy = {
        "allowDeny": "ALLOW",
        "permissions": ["control-plane:service:view"],
        "resources": ["instance/*"],
    }
    body = {"name": "auditors", "actors": [], "policies": [policy]}
    role = ctl("org", "role", "create", "--file", "-", file=body)["id"]
    assert ctl("org", "role", "get", "--name", "auditors")["type"] == "custom"
    ctl("org", "role", "update", role, "--file", "-", file={"name": "readers"})
    changed = ctl("org", "role", "get", role)
    assert changed["name"] == "readers"
    assert changed["policies"][0]["permissions"] == policy["permissions"]
    ctl("org", "role", "delete", role)
    ctl.refused("org", "role", "get", role)
    system = _role(ctl, "Admin")
    ctl.refused("org", "role", "delete", system)
    ctl.refused("org", "role", "update", system, "--file", "-", file={"name": "Owner"})


def test_members(ctl: Clickhousectl) -> None:
    """A member gets another role, and leaves."""
    member = ctl("member", "list")[-1]
    assert ctl("member", "get", "--email", member["email"])["userId"] == member["userId"]
    role = _role(ctl, "Developer")
    ctl("member", "update", member["userId"], "--role-id", role)
    assert names(ctl("member", "get", member["userId"])["assignedRoles"], "roleId") == {role}
    ctl("member", "remove", member["userId"])
    assert member["userId"] not in names(ctl("member", "list"), "userId")


def test_invitations(ctl: Clickhousectl) -> None:
    """An invitation is stored under a lower-case address until it is withdrawn."""
    role = _role(ctl, "Developer")
    created = ctl("invitation", "create", "--email", "New@Example.com", "--role-id", role)
    assert created["email"] == "new@example.com"
    assert created["expireAt"] > created["createdAt"]
    assert ctl("invitation", "get", "--email", "new@example.com")["id"] == created["id"]
    assert names(ctl("invitation", "list"), "email") == {"new@example.com"}
    ctl("invitation", "delete", created["id"])
    ctl.refused("invitation", "get", created["id"])


def test_activities(ctl: Clickhousectl, etl: str) -> None:
    """A change is recorded on its day."""
    ctl("service", "stop", etl)
    today = ctl("activity", "list", "--from-date", "2026-01-05", "--to-date", "2026-01-06")
    stop = next(a for a in today if a["type"] == "service_stop")
    assert stop["serviceId"] == etl
    assert ctl("activity", "get", stop["id"])["type"] == "service_stop"
    assert ctl("activity", "list", "--from-date", "2027-01-01", "--to-date", "2027-01-02") == []


def test_costs(ctl: Clickhousectl) -> None:
    """What ran costs something."""
    ctl.emulator.advance(hours=24)
    usage = ctl("org", "usage", "--from-date", "2026-01-05", "--to-date", "2026-01-06")
    assert usage["grandTotalCHC"] > 0
    assert {record["date"] for record in usage["costs"]} <= {"2026-01-05", "2026-01-06"}
    assert ctl("org", "balance")["totalRemainingCredits"] >= 0
    ctl.refused("org", "usage", "--from-date", "2026-01-01", "--to-date", "2026-03-01")


def test_quotas(ctl: Clickhousectl) -> None:
    """Every quota that is listed can be looked up."""
    for quota in ctl("org", "quota", "list"):
        assert ctl("org", "quota", "get", quota["quotaCode"]) == quota


def test_prometheus(ctl: Clickhousectl, etl: str) -> None:
    """Metrics of all services, and where to find them."""
    assert etl in ctl("org", "prometheus")
    assert any(etl in str(group) for group in ctl("org", "prometheus", "discovery"))


def test_byoc(ctl: Clickhousectl) -> None:
    """Infrastructure in the user's own account gets ready, is renamed, and goes."""
    zones = [word for zone in "abc" for word in ("--availability-zone-suffix", zone)]
    place = ["--region", "us-east-1", "--account-id", "123456789012"]
    network = ["--vpc-cidr-range", "10.0.0.0/16"]
    created = ctl("org", "byoc", "create", *place, *zones, *network, "--display-name", "own")
    assert created["state"] == "infra-provisioning"
    ctl.emulator.advance(hours=24)
    assert [b["state"] for b in ctl("org", "get")["byocConfig"]] == ["infra-ready"]
    ctl("org", "byoc", "update", created["id"], "--new-name", "mine")
    assert names(ctl("org", "get")["byocConfig"], "displayName") == {"mine"}
    ctl("org", "byoc", "delete", created["id"])
    ctl.emulator.advance(hours=24)
    assert "infra-ready" not in names(ctl("org", "get")["byocConfig"], "state")


def test_byoc_details(ctl: Clickhousectl) -> None:
    """An account is checked, and what was set up in it is shown in all its parts."""
    place = ["--region", "us-east-1", "--account-id", "123456789012"]
    assert ctl("org", "byoc", "validate", *place)["allPassed"] is True
    created = ctl("org", "byoc", "create", *place, "--display-name", "own", "--tag", "team=data")
    infrastructure = created["id"]
    assert ctl("org", "byoc", "progress", infrastructure)["status"] == "in_progress"
    ctl.emulator.advance(hours=24)
    assert ctl("org", "byoc", "get", infrastructure)["state"] == "infra-ready"
    assert ctl("org", "byoc", "progress", infrastructure)["status"] == "ready"
    assert ctl("org", "byoc", "private-endpoint-config", infrastructure)["endpointName"]
    assert ctl("org", "byoc", "tags", infrastructure)["tags"] == {"team": "data"}


def test_notifications(ctl: Clickhousectl) -> None:
    """What happened is told, with a type that is listed."""
    place = ["--region", "us-east-1", "--account-id", "123456789012"]
    ctl("org", "byoc", "create", *place)
    ctl.emulator.advance(hours=1)
    (notification,) = ctl("org", "notifications", "--severity", "info")["result"]
    assert notification["type"] in names(ctl("org", "notification-types"), "name")


def test_identity(ctl: Clickhousectl) -> None:
    """The key's identity is shown, and verified."""
    assert ctl("auth", "whoami")["organizationId"] == ctl.emulator.organization_id
    assert ctl.run("auth", "status").returncode == 0


def test_wrong_credentials(ctl: Clickhousectl) -> None:
    """A key that is unknown ends the program with the code for it."""
    credentials = ["--api-key", "unknown", "--api-secret", "wrong"]
    assert ctl.start("--url", ctl.emulator.url, *credentials, "org", "list").returncode == 4


def _role(ctl: Clickhousectl, name: str) -> str:
    """Id of a role of the system."""
    roles = ctl("org", "role", "list")
    return str(next(role["id"] for role in roles if role["name"].lower() == name.lower()))


def _works(ctl: Clickhousectl, key: str, secret: str) -> bool:
    words = ["--url", ctl.emulator.url, "--api-key", key, "--api-secret", secret]
    return ctl.start(*words, "service", "list").returncode == 0


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
