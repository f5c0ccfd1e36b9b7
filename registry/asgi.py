"""The registry as an ASGI application under Granian."""

import asyncio
import signal

from fastapi import FastAPI
from granian.constants import Interfaces
from granian.server.embed import Server

from designs.build import shut_down
from registry.app import create_app
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
    server = Server(
        create_app(settings),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        websockets=False,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    await server.serve()


if __name__ == "__main__":
    serve(Settings())
