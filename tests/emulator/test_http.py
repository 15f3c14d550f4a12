"""Handling of all requests: credentials, routes, bodies, envelopes, records."""

from __future__ import annotations

import logging
from io import BytesIO
from typing import TYPE_CHECKING
from uuid import UUID

import attrs
import pytest

from clickhouse_cloud_async.emulator import Emulator

from .client import authorization, serving

if TYPE_CHECKING:
    from .client import Api


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Basic bm9jb2xvbg==",
        "Basic OnNlY3JldA==",
        "Basic d3Jvbmc6d3Jvbmc=",
        "Bearer wrong",
        "Digest username=x",
    ],
)
async def test_bad_credentials_are_refused(api: Api, header: str | None) -> None:
    """Without a good key the answer is 401, in the envelope, with a challenge."""
    headers = {} if header is None else {"Authorization": header}
    answer = await api("GET", "/services", headers=headers)

    assert (answer.status, answer.error) == (401, "an enabled API key is needed")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


async def test_bearer_token_is_accepted(api: Api) -> None:
    """The emulator's token works in place of its key."""
    headers = {"Authorization": f"Bearer {api.emulator.token}"}

    assert (await api("GET", "/services", headers=headers)).status == 200


async def test_given_key_is_the_only_one() -> None:
    """A key given at the start replaces the made-up one."""
    async with serving(Emulator(api_key="key", api_secret="secret")) as api:
        assert (api.emulator.api_key, api.emulator.api_secret) == ("key", "secret")
        assert (await api("GET", "/services")).status == 200


async def test_other_organization_is_forbidden(api: Api) -> None:
    """The key belongs to one organisation; another one's id is refused, and one that is none."""
    other = api.emulator.add_organization("other")
    answer = await api("GET", f"/v1/organizations/{other.id}/services")
    invalid = await api("GET", f"/v1/organizations/{UUID(int=1)}/services")

    assert (answer.status, answer.error) == (403, "the key belongs to another organisation")
    assert (invalid.status, invalid.error) == (400, "BAD_REQUEST: Invalid organization id")


async def test_only_organization_is_listed(api: Api) -> None:
    """The list of organisations holds the one that the key belongs to."""
    listed = (await api("GET", "/v1/organizations")).result

    assert [api.emulator.organization_id] == [item["id"] for item in listed]


UNKNOWN_PATHS = ["/nothing", "//services", "/services//", "/services/a/b/c", "/<b>"]


@pytest.mark.parametrize("path", UNKNOWN_PATHS)
async def test_unknown_path(api: Api, path: str) -> None:
    """Live, a path that the contract does not have is answered by the web server, in HTML."""
    answer = await api("GET", path, checked=False)

    assert answer.status == 404
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f"<pre>Cannot GET /v1/organizations/{api.emulator.organization_id}" in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize("path", UNKNOWN_PATHS)
async def test_documented_unknown_path(path: str) -> None:
    """Documented is one form of errors."""
    async with serving(Emulator(time_scale=0, strictness="documented")) as api:
        answer = await api("GET", path)

    assert (answer.status, answer.error) == (404, "there is nothing at this path")


async def test_trailing_slash_changes_nothing(api: Api) -> None:
    """A path with a slash at its end is the same path."""
    listed = await api("GET", "/services/", checked=False)
    made = await api("POST", "/keys/", {"name": "k"}, checked=False)

    assert (listed.status, len(listed.json["result"])) == (200, 3)
    assert made.status == 200
    found = [request.operation_id for request in api.emulator.requests]
    assert found == ["instanceGetList", "openapiKeyCreate"]


@pytest.mark.parametrize("path", ["/services/{}", "/services/{}/backups", "/postgres/{}/config"])
@pytest.mark.parametrize("identity", ["5a1e0f00-0000-4000-8000-000000000000", "etl"])
async def test_ids_that_never_existed(api: Api, path: str, identity: str) -> None:
    """Live, they are no ids at all, whereas what was deleted is not found."""
    answer = await api("GET", path.format(identity))

    assert answer.status == 400
    assert answer.error.startswith("BAD_REQUEST: Invalid ")


async def test_ids_of_what_was_deleted(api: Api) -> None:
    """A service that is gone answers 404, itself and all below it."""
    path = await api.service_path("stopped")
    await api("DELETE", path)
    await api.emulator.advance(minutes=1)

    assert [(await api("GET", f"{path}{rest}")).status for rest in ("", "/backups")] == [404, 404]


async def test_documented_ids_that_never_existed() -> None:
    """Documented is that they are not found."""
    async with serving(Emulator(time_scale=0, strictness="documented")) as api:
        answer = await api("GET", "/services/etl")

    assert (answer.status, answer.error) == (404, "service etl was not found")


async def test_wrong_method_names_the_right_ones(api: Api) -> None:
    """A known path with another method answers 405 and says what works."""
    answer = await api("PUT", "/services")

    assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST")
    assert answer.error


async def test_literal_segment_wins_over_parameter(api: Api) -> None:
    """A literal path segment is never taken for an id."""
    service_id = (await api.service())["id"]
    answer = await api("GET", f"/services/{service_id}/clickpipes/context")

    assert answer.status == 200
    assert api.emulator.requests[-1].operation_id == "clickPipesServiceContextGet"


async def test_parameter_takes_what_no_literal_matches_to_the_end(api: Api) -> None:
    """A segment that is a literal of another, shorter path can still be an id."""
    answer = await api("GET", "/postgres/prometheus/config")

    assert (answer.status, answer.error) == (400, "BAD_REQUEST: Invalid Postgres service id")
    assert api.emulator.requests[-1].operation_id == "postgresInstanceConfigGet"


async def test_segments_are_decoded_one_by_one(api: Api) -> None:
    """An encoded slash belongs to its segment, and encoded letters are the letters."""
    answer = await api("GET", "/keys/a%2Fb%20%C3%A9")

    assert (answer.status, answer.error) == (404, "key a/b é was not found")
    assert (await api("GET", "/%73ervices")).status == 200


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "the body is not valid JSON"),
        (b"\xff", "the body is not valid JSON"),
        (b'{"name": NaN}', "the body is not valid JSON"),
        (b'{"name": ' + b"[" * 200 + b"]" * 200 + b"}", "the body is not valid JSON"),
        (b"[]", "the body must be a JSON object"),
        (b"null", "the body must be a JSON object"),
        (b'"text"', "the body must be a JSON object"),
    ],
)
async def test_bodies_that_are_no_objects(api: Api, data: bytes, message: str) -> None:
    """A body has to be a JSON object of reasonable depth."""
    answer = await api("POST", "/services", data=data)

    assert (400, message) == (answer.status, answer.error)


async def test_oversized_body(api: Api) -> None:
    """A body beyond the limit is refused unread."""
    answer = await api("POST", "/services", data=BytesIO(b" " * (1024 * 1024 + 1)))

    assert answer.status == 413
    assert answer.error


async def test_body_that_can_not_be_decoded(api: Api) -> None:
    """A body that is not compressed as it claims is the caller's mistake."""
    headers = authorization(api.emulator) | {"Content-Encoding": "gzip"}
    answer = await api("POST", "/services", data=b"no gzip", headers=headers)

    assert (answer.status, answer.error) == (400, "the body cannot be decoded")


async def test_request_id_is_in_header_and_envelope(api: Api) -> None:
    """Every answer carries its own request id twice."""
    answers = [await api("GET", path) for path in ("/services", "/services", "/keys/none")]
    ids = [answer.headers["X-Request-Id"] for answer in answers]

    assert ids == [answer.json["requestId"] for answer in answers]
    assert len(set(ids)) == 3


async def test_deletion_has_no_result(api: Api) -> None:
    """The envelope of a deletion ends with the request id."""
    key = (await api("POST", "/keys", {"name": "k"})).result["key"]
    answer = await api("DELETE", f"/keys/{key['id']}")

    assert answer.status == 200
    assert {"status", "requestId"} == answer.json.keys()


async def test_requests_are_recorded_without_the_credential(api: Api) -> None:
    """A record holds what came in and the status that went out, but no secret."""
    await api("POST", "/services?a=1&a=%C3%A9", {"name": 1}, headers=authorization(api.emulator))
    record = api.emulator.requests[-1]

    assert (record.operation_id, record.method, record.status) == ("instanceCreate", "POST", 400)
    assert f"/v1/organizations/{api.emulator.organization_id}/services" == record.path
    assert record.query == (("a", "1"), ("a", "é"))
    assert record.body == {"name": 1}
    assert record.headers["authorization"] == "Basic **********"
    assert record.headers["content-type"] == "application/json"


async def test_unexpected_exception_is_logged_and_answered(
    api: Api, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in the emulator is a 500 in the envelope and does not stop it."""

    def fail(_call: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        endpoints = api.emulator._pipeline._endpoints
        broken = attrs.evolve(endpoints["instanceGetList"], handler=fail)
        patch.setitem(endpoints, "instanceGetList", broken)
        answer = await api("GET", "/services", checked=False)

    assert (answer.status, answer.error) == (500, "the emulator failed")
    assert [record.name for record in caplog.records if record.levelno == logging.ERROR] == [
        "clickhouse_cloud_async.emulator"
    ]
    assert (await api("GET", "/services")).status == 200
