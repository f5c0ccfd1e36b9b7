"""Who answers at PrusaLink's address, and whom it lets in."""

from printers.http import Answered, MachineHttp
from printers.machine import MachineRefused, Unsupported
from printers.prusalink_messages import MINIMUM_VERSION, may_be_driven

DOES_NOT_KNOW = frozenset({401, 403})


async def check_access(http: MachineHttp, stranger: MachineHttp) -> str:
    """Name and version of PrusaLink. stranger: the same server without a key. Raises Unsupported, MachineRefused."""
    try:
        version = await http.json("GET", "/api/version")
    except Answered as error:
        if error.status not in DOES_NOT_KNOW:
            raise
        raise MachineRefused(
            f"{http.base} does not know the agent ({error}); give the API key of PrusaLink's settings page, "
            "or a user's password and `--option user=NAME`"
        ) from error
    text, server = str(version.get("text")), str(version.get("server"))
    if not text.startswith("PrusaLink"):
        raise Unsupported(f"{http.base} is {text[:80]!r}, not PrusaLink")
    if text != f"PrusaLink {server}":
        raise Unsupported(
            f"{http.base} is the PrusaLink in a printer's own firmware, which this driver was never verified with; "
            "it drives the PrusaLink beside an MK2.5, MK3 or MK3S"
        )
    if not may_be_driven(server):
        least = ".".join(map(str, MINIMUM_VERSION))
        raise Unsupported(f"PrusaLink {server[:40]} is too old to be driven; update it to {least} or later")
    await _refuse_open_house(stranger)
    return text


async def _refuse_open_house(stranger: MachineHttp) -> None:
    try:
        await stranger.json("GET", "/api/v1/status")
    except Answered as error:
        if error.status not in DOES_NOT_KNOW:
            raise
        return
    raise Unsupported(f"{stranger.base} lets anybody in without a key; give PrusaLink a user and a password")
