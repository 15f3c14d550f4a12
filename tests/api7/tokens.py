"""Access tokens of the tests' own."""

from __future__ import annotations

import base64
import json


def token(**claims: object) -> str:
    """A JSON Web Token that nobody has signed."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts), "x"])


TOKEN = token(sub="user")
"""One that never expires."""
