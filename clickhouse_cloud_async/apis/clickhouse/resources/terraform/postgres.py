"""Postgres services and their settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .attributes import Attributes
    from .draft import Draft

_CONFIGURATIONS = (("pg_config", "pg_config"), ("pg_bouncer_config", "pgbouncer_config"))


def convert_postgres(draft: Draft, attributes: Attributes) -> None:
    """Convert a Postgres service, or a read replica of one."""
    attributes.drop(
        "id", "created_at", "hostname", "port", "state", "username", "connection_string"
    )
    notes = attributes.notes
    is_primary, primary = attributes.take("is_primary"), attributes.take("read_replica_of")
    fields = attributes.take_all("name")
    own = attributes.take_all(
        "region", "size", "ha_type", "postgres_version", provider="cloud_provider"
    )
    own |= _tags(attributes) | _password(attributes)
    if is_primary is not False:
        fields |= own
    elif primary is None:
        reason = "the state does not contain of which service it is a replica: add replica_of"
        notes.lose("read_replica_of", reason)
    if primary is not None:
        # A replica has all other settings of its primary, and they cannot be changed.
        fields["replica_of"] = draft.named(notes, "read_replica_of", "postgres", primary)
    restore = attributes.section("restore_to_point_in_time")
    if restore is not None:
        source = restore.take("source_id")
        attribute = "restore_to_point_in_time.source_id"
        fields["restored_from"] = draft.named(notes, attribute, "postgres", source)
        fields |= restore.take_all("restore_target")
    draft.add(notes, "postgres", fields)
    settings = {ours: attributes.take(theirs) for ours, theirs in _CONFIGURATIONS}
    settings = {name: values for name, values in settings.items() if values}
    if settings:
        named = {"postgres": fields.get("name"), **settings}
        draft.add(notes, "postgres_configurations", named)


def _tags(attributes: Attributes) -> dict[str, Any]:
    tags = attributes.take("tags")
    if tags is None:
        return {}
    return {
        "tags": [{"key": key, **({"value": value} if value else {})} for key, value in tags.items()]
    }


def _password(attributes: Attributes) -> dict[str, Any]:
    """Return a reference for the password; a write-only password has its version."""
    version, password = attributes.take("password_wo_version"), attributes.take("password")
    attributes.drop("password_wo")
    if version is not None and password is None:
        password = {**attributes.new_secret("password"), "version": version}
    return {} if password is None else {"password": password}
