"""A second API, written by hand, with features that the packaged one lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async import RetryPolicy
from clickhouse_cloud_async.core.api import API, Problems, Scope
from clickhouse_cloud_async.core.auth import (
    BEARER,
    NO_AUTH,
    Credential,
    SessionAuth,
    SessionToken,
    basic_auth,
    end_of_jwt,
)
from clickhouse_cloud_async.core.client import AsyncAPIClient
from clickhouse_cloud_async.core.operation import Operation
from clickhouse_cloud_async.core.values import Secret

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.auth import Calls

    from .stub import Stub

EMAIL, PASSWORD = "keeper@shelter.test", "planted-password"

SIGN_IN = Operation[Any](
    "signIn", "POST", "/api/v1/session", result=object, body=object, auth=NO_AUTH, idempotent=True
)
ANIMALS = Operation[Any]("listAnimals", "GET", "/api/v1/animals", result=object, idempotent=True)
ANIMAL = Operation[Any]("getAnimal", "GET", "/api/v1/animals/{id}", result=object, idempotent=True)
ADOPT = Operation[Any]("adopt", "POST", "/api/v1/adoptions", result=object, body=object)
HEALTH = Operation[Any]("health", "GET", "/api/v1/health", result=object, auth=NO_AUTH)
LEDGER = Operation[Any]("ledger", "GET", "/api/v1/ledger", result=object, auth="basic")
ORGANIZATIONS = Operation[Any]("listOrganizations", "GET", "/api/v1/orgs", result=object)
YARDS = Operation[Any]("listYards", "GET", "/api/v1/orgs/{id}/yards", result=object)
KENNELS = Operation[Any](
    "listKennels", "GET", "/api/v1/orgs/{id}/yards/{yard}/kennels", result=object
)


def session_auth(email: Secret, password: Secret) -> SessionAuth:
    """Sign in by mail address and password."""

    async def sign_in(calls: Calls) -> SessionToken:
        body = {"email": email.reveal(), "password": password.reveal()}
        token = Secret((await calls.call(SIGN_IN, body=body))["token"])
        return SessionToken(token, end_of_jwt(token))

    return SessionAuth(email.reveal(), sign_in)


async def find_organization(client: AsyncShelter) -> str:
    """Ask for the organisation."""
    (organization,) = await client.call(ORGANIZATIONS)
    found: str = organization["id"]
    return found


async def find_yard(client: AsyncShelter) -> str:
    """Ask for the yard, which takes the organisation."""
    (yard,) = await client.call(YARDS, id=None)
    found: str = yard["id"]
    return found


ACCOUNT = Credential(
    ("email", "password"), session_auth, public=("email",), others={"basic": basic_auth}
)

SHELTER = API(
    name="shelter",
    title="the shelter",
    base_url="https://shelter.test",
    version_path="/api/v1",
    env_prefix="SHELTER",
    config_folder="shelter",
    variables={"token": "SHELTER_ACCESS_TOKEN"},
    credentials=(ACCOUNT, BEARER),
    needs_credentials=False,
    scopes=(
        Scope("id", "organization_id", "organisation", find_organization, ("/api/v1/orgs/{id}",)),
        Scope("yard", "yard_id", "yard", find_yard, ("/api/v1/orgs/{id}/yards/{yard}",)),
    ),
    problems=Problems(
        messages=(("problem", "text"), ("name",)),
        codes=(("problem", "number"), ("name",)),
        request_ids=(("occurrence",),),
        temporary=(("temporary",),),
        stale_session=((400, "token is missing"),),
        in_progress=((409, "already in progress"),),
    ),
    metrics="shelter",
)


class AsyncShelter(AsyncAPIClient):
    """The shelter's client, whose only method carries out any operation."""

    _api = SHELTER

    async def call(self, operation: Operation[Any], body: Any = None, **path: Any) -> Any:
        """Carry out an operation."""
        if body is None:
            return await self._caller.call(operation, path=path)
        return await self._caller.call(operation, path=path, body=body)


def keeper(stub: Stub, **settings: Any) -> AsyncShelter:
    """A client that signs in at a server, and sends each request once."""
    defaults: dict[str, Any] = {
        "email": EMAIL,
        "password": PASSWORD,
        "base_url": stub.url,
        "retry": RetryPolicy(attempts=1),
    }
    return AsyncShelter(**(defaults | settings))
