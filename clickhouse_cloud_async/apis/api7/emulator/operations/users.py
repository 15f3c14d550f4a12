"""Users, their access tokens, and regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.api7.emulator.access import member_of
from clickhouse_cloud_async.apis.api7.emulator.call import new_id
from clickhouse_cloud_async.apis.api7.emulator.listing import page_of
from clickhouse_cloud_async.apis.api7.emulator.organizations import REGION_ID
from clickhouse_cloud_async.apis.api7.emulator.registry import operation
from clickhouse_cloud_async.apis.api7.emulator.tokens import TOKENS, new_token
from clickhouse_cloud_async.emulation.clock import START, timestamp
from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.api7.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

MOST_TOKENS = 50
"""Maximum number of tokens of a user."""


@operation("getCurrentUser")
def get(call: Call) -> JsonObject:
    """Show the user of the token."""
    user = call.store.document(("users", call.user_id))
    organizations = call.store.collection(("orgs",)).peek_all()
    own = [one for one in organizations if member_of(call.world, one, call.user_id)]
    return {**user, "org_ids": own}


@operation("createAccessToken")
def create_token(call: Call) -> JsonObject:
    """Create a token of the user."""
    tokens = call.store.collection(TOKENS).peek_all().values()
    if sum(token["user_id"] == call.user_id for token in tokens) >= MOST_TOKENS:
        raise bad_request(f"a user has {MOST_TOKENS} tokens at most")
    token, notes = new_id(call.world), call.body.get("notes", "")
    text = new_token(call.world, call.user_id, token, call.body.get("expire"), notes)
    return {"id": token, "access_token": text, "notes": notes}


@operation("listRegions")
def list_regions(call: Call) -> JsonObject:
    """Return a page of the regions; there is one."""
    region = {
        "id": REGION_ID,
        "name": "us-west-1",
        "provider": "AWS",
        "status": 50,
        "created_at": timestamp(START),
        "updated_at": timestamp(START),
    }
    return page_of([region], call.query)
