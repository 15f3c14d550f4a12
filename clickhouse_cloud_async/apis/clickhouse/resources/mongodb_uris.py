"""URIs of MongoDB, compared without the parts that the API masks."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode

_PORT = ":27017"
_SECRET_OPTIONS = frozenset({"authmechanismproperties", "tlscertificatekeyfilepassword"})
_HOST = r"(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d+)?"
_URI = re.compile(
    rf"(?P<scheme>mongodb(?:\+srv)?)://(?:(?P<credentials>.*)@)?(?P<hosts>{_HOST}(?:,{_HOST})*)"
    r"(?:/(?P<database>[^/?@:]*))?(?:\?(?P<options>[A-Za-z]+=[^&]*(?:&[A-Za-z]+=[^&]*)*)?)?",
    re.IGNORECASE | re.DOTALL,
)


def comparable_uri(uri: str) -> str | None:
    """Return a normalised URI without secrets; None if it cannot be parsed.

    The order of its hosts and options is irrelevant, and the default port may be omitted.

    Args:
        uri: The URI in a document or response.
    """
    found = _URI.fullmatch(uri)
    if found is None or "?" in (found["credentials"] or ""):
        # A password that is not encoded may look like hosts or options.
        return None
    hosts = found["hosts"].lower().split(",")
    options = sorted(
        (name.lower(), "" if name.lower() in _SECRET_OPTIONS else value)
        for name, value in parse_qsl(found["options"] or "", keep_blank_values=True)
    )
    named = ",".join(sorted(host.removesuffix(_PORT) for host in hosts))
    end = f"?{urlencode(options)}" if options else ""
    return f"{found['scheme'].lower()}://{named}/{found['database'] or ''}{end}"
