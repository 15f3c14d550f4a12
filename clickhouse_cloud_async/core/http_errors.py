"""Translates errors of aiohttp: the reason, whether the request was sent, the cause."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from typing import TYPE_CHECKING

import aiohttp

from .errors import APIConnectionError, APITimeoutError

if TYPE_CHECKING:
    from .messages import Request


def connection_failure(error: Exception, request: Request) -> APIConnectionError:
    """Return this package's error for one of aiohttp, without the frames of the HTTP library.

    Args:
        error: The error of sending a request or reading its response.
        request: The request.
    """
    kind = APITimeoutError if isinstance(error, TimeoutError) else APIConnectionError
    failure = kind(
        reason(error), operation=request.operation.id, method=request.method, path=request.path
    )
    failure.was_sent = was_sent(error)
    failure.__cause__ = cause(error)
    if failure.__cause__ is not None:
        forget_frames(failure.__cause__)
    return failure


def forget_frames(error: BaseException) -> None:
    """Remove the frames of an error and its causes, because they hold credentials.

    Args:
        error: The error of the HTTP library, or of a task in it.
    """
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__


def reason(error: Exception) -> str:
    """Return the reason of a failure, without any data that was sent or received.

    The errors of the HTTP library hold the request with its headers, and the beginning of the
    response with cookies in it.
    """
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy refused: {error.status} {error.message}"
    if isinstance(error, aiohttp.ClientResponseError):
        # The text after the colon quotes the response.
        return f"the response is not HTTP: {error.message.partition(':')[0].strip()}"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the server closed the connection before the headers of its response were complete"
    if isinstance(error, aiohttp.ClientConnectorError):
        return _connection_reason(error)
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the response body is incomplete or malformed"
    return str(error) or type(error).__name__


def _connection_reason(error: aiohttp.ClientConnectorError) -> str:
    """Return why no connection was made, and to what: the server or a proxy."""
    is_proxy = isinstance(error, aiohttp.ClientProxyConnectionError)
    there = f"{'the proxy ' if is_proxy else ''}{error.host}:{error.port}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        certificate = error.certificate_error
        why = getattr(certificate, "verify_message", "") or str(certificate)
        return f"the certificate of {there} was not accepted: {why}"
    problem = error.os_error
    # The numbers of name lookups and of TLS have other meanings; the text of asyncio's own errors
    # repeats the address.
    has_other_numbers = isinstance(problem, (socket.gaierror, ssl.SSLError))
    number = problem.errno
    if number is not None and number in errno.errorcode and not has_other_numbers:
        return f"cannot connect to {there}: {os.strerror(number)}"
    return f"cannot connect to {there}: {problem.strerror or problem}"


def was_sent(error: Exception) -> bool:
    """Return whether a request may have reached the server before it failed."""
    return not isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError))


def cause(error: Exception) -> OSError | None:
    """Return the operating system's error behind a failure; None if there is none."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return error.certificate_error if isinstance(error.certificate_error, OSError) else None
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error
    return None
