"""Between JSON and Python: tolerant of what the API sends, strict with what is sent to it."""

from .deviations import DriftKind
from .reading import reading_tolerantly
from .requests import encode, encode_with_secrets
from .responses import decode, deviations_of
from .types import holds_secret, model_fields
from .wire import json_bytes, to_json

__all__ = [
    "DriftKind",
    "decode",
    "deviations_of",
    "encode",
    "encode_with_secrets",
    "holds_secret",
    "json_bytes",
    "model_fields",
    "reading_tolerantly",
    "to_json",
]
