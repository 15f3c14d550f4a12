"""Errors never show a secret in a server's text, in any escaping or truncation."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clickhouse_cloud_async import BadRequestError, ResponseDecodeError, Secret
from clickhouse_cloud_async.core.masking import SHORTEST_SECRET, excerpt, masked
from tests.client.stub import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.client.stub import Stub

LETTERS = "GHJKLMNPQRSVWYZ"
"""Letters of planted secrets: in no escape sequence, error message or text around them."""

secrets = st.builds(
    str.__add__,
    st.text(LETTERS, min_size=SHORTEST_SECRET, max_size=SHORTEST_SECRET),
    st.text(LETTERS + "\"'\\/\n\t &<>%+=é€😀", max_size=40),
)
surroundings = st.text("abc xyz.{}[]\n'\"<>:", max_size=20)

SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON in Unicode": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON with escaped slashes": lambda text: json.dumps(text)[1:-1].replace("/", r"\/"),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text))[3:-3],
    "JSON in JSON in JSON": lambda text: json.dumps(json.dumps(json.dumps(text)))[7:-7],
    "every character escaped": lambda text: json.dumps(
        "".join(f"\\u{ord(char):04x}" if ord(char) < 0x10000 else char for char in text)
    )[1:-1],
    "URL": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "HTML": html.escape,
    "repr": lambda text: repr(text)[1:-1],
}


def letters_in(text: str) -> int:
    """Count the planted letters that a text shows."""
    return len(re.findall(f"[{LETTERS}]", text))


@pytest.mark.parametrize("spelling", SPELLINGS)
@given(secret=secrets, before=surroundings, after=surroundings)
@example(secret="GGGGGGGG\\éHJKL", before="", after="")
@example(secret="GGGGGGGG\\", before="", after="GGGGGGGG\\")
@example(secret="GGGGGGGG\\\\\n\\HJKL", before="", after="")
def test_echoed_secret_is_masked(spelling: str, secret: str, before: str, after: str) -> None:
    """A secret is masked as a whole, whatever escaping it went through."""
    echo = f"{before}{SPELLINGS[spelling](secret)}{after}"

    assert letters_in(masked(echo, [Secret(secret)])) == 0


@pytest.mark.parametrize("spelling", SPELLINGS)
@given(secret=secrets, before=surroundings, data=st.data())
def test_echo_that_is_cut_off_is_masked(
    spelling: str, secret: str, before: str, data: st.DataObject
) -> None:
    """A secret that was cut off is masked too, unless next to nothing of it is left."""
    spelt = SPELLINGS[spelling](secret)
    length = data.draw(st.integers(0, len(spelt)))
    after = data.draw(st.sampled_from(["", "…", "...", '"}', " [truncated]"]))

    shown = masked(f"{before}{spelt[:length]}{after}", [Secret(secret)])

    most = 7 if after.endswith("d]") else SHORTEST_SECRET - 1
    assert letters_in(shown) <= most


@pytest.mark.parametrize("backslash", ["\\", "%5C", "&#92;"])
def test_echo_that_is_cut_off_in_backslashes_is_masked(backslash: str) -> None:
    """Escaped again and again, one backslash of a secret becomes any number of them."""
    assert letters_in(masked(f"GGGG{backslash * 14}...", [Secret('GGGG\\"')])) == 0


def test_backslashes_are_passed_over() -> None:
    """A text of nothing but backslashes takes no longer than another one."""
    text = "\\" * 60_000

    assert masked(text, [Secret("GGGGGGGG\\HJKL")]) == text


FRAMES: dict[str, Callable[[str], str]] = {
    "JSON that is cut off": lambda value: json.dumps({"a": value, "b": [value]})[:-1],
    "JSON after a prefix": lambda value: ")]}',\n" + json.dumps({"password": value}),
    "JSON after an odd quote": lambda value: f"it's \" {json.dumps({'password': value})}",
    "JSON in a page": lambda value: f"<pre>{json.dumps({'password': value})}</pre>",
    "JSON in an escaped page": lambda value: html.escape(json.dumps({"password": value})),
    "JSON after white space": lambda value: " " * 300 + json.dumps({"password": value})[:-1],
    "a literal of Python": lambda value: str({"password": value}),
    "YAML": lambda value: f"---\npassword: {value}\n",
    "a form": lambda value: f"password={quote_plus(value)}&next=1",
    "an attribute": lambda value: f"<input name=password value={quote_plus(value)}",
    "typographic quotes": lambda value: f"the password is \u201c{value}\u201d",
    "a text after NUL": lambda value: f"\0password {value}",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
@pytest.mark.parametrize("frame", FRAMES)
@given(value=st.text(LETTERS, min_size=1, max_size=300))
def test_excerpt_shows_no_value(frame: str, encoding: str, value: str) -> None:
    """Whatever stands in front of structured data, an excerpt shows none of its values."""
    assert letters_in(excerpt(FRAMES[frame](value).encode(encoding))) == 0


@given(body=st.binary(max_size=400), secret=secrets)
def test_excerpt_of_any_bytes_is_short_and_masked(body: bytes, secret: str) -> None:
    """Any bytes have an excerpt of one short printable line, in which secrets are masked."""
    text = excerpt(body + b" " + secret.encode() + b" " + body, [Secret(secret)])

    assert text.isprintable()
    assert len(text) < 1000
    assert secret not in text


def test_excerpt_shows_the_words_of_a_page() -> None:
    """What a gateway's page says is worth showing."""
    page = (
        b'<!DOCTYPE html><html lang="en"><title>502 Bad Gateway</title>\n<h1>Try later</h1></html>'
    )

    assert excerpt(page) == "'502 Bad Gateway Try later'"


@pytest.mark.parametrize("frame", FRAMES)
async def test_error_about_a_secret_result_quotes_nothing(stub: Stub, frame: str) -> None:
    """Of an operation that returns a secret, an unreadable body is described and not quoted."""
    stub.answer(FRAMES[frame]("planted").encode())

    async with stub.client() as cloud:
        with pytest.raises(ResponseDecodeError) as secretive:
            await cloud.services.reset_password(SERVICE)
        with pytest.raises(ResponseDecodeError) as open_:
            await cloud.services.get(SERVICE)

    assert secretive.value.message == "the body is not JSON (application/octet-stream)"
    assert open_.value.message.startswith("the body is not JSON (application/octet-stream): ")
    assert "planted" not in open_.value.message


async def test_refusal_of_a_secret_result_quotes_nothing(stub: Stub) -> None:
    """A text of a gateway is worth showing, unless it may be the secret."""
    stub.answer(b"here is hunter2", status=400, content_type="text/plain")

    async with stub.client() as cloud:
        with pytest.raises(BadRequestError) as secretive:
            await cloud.services.reset_password(SERVICE)
        with pytest.raises(BadRequestError) as open_:
            await cloud.services.get(SERVICE)

    assert secretive.value.message == "Bad Request, and no explanation in the response"
    assert open_.value.message == "Bad Request: 'here is hunter2'"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
async def test_response_with_a_byte_order_mark_is_read(stub: Stub, encoding: str) -> None:
    """A byte order mark does not cost the password that the API shows only once."""
    document = {"result": {"password": "Pässword"}, "requestId": "r"}
    stub.answer(json.dumps(document, ensure_ascii=False).encode(encoding))

    async with stub.client() as cloud:
        call = await cloud.with_response(cloud.services.reset_password, SERVICE)
        by_path = await cloud.request("GET", "/v1/organizations")

    assert call.result.password == Secret("Pässword")
    assert call.request_id == "r"
    assert call.json() == by_path.result == document


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
async def test_wait_reads_responses_with_a_byte_order_mark(stub: Stub, encoding: str) -> None:
    """A poll reads a response with a byte order mark like any other."""
    stub.answer(json.dumps({"result": {"id": SERVICE, "state": "idle"}}).encode(encoding))

    async with stub.client() as cloud:
        service = await cloud.services.wait_until(SERVICE, "idle", timeout=5)

    assert service.id == SERVICE
