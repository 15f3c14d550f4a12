"""Multipart forms in requests."""

from __future__ import annotations

from email.message import Message
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator


@attrs.frozen
class Field:
    """A field of a form.

    Args:
        name: Its name.
        content: What it holds.
        is_file: Whether it is a file.
    """

    name: str
    content: bytes = attrs.field(repr=False)
    is_file: bool


def fields_of(content_type: str, body: bytes) -> Iterator[Field]:
    """Yield the fields of a multipart form.

    Args:
        content_type: The type of the body, with the boundary of its fields.
        body: The body.

    Raises:
        ValueError: It is no such form.
    """
    boundary = _header(content_type, "Content-Type").get_boundary()
    if boundary is None:
        raise ValueError("the form has no boundary")
    mark = b"\r\n--" + boundary.encode()
    _, *parts = (b"\r\n" + body).split(mark)
    for part in parts[:-1]:
        head, is_there, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not is_there:
            raise ValueError("a field of the form has no content")
        yield _field(head.decode(errors="replace"), content)


def _field(head: str, content: bytes) -> Field:
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            said = _header(value.strip(), "Content-Disposition")
            found = said.get_param("name", header="Content-Disposition")
            if isinstance(found, str):
                is_file = said.get_param("filename", header="Content-Disposition") is not None
                return Field(found, content, is_file)
    raise ValueError("a field of the form has no name")


def _header(value: str, name: str) -> Message:
    message = Message()
    message[name] = value
    return message
