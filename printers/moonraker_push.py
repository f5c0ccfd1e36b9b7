"""Hearing Moonraker: one JSON-RPC websocket, subscribed to what Klipper reports.

Wire: moonraker.readthedocs.io, external API, JSON-RPC: `printer.objects.subscribe`, `notify_status_update`,
`notify_history_changed`, `notify_klippy_ready`, `notify_klippy_disconnected`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from printers.http import MachineHttp, parse_object
from printers.machine import MachineEvent, MachineUnreachable, Status
from printers.moonraker_messages import OBJECTS, Listener

QUIET_SECONDS = 30.0
"""Without a word for so long, the connection is given up. Moonraker tells its own load each second."""
MAX_BYTES = 4 * 1024 * 1024


async def listen(
    http: MachineHttp, status: Callable[[], Awaitable[Status]], *, seconds: float
) -> AsyncIterator[MachineEvent]:
    """One connection, until it breaks or falls silent. Each time that Klipper becomes ready it is listened to anew.

    status: asks the machine, for when Klipper is not there to be listened to. seconds: for connecting. Raises
    MachineUnreachable and MachineConfused.
    """
    listener = Listener()
    async with _connection(http, seconds) as connection:
        asked = 1
        await _subscribe(connection, asked)
        while True:
            message = await _next_message(connection)
            if message.get("method") == "notify_klippy_ready":
                asked += 1
                await _subscribe(connection, asked)
            if message.get("id") != asked:
                event = listener.read(message)
            elif isinstance(result := message.get("result"), dict):
                event = listener.subscribed(result)
            else:
                event = MachineEvent(status=await status())
            if event:
                yield event


@asynccontextmanager
async def _connection(http: MachineHttp, seconds: float) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    address = f"{http.base}/websocket"
    try:
        async with asyncio.timeout(seconds):
            connection = await http.session.ws_connect(
                address,
                heartbeat=QUIET_SECONDS,
                max_msg_size=MAX_BYTES,
                timeout=aiohttp.ClientWSTimeout(ws_close=1),
            )
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise MachineUnreachable(f"{address} cannot be listened to: {error}") from error
    try:
        yield connection
    except (aiohttp.ClientError, OSError) as error:
        raise MachineUnreachable(f"{address} broke off: {error}") from error
    finally:
        await connection.close()


async def _subscribe(connection: aiohttp.ClientWebSocketResponse, number: int) -> None:
    """The answer bears the number."""
    params = {"objects": OBJECTS}
    await connection.send_json(
        {"jsonrpc": "2.0", "method": "printer.objects.subscribe", "params": params, "id": number}
    )


async def _next_message(connection: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    try:
        message = await connection.receive(timeout=QUIET_SECONDS)
    except TimeoutError as error:
        raise MachineUnreachable(f"Moonraker pushed nothing for {QUIET_SECONDS:g} s") from error
    if message.type is not aiohttp.WSMsgType.TEXT:
        raise MachineUnreachable(f"Moonraker closed its websocket ({message.type.name})")
    return parse_object("the websocket", message.data)
