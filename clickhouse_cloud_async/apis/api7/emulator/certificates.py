"""Parsing and creation of X.509 certificates, which requires the extra ``api7-emulator``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.extras import install_command
from clickhouse_cloud_async.emulation.clock import moment_at, timestamp
from clickhouse_cloud_async.emulation.problems import Problem, bad_request

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

_YEAR = timedelta(days=365)


def parsed(certificate: str, private_key: str | None, field: str = "certificate") -> JsonObject:
    """Return the fields of a certificate that the API shows.

    Args:
        certificate: The certificate, as PEM text.
        private_key: The key that has to match it, as PEM text; None for none.
        field: Name of the field with the certificate, for error messages.

    Raises:
        Problem: 400 if a text is not PEM, or the key does not match.
    """
    x509, serialization = _cryptography()
    try:
        read = x509.load_pem_x509_certificate(certificate.encode())
    except ValueError:
        raise bad_request(f"{field}: is not a certificate in PEM format") from None
    if private_key is not None:
        try:
            key = serialization.load_pem_private_key(private_key.encode(), None)
        except (ValueError, TypeError):
            raise bad_request("private_key: is not a private key in PEM format") from None
        if key.public_key() != read.public_key():
            raise bad_request("private_key: does not match the certificate")
    names: list[str] = []
    for extension in read.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            names = extension.value.get_values_for_type(x509.DNSName)
    return {
        "snis": names,
        "not_before": timestamp(read.not_valid_before_utc),
        "not_after": timestamp(read.not_valid_after_utc),
        "subject": read.subject.rfc4514_string(),
        "issuer": read.issuer.rfc4514_string(),
        "serial_number": str(read.serial_number),
        "signature_algorithm": read.signature_algorithm_oid.dotted_string,
        "extensions": {one.oid.dotted_string: type(one.value).__name__ for one in read.extensions},
    }


def gateway_bundle(world: World, control_plane: str) -> JsonObject:
    """Create a client certificate for a gateway, with its own authority.

    Args:
        world: The emulator's documents and time.
        control_plane: Id of the control plane.
    """
    certificate, key = make_certificate(f"{control_plane}.gateways.example.com", world)
    return {"certificate": certificate, "private_key": key, "ca_certificate": certificate}


def make_certificate(name: str, world: World) -> tuple[str, str]:
    """Create a self-signed certificate for one host name.

    Args:
        name: The host name.
        world: The emulator's documents and time; its clock determines the start of validity.

    Returns:
        The certificate and its private key, as PEM texts.
    """
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    x509, serialization = _cryptography()
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = moment_at(world.elapsed)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + _YEAR)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return signed.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def _cryptography() -> tuple[Any, Any]:
    """Return the parts of the library for reading and creating certificates.

    Raises:
        Problem: 501 if it is not installed.
    """
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization
    except ModuleNotFoundError:
        install = install_command("api7-emulator")
        raise Problem(501, f"certificates need the package cryptography: run {install}") from None
    return x509, serialization
