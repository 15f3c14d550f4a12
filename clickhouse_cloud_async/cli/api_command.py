"""``api``: any request of an API by its path, known to this version or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .api_options import ByPath, Content  # noqa: TC001 - typer reads annotations
from .options import Changing, Options, Output, with_options

if TYPE_CHECKING:
    from collections.abc import Callable


_Method = Annotated[str, typer.Argument(metavar="METHOD", help="HTTP method, such as GET.")]
_Path = Annotated[
    str, typer.Argument(metavar="PATH", help="Path of the API, which may end with a query.")
]


def api_command(about: ByPath) -> Callable[..., None]:
    """Create the command that sends any request to an API.

    Args:
        about: The settings of the API.
    """

    @with_options
    def api(
        options: Options, method: _Method, path: _Path, content: Content, changing: Changing
    ) -> None:
        from .by_path import run_by_path

        if options.output is None:
            options = options._replace(output=Output.JSON)
        run_by_path(about, options, method.upper(), path, content, changing)

    api.__doc__ = (
        "Send any request, known to this version or not, and print the response.\n\n"
        "Credentials, rate limit, retries, timeouts and masking are those of all commands."
        f" A path without a leading slash is relative to {about.base}. Placeholders of scopes, such"
        " as the organisation, are filled in."
        f"\n\n{about.examples}"
    )
    return api
