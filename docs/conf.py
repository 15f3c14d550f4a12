"""Configuration of Sphinx."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from clickhouse_cloud_async import __version__

sys.path.insert(0, str(Path(__file__).parent))

# Trees of pages live to the end, and going through them for garbage takes a fifth of the time.
gc.set_threshold(200_000, 20, 50)

project = "clickhouse-cloud-async"
author = "The clickhouse-cloud-async authors"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "call_examples",
    "navigation",
    "object_index",
    "pictures",
    "reference_pages",
]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"{project} {version}"
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["tables.css"]
html_favicon = "static/favicon.svg"
html_search_scorer = str(Path(__file__).with_name("search_scorer.js"))

# What is copied is what is typed: neither the prompt nor the output.
copybutton_prompt_text = "$ "
copybutton_line_continuation_character = "\\"

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

# Docstrings write code in single backticks, as Markdown does.
default_role = "code"
napoleon_use_ivar = True
napoleon_use_rtype = False
autodoc_member_order = "bysource"
# Names are imported from the package itself, wherever their module is.
add_module_names = False
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"

# Both clients have an `AsyncMembers` and the like; a short name leads to the first of them.
suppress_warnings = ["ref.python"]
