"""Documents that callers send as base64 of YAML."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.extras import install_command
from clickhouse_cloud_async.emulation.json_values import is_object
from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject


def read_yaml(field: str, text: str) -> JsonObject:
    """Read a document from a field of a request.

    Args:
        field: Name of the field.
        text: Base64 of YAML, or of JSON.

    Raises:
        Problem: 400 if the text is not such a document.
    """
    try:
        decoded = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        raise bad_request(f"{field} must be base64 of text in UTF-8") from None
    document = _parsed(field, decoded)
    if not is_object(document):
        raise bad_request(f"{field} must hold a mapping")
    return document


def _parsed(field: str, text: str) -> Any:
    import json

    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        import yaml
    except ModuleNotFoundError:
        needed = install_command("yaml")
        raise bad_request(f"{field}: the emulator cannot read YAML here; run {needed}") from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise bad_request(f"{field} is not YAML") from None
