"""The registry as an ASGI application under Granian."""

import asyncio
import resource
import signal

from fastapi import FastAPI
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from designs.build import shut_down
from registry.app import create_app
from registry.collecting import collect_seldom
from registry.parts import State
from registry.settings import Settings

BACKLOG = 1024
"""Connections that the system keeps for us until they are taken up."""
MOST_FILES = 4096
"""Uploads at the same time for which there are always files, however many agents and readers are connected."""
OTHER_DESCRIPTORS = 256
"""Open files beside connections and what they receive: database, libraries, builds."""


def application() -> FastAPI:
    """For any ASGI server that takes a factory; settings come from the environment."""
    return create_app(Settings())


def serve(settings: Settings) -> None:
    """Serve in this process until SIGINT or SIGTERM."""
    try:
        asyncio.run(_serve(settings))
    finally:
        shut_down()


async def _serve(settings: Settings) -> None:
    app = create_app(settings)
    server = Server(
        app,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,  # what also speaks HTTP/2 takes twice the memory for each connection
        backlog=BACKLOG,
        backpressure=_connections(settings.max_connections),
        websockets=False,
        log_level=LogLevels.error,  # its one warning is that the embedded server is new to it: see ADR 8
    )

    def stop() -> None:
        """End the streams first: the server waits for every request before it lets the application stop."""
        parts: State | None = getattr(app.state, "parts", None)
        if parts is not None:
            parts.signals.close()
        server.stop()  # type: ignore[no-untyped-call]

    collect_seldom()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    await server.serve()


def _connections(wanted: int) -> int:
    """How many connections can be held, after asking the system for as many descriptors as it lets this process have.

    An upload takes two: its connection and the file that it is received in. Where the system does not allow two for
    each, as many as MOST_FILES uploads can be under way.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * wanted + OTHER_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return wanted
    left = soft - OTHER_DESCRIPTORS
    return max(16, min(wanted, max(left // 2, left - MOST_FILES)))


if __name__ == "__main__":
    serve(Settings())
