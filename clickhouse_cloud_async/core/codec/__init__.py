"""Between JSON and Python: tolerant of what the API sends, strict with what is sent to it."""

from .deviations import DriftKind
from .reading import TolerantReading
from .requests import CollectedSecrets, encode
from .responses import decode, deviations_of
from .types import holds_secret, model_fields
from .wire import json_bytes, to_json

__all__ = [
    "CollectedSecrets",
    "DriftKind",
    "TolerantReading",
    "decode",
    "deviations_of",
    "encode",
    "holds_secret",
    "json_bytes",
    "model_fields",
    "to_json",
]
