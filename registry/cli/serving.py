"""`cofab serve`: a registry on this machine."""

import errno
import socket
from pathlib import Path

import click

from registry.errors import Unavailable


@click.command(short_help="Run a registry.")
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="Folder for everything it keeps. [.data]"
)
@click.option("--host", help="Address to listen on. [127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on. [8440]")
@click.option("--public-url", metavar="URL", help="Address under which people reach it, when that is another one.")
def serve(*, data: Path | None, host: str | None, port: int | None, public_url: str | None) -> None:
    """Run a registry: the API, the pages and the builds, until Ctrl-C. Nothing needs to be set up.

    Further settings are environment variables COFAB_…, like COFAB_DATABASE_URL and COFAB_BLOBS.

    \b
    Examples:
      cofab serve --data ~/cofab
      cofab serve --host 0.0.0.0 --port 80 --public-url https://registry.example.org
    """
    try:
        from registry.asgi import serve as run
        from registry.settings import Settings
    except ModuleNotFoundError as error:
        raise Unavailable(
            f"a registry needs what is not installed here ({error.name}): pip install cofab[registry,cad]",
            code="registry_missing",
        ) from error
    given = {"data": data, "host": host, "port": port, "public_url": public_url}
    settings = Settings.model_validate(
        Settings().model_dump() | {name: value for name, value in given.items() if value is not None}
    )
    _check_port(settings.host, settings.port)
    click.echo(f"Serving {settings.url} from {settings.data.absolute()}; Ctrl-C ends it.", err=True)
    run(settings)


def _check_port(host: str, port: int) -> None:
    """Raise Unavailable where something listens already: the server itself would only log it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                message = f"port {port} on {host} is in use: choose another with --port, or end what listens there"
            else:
                message = f"cannot listen on {host} port {port}: {error.strerror or error}"
            raise Unavailable(message, code="cannot_listen") from error
