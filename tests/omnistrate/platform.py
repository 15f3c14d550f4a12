"""A server that signs users in as Omnistrate does, and answers the rest as a test tells it to."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from clickhouse_cloud_async import RetryPolicy
from clickhouse_cloud_async.apis.omnistrate import AsyncOmnistrate
from tests.client.stub import Stub, answering

if TYPE_CHECKING:
    from tests.client.stub import Handler

BASE = "/2022-09-01-00"
SIGN_IN = f"{BASE}/signin"
EMAIL, PASSWORD, API_KEY = "owner@vendor.example", "planted-password", "om_planted-api-key"
KEY_EMAIL = "apikey@apikeys.invalid"

INVALID = (401, {"name": "auth_failure", "message": "invalid or expired token"})
MISSING = (400, {"name": "bad_request", "message": "the token is missing from header"})


def problem(name: str, message: str, **more: Any) -> dict[str, Any]:
    """The body of a refusal."""
    rest = {"id": "e1", "temporary": False, "timeout": False, "fault": False}
    return {"name": name, "message": message, **rest, **more}


class Platform:
    """A server that opens sessions and refuses those that have ended.

    Attributes:
        valid: Authorization headers that it takes.
        sign_ins: How often somebody signed in.
        refusal: Status and body with which it refuses a header that it does not take.
        lifetime: Seconds that a session lasts.
        sign_in: Answers sign-ins.
        rest: Answers all that is not a sign-in.
    """

    def __init__(self, stub: Stub) -> None:
        self.stub = stub
        self.valid: set[str] = set()
        self.sign_ins = 0
        self.refusal: tuple[int, Any] = INVALID
        self.lifetime = 3600.0
        self.sign_in: Handler = self.open_session
        self.rest: Handler = answering({"services": []})
        stub.handler = self.handle

    def client(self, **settings: Any) -> AsyncOmnistrate:
        """A client of it with the right e-mail address and password, unless others are given."""
        own = {"email", "password", "api_key", "token"} & settings.keys()
        account: dict[str, Any] = {} if own else {"email": EMAIL, "password": PASSWORD}
        defaults: dict[str, Any] = {"base_url": self.stub.url, "retry": RetryPolicy(attempts=1)}
        return AsyncOmnistrate(**(account | defaults | settings))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        if request.path == SIGN_IN:
            self.sign_ins += 1
            return await self.sign_in(request)
        if request.headers.get("Authorization") not in self.valid:
            status, body = self.refusal
            return web.json_response(body, status=status)
        return await self.rest(request)

    async def open_session(self, request: web.Request) -> web.StreamResponse:
        """Open a session for the user or the API key that there is."""
        body = await request.json()
        if body not in (
            {"email": EMAIL, "password": PASSWORD},
            {"email": KEY_EMAIL, "password": API_KEY},
        ):
            wrong = problem("bad_request", "wrong user email or password")
            return web.json_response(wrong, status=400)
        token = jwt(number=self.sign_ins, exp=time.time() + self.lifetime)
        self.valid.add(f"Bearer {token}")
        return web.json_response({"jwtToken": token})

    def end_sessions(self) -> None:
        """End all sessions at once."""
        self.valid.clear()


def jwt(**claims: object) -> str:
    """A JSON Web Token that nobody has signed."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts), "x"])
