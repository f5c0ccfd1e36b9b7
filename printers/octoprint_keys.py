"""OctoPrint's Application Keys: how the agent gets its own key, granted by a person in OctoPrint, revocable there.

Protocol: docs.octoprint.org, bundled plugins, Application Keys. Probe (204), request (201), then a poll each second:
202 wait, 200 granted, 404 denied or gone stale.
"""

import asyncio
import re
from collections.abc import Callable
from urllib.parse import quote

from printers.http import Answered, MachineHttp, read_object
from printers.machine import MachineConfused, MachineRefused, Unsupported

POLL_SECONDS = 1.0
"""OctoPrint forgets a request that is not asked for within some seconds."""
DECISION_SECONDS = 600.0
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,200}")


async def request_api_key(
    url: str,
    *,
    app: str = "fabnode",
    user: str | None = None,
    on_waiting: Callable[[str], None] = lambda page: None,
    seconds: float = DECISION_SECONDS,
) -> str:
    """Ask for a key and wait until a person has decided.

    on_waiting is told the address of the page where the request can be granted. Raises Unsupported when this OctoPrint
    grants no keys, MachineRefused when the request is denied or not decided in time, and MachineUnreachable.
    """
    http = MachineHttp(url.rstrip("/"), {})
    try:
        await _probe(http)
        body = {"app": app} | ({"user": user} if user else {})
        asked = await http.json("POST", "/plugin/appkeys/request", body, awaited=(201,))
        token = str(asked.get("app_token"))
        if not _TOKEN.fullmatch(token):
            raise MachineConfused(f"OctoPrint answers a key request with the token {token[:80]!r}")
        on_waiting(f"{http.base}/plugin/appkeys/auth/{token}" + (f"?user={quote(user)}" if user else ""))
        async with asyncio.timeout(seconds):
            return await _decision(http, token)
    except TimeoutError as error:
        raise MachineRefused(f"nobody decided in {seconds:g} s on the key request; ask again") from error
    finally:
        await http.close()


async def _probe(http: MachineHttp) -> None:
    try:
        await http.done("GET", "/plugin/appkeys/probe")
    except (MachineRefused, MachineConfused) as error:
        raise Unsupported(
            f"{http.base} grants no application keys ({error}); it must be OctoPrint with that plugin switched on"
        ) from error


async def _decision(http: MachineHttp, token: str) -> str:
    path = f"/plugin/appkeys/request/{token}"
    while True:
        try:
            async with http.answer("GET", path, awaited=(200, 202)) as response:
                granted = await read_object(response, path) if response.status == 200 else None
        except Answered as error:
            if error.status != 404:
                raise
            raise MachineRefused("the key request was denied, or it went stale; ask again") from error
        if granted is None:
            await asyncio.sleep(POLL_SECONDS)
            continue
        key = granted.get("api_key")
        if not isinstance(key, str) or not _TOKEN.fullmatch(key):
            raise MachineConfused("OctoPrint grants a key that is none")
        return key
