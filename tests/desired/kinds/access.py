"""Cases of the kinds for access control."""

from __future__ import annotations

from base64 import b64encode
from typing import Final

from .case import Case

_VIEW = {
    "allow_deny": "ALLOW",
    "permissions": ["control-plane:service:view"],
    "resources": ["instance/*"],
}
_HASH = b64encode(b"a" * 32).decode()
_ROLES: Final = (
    ("roles", {"name": "readers", "policies": []}),
    ("roles", {"name": "writers", "policies": []}),
)

CASES: Final = (
    Case(
        kind="roles",
        fields={"name": "watchers", "policies": [_VIEW]},
        changes=[
            {"policies": [{**_VIEW, "allow_deny": "DENY"}]},
            {"policies": [_VIEW, {**_VIEW, "permissions": ["control-plane:service:manage"]}]},
            {"policies": []},
        ],
    ),
    Case(
        kind="api_keys",
        fields={
            "name": "reader",
            "state": "enabled",
            "expire_at": "2027-01-01T00:00:00Z",
            "roles": ["readers"],
            "ip_access_list": [{"source": "192.0.2.0/24", "description": "office"}],
            "hash_data": {
                "key_id_hash": _HASH,
                "key_id_suffix": "abcd",
                "key_secret_hash": _HASH,
            },
        },
        changes=[
            {"state": "disabled"},
            {"expire_at": "2028-01-01T00:00:00Z"},
            {"expire_at": None},
            {"roles": ["writers", "readers"]},
            {"ip_access_list": [{"source": "198.51.100.7"}, {"source": "192.0.2.0/24"}]},
            {"ip_access_list": []},
        ],
        needs=_ROLES,
    ),
    Case(
        kind="members",
        fields={"email": "developer@example.com", "roles": ["readers"]},
        changes=[{"roles": ["writers"]}, {"roles": ["readers", "Developer"]}],
        needs=_ROLES,
    ),
)
