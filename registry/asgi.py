"""The registry as an ASGI application under Granian."""

import asyncio
import signal

from fastapi import FastAPI
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from designs.build import shut_down
from registry.app import create_app
from registry.parts import State
from registry.settings import Settings


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
        websockets=False,
        log_level=LogLevels.warning,
    )

    def stop() -> None:
        """End the streams first: the server waits for every request before it lets the application stop."""
        parts: State | None = getattr(app.state, "parts", None)
        if parts is not None:
            parts.signals.close()
        server.stop()  # type: ignore[no-untyped-call]

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    await server.serve()


if __name__ == "__main__":
    serve(Settings())
