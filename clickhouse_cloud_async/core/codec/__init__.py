"""Between JSON and Python: tolerant of what the API sends, strict with what is sent to it."""

from .requests import encode, encode_with_secrets
from .responses import decode
from .types import holds_secret
from .wire import json_bytes, to_json

__all__ = ["decode", "encode", "encode_with_secrets", "holds_secret", "json_bytes", "to_json"]
