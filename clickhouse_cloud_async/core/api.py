"""The description of an API, as one value.

Everything here is a named tuple, because importing a client must not load any dependency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from .auth import Credential

Keys = tuple[str, ...]
"""Keys that lead from a JSON document to one of its values."""


class Scope(NamedTuple):
    """A path parameter that a client fills in if a call omits it, such as the organisation.

    Attributes:
        parameter: Its name in paths.
        argument: Its name among the arguments of clients and methods, and in profiles.
        noun: Its name in error messages, such as ``organisation``.
        find: Asks the API for the only value that the credentials have access to; None if the API
            cannot be asked. Its argument is the client.
        paths: Beginnings of paths that end with the parameter. In other paths, a parameter of that
            name has a different meaning. Empty if it is the same in every path.
    """

    parameter: str
    argument: str
    noun: str
    find: Callable[[Any], Awaitable[str]] | None = None
    paths: tuple[str, ...] = ()

    def is_in(self, path: str) -> bool:
        """Return whether a path template has this scope as a parameter."""
        if self.paths:
            return any(path == each or path.startswith(f"{each}/") for each in self.paths)
        return f"{{{self.parameter}}}" in path


class Problems(NamedTuple):
    """The form in which an API reports refusals and failures.

    Attributes:
        messages: Possible places of its message; the first text counts. If there is an object
            instead of a text, its ``message`` is used.
        codes: Possible places of its code for the kind of problem.
        request_ids: Possible places of the ID of the request in the body.
        request_id_headers: Header fields that may contain it otherwise.
        issues: Possible place of a list of individual errors, each with ``message`` and ``path``.
        temporary: Possible places of a note that the same request can succeed later.
        status: Place at which the body of a problem repeats the HTTP status.
        marks: Keys that make a body a problem although its status says success; empty if there is
            no such body.
        members: All keys that such a body may have.
        stale_session: Statuses, each with a part of the message, that mean an ended session
            although they are not 401.
        unknown_ids: Statuses other than 404, each with a pattern of the whole message, that refuse
            an ID which never existed: the requested resource does not exist.
        in_progress: Statuses, each with a part of the message, that refuse a request because
            another operation on the same resource is in progress.
        missing_route: Part of the body of a 404 that says that nothing is served at the path, and
            therefore nothing about the requested resource; None if there is no such body.
    """

    messages: tuple[Keys, ...] = (("error",), ("message",))
    codes: tuple[Keys, ...] = ()
    request_ids: tuple[Keys, ...] = ()
    request_id_headers: tuple[str, ...] = ("X-Request-Id",)
    issues: Keys = ("issues",)
    temporary: tuple[Keys, ...] = ()
    status: Keys = ("status",)
    marks: tuple[str, ...] = ()
    members: frozenset[str] = frozenset()
    stale_session: tuple[tuple[int, str], ...] = ()
    unknown_ids: tuple[tuple[int, str], ...] = ()
    in_progress: tuple[tuple[int, str], ...] = ()
    missing_route: bytes | None = None


class RateHeaders(NamedTuple):
    """Header fields by which an API announces its rate limit.

    Attributes:
        limit: Number of requests that a window allows.
        reset: Time at which the next request is accepted.
    """

    limit: str = "X-RateLimit-Limit"
    reset: str = "X-RateLimit-Reset"


class API(NamedTuple):
    """The description of one API, as far as the core needs it.

    Attributes:
        name: Its identifier, as in the package's own folders.
        title: Its name in messages.
        base_url: Origin of the API unless another one is set.
        version_path: Path segment that every operation's path starts with, such as ``/v1``; a base
            URL may end with it.
        env_prefix: Start of the names of environment variables.
        variables: Names of variables that do not follow from prefix and setting, such as those of
            the vendor's own tools.
        other_variables: Variables that are used if those are not set, by setting.
        config_folder: Name of the folder below the platform's user configuration folder.
        credentials: The kinds of credentials that it accepts.
        needs_credentials: Whether a client cannot be created without credentials; otherwise the
            first call that needs them fails.
        scopes: Path parameters that the client fills in.
        lookups: For path parameters that are UUIDs, the method that finds one by its name.
        path_patterns: For path parameters whose values are checked before sending, a pattern of the
            whole value.
        envelope: Key of the result in most responses; None if the response is the result.
        problems: The form of refusals and failures.
        rate_limit: Requests that a key may make, and the seconds of that window; None for no limit.
        rate_headers: Header fields by which the limit is announced.
        metrics: Start of the names of metrics and span attributes.
        name_field: Key of the name of a new object in a request's body, by which the object can be
            found again.
    """

    name: str
    title: str
    base_url: str
    version_path: str
    env_prefix: str
    config_folder: str
    variables: Mapping[str, str] = {}
    other_variables: Mapping[str, str] = {}
    credentials: tuple[Credential, ...] = ()
    needs_credentials: bool = True
    scopes: tuple[Scope, ...] = ()
    lookups: Mapping[str, str] = {}
    path_patterns: Mapping[str, str] = {}
    envelope: str | None = None
    problems: Problems = Problems()
    rate_limit: tuple[int, float] | None = None
    rate_headers: RateHeaders = RateHeaders()
    metrics: str = "api"
    name_field: str = "name"

    def variable(self, setting: str) -> str:
        """Return the name of the environment variable for a setting."""
        return self.variables.get(setting) or f"{self.env_prefix}_{setting.upper()}"

    def scopes_in(self, path: str) -> Mapping[str, Scope]:
        """Return the scopes that a path template has as parameters, by the parameter's name."""
        return {scope.parameter: scope for scope in self.scopes if scope.is_in(path)}
