"""Hearing Moonraker: one JSON-RPC websocket, subscribed to what Klipper reports.

Wire: moonraker.readthedocs.io, external API, JSON-RPC: `printer.objects.subscribe`, `notify_status_update`,
`notify_history_changed`, `notify_klippy_ready`, `notify_klippy_disconnected`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp

from printers.http import PUSH_QUIET_SECONDS, MachineHttp, parse_object
from printers.machine import MachineEvent, MachineUnreachable, Status
from printers.moonraker_messages import OBJECTS, Listener


async def listen(
    http: MachineHttp, status: Callable[[], Awaitable[Status]], *, seconds: float
) -> AsyncIterator[MachineEvent]:
    """One connection, until it breaks or falls silent. Each time that Klipper becomes ready it is listened to anew.

    status: asks the machine, for when Klipper is not there to be listened to. seconds: for connecting. Raises
    MachineUnreachable and MachineConfused.
    """
    listener = Listener()
    async with http.websocket("/websocket", seconds=seconds) as connection:
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


async def _subscribe(connection: aiohttp.ClientWebSocketResponse, number: int) -> None:
    """The answer bears the number."""
    params = {"objects": OBJECTS}
    await connection.send_json(
        {"jsonrpc": "2.0", "method": "printer.objects.subscribe", "params": params, "id": number}
    )


async def _next_message(connection: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    try:
        message = await connection.receive(timeout=PUSH_QUIET_SECONDS)
    except TimeoutError as error:
        raise MachineUnreachable(f"Moonraker pushed nothing for {PUSH_QUIET_SECONDS:g} s") from error
    if message.type is not aiohttp.WSMsgType.TEXT:
        raise MachineUnreachable(f"Moonraker closed its websocket ({message.type.name})")
    return parse_object("the websocket", message.data)
