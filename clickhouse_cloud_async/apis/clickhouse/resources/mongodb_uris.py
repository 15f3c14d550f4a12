"""URIs of MongoDB, compared without what the API masks of them."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

_PORT = ":27017"
_SECRET_OPTIONS = frozenset({"authmechanismproperties", "tlscertificatekeyfilepassword"})


def comparable_uri(uri: str) -> str:
    """Return a URI in one form, without the secrets that it may hold.

    The order of its hosts and options means nothing, and the usual port need not be named.

    Args:
        uri: The URI, as a document or the API has it.
    """
    scheme, _, rest = uri.partition("://")
    address, _, query = rest.partition("?")
    authority, _, database = address.partition("/")
    hosts = authority.rpartition("@")[2].lower().split(",")
    options = sorted(
        (name.lower(), "" if name.lower() in _SECRET_OPTIONS else value)
        for name, value in parse_qsl(query, keep_blank_values=True)
    )
    named = ",".join(sorted(host.removesuffix(_PORT) for host in hosts))
    end = f"?{urlencode(options)}" if options else ""
    return f"{scheme.lower()}://{named}/{database}{end}"
