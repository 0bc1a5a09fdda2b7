"""TLS contexts for links, listeners and webhooks. TLS 1.2 is the oldest version spoken."""

import ssl
from pathlib import Path


def client_context(ca_file: str | Path | None = None, *, verify: bool = True) -> ssl.SSLContext:
    """For connections that we open; `ca_file` None trusts the system's authorities.

    `verify=False` neither checks the certificate nor the name: only for a carrier that has none.

    Raises:
        OSError: the file cannot be read or holds no certificate (`ssl.SSLError` is one).
    """
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def server_context(cert: str | Path, key: str | Path) -> ssl.SSLContext:
    """For listeners: `cert` is the PEM chain, `key` its private key.

    Raises:
        OSError: a file cannot be read, or the two do not belong together (`ssl.SSLError` is one).
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(str(cert), str(key))
    return context
