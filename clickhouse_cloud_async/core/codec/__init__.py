"""Between JSON and Python: tolerant of what the API sends, strict with what is sent to it."""

from .deviations import DriftKind
from .reading import reading_tolerantly
from .requests import collecting_secrets, encode
from .responses import decode, deviations_of
from .types import holds_secret, model_fields
from .wire import json_bytes, to_json

__all__ = [
    "DriftKind",
    "collecting_secrets",
    "decode",
    "deviations_of",
    "encode",
    "holds_secret",
    "json_bytes",
    "model_fields",
    "reading_tolerantly",
    "to_json",
]
