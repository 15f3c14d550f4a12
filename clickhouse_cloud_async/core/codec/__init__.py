"""Conversion between JSON and Python: tolerant of responses, strict with requests."""

from .deviations import DriftKind
from .reading import read_tolerantly
from .requests import CollectedSecrets, encode
from .responses import decode, deviations_of
from .types import holds_secret, model_fields
from .wire import json_bytes, to_json

__all__ = [
    "CollectedSecrets",
    "DriftKind",
    "decode",
    "deviations_of",
    "encode",
    "holds_secret",
    "json_bytes",
    "model_fields",
    "read_tolerantly",
    "to_json",
]
