"""`homing certificate`: TLS for development, and the line that makes Python clients trust it."""

import shlex
from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def certificate(folder: Path) -> None:
    """A TLS certificate for development.

    For localhost, 127.0.0.1 and ::1 only. Prints the line that makes Python clients trust it; what
    belongs into homing.toml goes to standard error. A good one that is there is kept.
    """
    from homing.transport.development import make_development_certificate

    made = make_development_certificate(Path.cwd() / folder)
    click.echo(f"export REQUESTS_CA_BUNDLE={shlex.quote(str(made.ca))}")
    click.echo("in homing.toml:", err=True)
    click.echo(f'  [http]\n  tls_cert = "{made.cert}"\n  tls_key = "{made.key}"', err=True)
