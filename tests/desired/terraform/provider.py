"""The attributes of the provider's resources, and values for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PROVIDER: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "provider.json").read_text("utf-8")
)
"""The attributes of each type of version 3.25.3, with their types in the shape of the values."""

_WORDS = {"kind": "log", "filters": "[]", "conditions": "{}", "backup_start_time": "02:00"} | {
    "dashboard_json": '{"name": "Main", "tiles": []}'
}
"""Values that have to be of a form."""


_SAMPLES: dict[str, Any] = {
    "bool": True,
    "dynamic": {"streaming_max_insert_wait_ms": 5000},
    "set(int64)": [1],
}


def filled(types: Any, name: str = "") -> Any:
    """Return a value of a type, with something at every place."""
    if isinstance(types, dict):
        return {key: filled(inner, key) for key, inner in types.items()}
    if isinstance(types, list):
        return [filled(types[0], name)]
    text, kind = f"sample-{name}", types.removeprefix("sensitive ")
    if kind.startswith(("list", "set(string)")):
        return [text]
    if kind.startswith("map"):
        return {"key": text}
    return _WORDS.get(name, text) if kind == "string" else _SAMPLES.get(kind, 24)
