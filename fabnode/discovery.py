"""Machines that announce themselves in the local network by DNS service discovery (RFC 6763 over mDNS, RFC 6762).

OctoPrint announces `_octoprint._tcp`, Moonraker `_moonraker._tcp`, PrusaLink `_prusalink._tcp` and, for old slicers,
`_octoprint._tcp` too. What a machine says of itself here is a name and an address to try, and nothing more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from fabnode.errors import FabnodeError

SERVICES: Mapping[str, str] = {
    "_octoprint._tcp.local.": "octoprint",
    "_moonraker._tcp.local.": "moonraker",
    "_prusalink._tcp.local.": "prusalink",
}
"""Service type → driver."""
LOOK_SECONDS = 3.0
ASK_SECONDS = 2.0


class CannotDiscover(FabnodeError):
    """There is no looking around on this computer; the message says why."""


@dataclass(frozen=True)
class Announced:
    """One announcement, as it came."""

    service: str
    name: str
    """The instance's name, which may hold anything."""
    addresses: tuple[str, ...]
    port: int
    path: str
    secure: bool


@dataclass(frozen=True)
class Found:
    """A machine that can be tried."""

    name: str
    driver: str
    url: str


def worth_trying(announced: Iterable[Announced]) -> tuple[Found, ...]:
    """One entry a machine, by name. Pure.

    PrusaLink answers under two types: the one that is its own counts. A path that no driver would take is left off.
    """
    by_place: dict[tuple[str, int], Found] = {}
    for one in sorted(announced, key=lambda one: (SERVICES.get(one.service) == "octoprint", one.name, one.service)):
        host = _host(one.addresses)
        driver = SERVICES.get(one.service)
        if host is None or driver is None or not 1 <= one.port <= 65_535:
            continue
        prusa = driver == "octoprint" and one.name.startswith("PrusaLink")
        scheme = "https" if one.secure else "http"
        usual = {"http": 80, "https": 443}[scheme]
        path = (
            one.path.rstrip("/") if one.path.startswith("/") and one.path.isprintable() and " " not in one.path else ""
        )
        url = f"{scheme}://{host}" + ("" if one.port == usual else f":{one.port}") + path
        by_place.setdefault((host, one.port), Found(_plain(one.name), "prusalink" if prusa else driver, url))
    return tuple(sorted(by_place.values(), key=lambda found: found.name.casefold()))


def chosen(found: Sequence[Found], words: str) -> Found:
    """The one machine that somebody means by its name, its address, or a part of the name. Raises FabnodeError."""
    exact = [one for one in found if words in {one.name, one.url}]
    like = exact or [one for one in found if words.casefold() in one.name.casefold()]
    if len(like) == 1:
        return like[0]
    if not like:
        known = ", ".join(repr(one.name) for one in found) or "none"
        raise CannotDiscover(f"no machine announces itself as {words!r}; found are {known}")
    raise CannotDiscover(f"{words!r} may be {' or '.join(repr(one.name) for one in like)}: say more of the name")


async def discover(seconds: float = LOOK_SECONDS, interfaces: Sequence[str] | None = None) -> tuple[Found, ...]:
    """Listen for announcements. `interfaces`: addresses to listen on; None: all. Raises CannotDiscover."""
    import asyncio

    from zeroconf import InterfaceChoice
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf

    names: set[tuple[str, str]] = set()

    def heard(zeroconf: object, service_type: str, name: str, state_change: object) -> None:
        names.add((service_type, name))

    try:
        listener = AsyncZeroconf(interfaces=InterfaceChoice.All if interfaces is None else list(interfaces))
    except OSError as error:
        raise CannotDiscover(f"the network cannot be listened to: {error.strerror or error}") from error
    try:
        browser = AsyncServiceBrowser(listener.zeroconf, list(SERVICES), handlers=[heard])
        await asyncio.sleep(seconds)
        await browser.async_cancel()
        told = await asyncio.gather(*(_ask(listener, service, name) for service, name in sorted(names)))
    finally:
        await listener.async_close()
    return worth_trying(one for one in told if one is not None)


async def _ask(listener: object, service: str, name: str) -> Announced | None:
    """Where an instance is. None: it does not say any more."""
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

    assert isinstance(listener, AsyncZeroconf)
    info = AsyncServiceInfo(service, name)
    if not await info.async_request(listener.zeroconf, ASK_SECONDS * 1000):
        return None
    said = info.decoded_properties
    return Announced(
        service=service,
        name=name.removesuffix(f".{service}"),
        addresses=tuple(info.parsed_addresses()),
        port=info.port or 0,
        path=said.get("path") or f"/{(said.get('route_prefix') or '').strip('/')}",
        secure=said.get("https") == "true" or (info.port == 443),
    )


def _host(addresses: Iterable[str]) -> str | None:
    """As it stands in a URL: IPv4 before IPv6; one that only has a meaning on its own link is of no use."""
    usable: list[IPv4Address | IPv6Address] = []
    for text in addresses:
        address = ip_address(text.partition("%")[0])
        if not (isinstance(address, IPv6Address) and address.is_link_local):
            usable.append(address)
    usable.sort(key=lambda address: address.version)
    if not usable:
        return None
    return f"[{usable[0]}]" if usable[0].version == 6 else str(usable[0])


def _plain(name: str) -> str:
    """For a terminal: what an instance calls itself may hold anything."""
    return "".join(character if character.isprintable() else "?" for character in name)[:80] or "?"
