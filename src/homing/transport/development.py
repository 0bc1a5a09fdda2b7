"""A certificate for development, and the authority to trust it by.

Apart from `tls`, since only this needs `cryptography`: a gateway does without its 8 MB. The
authority's key is never written: what is made here can vouch for this machine's loopback names
and, by its name constraints, for no other.
"""

import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from homing.transport.tls import client_context, server_context

DEVELOPMENT_DAYS = 397  # the most that browsers accept of a server's certificate
_LOOPBACKS = (
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    x509.IPAddress(ipaddress.ip_address("::1")),
)
_PERMITTED = (
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.ip_network("127.0.0.1/32")),
    x509.IPAddress(ipaddress.ip_network("::1/128")),
)


class DevelopmentFiles(NamedTuple):
    """Paths of PEM files. Clients trust `ca`; a server shows `cert` and proves it with `key`."""

    ca: Path
    cert: Path
    key: Path


def make_development_certificate(
    folder: str | Path, *, now: datetime | None = None
) -> DevelopmentFiles:
    """A certificate for localhost, 127.0.0.1 and ::1, and the authority to trust it by.

    Repeat: what is there and good for another day is kept, so that trust survives a restart.

    Args:
        folder: made if missing, readable by its owner only.
        now: an aware time; the tests' clock.

    Raises:
        OSError: the folder cannot be written.
    """
    now = now or datetime.now(UTC)
    home = Path(folder)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = DevelopmentFiles(home / "ca.pem", home / "cert.pem", home / "key.pem")
    if _is_good(files, now):
        return files
    ca_key = ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    ca = _authority(ca_key, now)
    cert = _leaf(ca, ca_key, key, now)
    pem = serialization.Encoding.PEM
    octets = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(files.key, octets, mode=0o600)
    _write(files.ca, ca.public_bytes(pem), mode=0o644)
    _write(files.cert, cert.public_bytes(pem) + ca.public_bytes(pem), mode=0o644)
    return files


def _is_good(files: DevelopmentFiles, now: datetime) -> bool:
    try:
        cert = x509.load_pem_x509_certificate(files.cert.read_bytes())
        server_context(files.cert, files.key)
        client_context(files.ca)
        ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
        cert.verify_directly_issued_by(ca)
        is_private = files.key.stat().st_mode & 0o077 == 0
    except Exception:  # whatever is wrong with old files, new ones mend it
        return False
    ends = min(cert.not_valid_after_utc, ca.not_valid_after_utc)
    return is_private and cert.not_valid_before_utc <= now and ends > now + timedelta(days=1)


def _write(path: Path, octets: bytes, *, mode: int) -> None:
    """Write under another name first: a reader finds the old file or the new, never half."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(octets)
    part.replace(path)


def _builder(subject: str, issuer: x509.Name | None, now: datetime) -> x509.CertificateBuilder:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer or name)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=DEVELOPMENT_DAYS))
    )


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _authority(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    public = key.public_key()
    return (
        _builder("Homing development authority", None, now)
        .public_key(public)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(is_authority=True), critical=True)
        .add_extension(x509.NameConstraints(_PERMITTED, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )


def _leaf(
    ca: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    public, authority = key.public_key(), ca_key.public_key()
    return (
        _builder("localhost", ca.subject, now)
        .public_key(public)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), *_LOOPBACKS]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
