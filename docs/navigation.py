"""Renders the navigation of each page from page titles only.

The theme asks for the whole table of contents on every page and drops all but the titles. Copying
thousands of methods for hundreds of pages would take half the time of a build.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sphinx import addnodes

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

BEFORE_THEME = 400
"""Handlers run in the order of their numbers; the theme's 500 asks for the navigation."""


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("html-page-context", _keep_titles, priority=BEFORE_THEME)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _keep_titles(
    app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: nodes.document
) -> None:
    """Give the theme a table of contents that holds titles only, where it asks for them."""
    draw = context["toctree"]

    def draw_titles(*, titles_only: bool = False, **options: object) -> str:
        contents = app.env.tocs
        if titles_only:
            app.env.tocs = _titles(app.env)
        try:
            text: str = draw(titles_only=titles_only, **options)
        finally:
            app.env.tocs = contents
        return text

    context["toctree"] = draw_titles


@cache
def _titles(env: BuildEnvironment) -> dict[str, nodes.bullet_list]:
    """Return the contents of each page without anything below its title but further pages."""
    contents = {page: toc.deepcopy() for page, toc in env.tocs.items()}
    for toc in contents.values():
        for title in toc.children:
            if len(title) > 1:
                below = title[1]
                below[:] = list(title.findall(addnodes.toctree))
    return contents
