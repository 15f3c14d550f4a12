"""The Omnistrate API as a value."""

from __future__ import annotations

from clickhouse_cloud_async.core.api import API, Problems

from .accounts import ACCOUNT, API_KEY, TOKEN

OMNISTRATE = API(
    name="omnistrate",
    title="Omnistrate",
    base_url="https://api.omnistrate.cloud",
    version_path="/2022-09-01-00",
    env_prefix="OMNISTRATE",
    config_folder="omnistrate",
    credentials=(API_KEY, ACCOUNT, TOKEN),
    needs_credentials=False,
    problems=Problems(
        messages=(("message",), ("name",)),
        codes=(("name",),),
        request_ids=(("id",),),
        temporary=(("temporary",), ("timeout",)),
        # The framework of the API quotes the name of a missing field.
        stale_session=((400, "token is missing"), (400, "is missing from header")),
        # The status of this refusal is not documented.
        in_progress=tuple((status, "operation is already in progress") for status in (400, 409)),
    ),
    metrics="omnistrate",
)
"""The Omnistrate API."""
