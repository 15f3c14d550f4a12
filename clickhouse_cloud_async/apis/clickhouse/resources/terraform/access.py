"""Roles, their holders, and the settings of the organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.desired.references import Template

if TYPE_CHECKING:
    from .attributes import Attributes
    from .draft import Draft

_SYSTEM_ROLE = "it is a role of the platform: name it in the roles of members and API keys"


def convert_role(draft: Draft, attributes: Attributes) -> None:
    """Convert a custom role with its policies."""
    attributes.drop("id", "type", "owner_id", "tenant_id", "created_at", "updated_at")
    fields = attributes.take_all("name")
    policies = attributes.sections("policies")
    if policies is not None:
        fields["policies"] = [_policy(draft, policy) for policy in policies]
    draft.add(attributes.notes, "roles", fields)


def convert_role_assignment(draft: Draft, attributes: Attributes) -> None:
    """Convert the holders of a role."""
    attributes.drop("id")
    role_id = attributes.take("role_id")
    role = draft.names.find("roles", role_id)
    if role is None:
        attributes.notes.lose(None, f"the state does not contain the name of the role {role_id}")
        return
    if str(role_id) in draft.names.system_roles:
        attributes.notes.lose(None, _SYSTEM_ROLE)
        attributes.drop("user_ids", "api_key_ids")
        return
    fields: dict[str, Any] = {"role": attributes.notes.refer("role_id", role)}
    for attribute, field in (("user_ids", "members"), ("api_key_ids", "api_keys")):
        fields[field] = [
            draft.named(attributes.notes, attribute, field, id_)
            for id_ in attributes.take(attribute) or ()
        ]
    draft.add(attributes.notes, "role_assignments", fields)


def convert_organization_settings(draft: Draft, attributes: Attributes) -> None:
    """Convert the settings of the organisation."""
    attributes.drop("id")
    fields = attributes.take_all(enable_core_dumps="core_dumps_enabled")
    draft.add(attributes.notes, "organization_settings", fields)


def _policy(draft: Draft, policy: Attributes) -> dict[str, Any]:
    policy.drop("id", "role_id", "tenant_id")
    fields = policy.take_all("permissions", allow_deny="effect")
    fields["permissions"] = sorted(fields.get("permissions", ()))
    fields["resources"] = [
        _resource(draft, policy, resource) for resource in policy.take("resources") or ()
    ]
    tags = policy.section("tags")
    if tags is not None:
        fields["tags"] = tags.take_all(role_v2="role")
    return fields


def _resource(draft: Draft, policy: Attributes, resource: str) -> Any:
    """Return the resource of a policy, with the ID of a service as a reference."""
    kind, slash, id_ = resource.partition("/")
    if kind != "instance":
        return resource
    target = draft.refer(policy.notes, "policies.resources", "services", id_)
    return resource if target == id_ else Template((kind + slash, target))
