"""Identity providers: operations that are specific to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.call import kept
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_TYPES: Final = {
    "Google": False,
    "GitHub": False,
    "Microsoft Entra": False,
    "Amazon Cognito": True,
    "Okta": True,
    "Auth0": True,
    "Keycloak": True,
    "OIDC": True,
}
"""The providers, and whether they allow custom endpoints and scopes (deduced)."""


@operation("listIdentityProviderTypes")
def list_types(_call: Call) -> JsonObject:
    """List the available identity providers."""
    return {
        "identityProviderTypes": [
            {
                "identityProviderName": name,
                "SupportCustomEndpoints": is_custom,
                "SupportCustomScopes": is_custom,
            }
            for name, is_custom in _TYPES.items()
        ]
    }


@operation("verifyIdentityProvider")
def verify(call: Call) -> JsonObject:
    """Verify an identity provider, which always succeeds in an emulator."""
    provider = call.get("identity-providers", call.parameters["id"])
    provider["status"] = "READY"
    return kept(
        provider, "id", "clientId", "clientSecret", "identityProviderName", "name", "status"
    )
