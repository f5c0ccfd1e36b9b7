"""Webhooks: how a delivery is signed, when it is tried again, and where it may be sent. Pure.

Signatures are those of Standard Webhooks 1.0 (standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`.
"""

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

SECRET_PREFIX = "whsec_"  # noqa: S105  (no secret)
SECRET_BYTES = 32
ROTATION_OVERLAP = timedelta(hours=24)
"""So long a delivery carries the signature of the old secret beside that of the new one."""
PAUSES_SECONDS = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800)
"""Between one try and the next: ten tries within about sixteen hours."""
MOST_TRIES = len(PAUSES_SECONDS) + 1
LONGEST_RETRY_AFTER_SECONDS = 3600
MOST_DEAD = 3
"""After so many deliveries in a row that were given up the hook is paused."""
LONGEST_URL = 500


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up; somebody may send it again."""


@dataclass(frozen=True)
class Answer:
    """What came of one try."""

    status: int | None
    """None: nothing was answered."""
    words: str
    """What went wrong; empty: nothing."""
    retry_after_seconds: int | None = None

    @property
    def good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True)
class Verdict:
    """What becomes of a delivery after a try, and of its hook."""

    state: DeliveryState
    next_at: datetime | None
    pauses_hook: bool = False


def judge(answer: Answer, tries: int, dead_before: int, now: datetime, spread: float) -> Verdict:
    """After the `tries`-th try; `dead_before` deliveries in a row were given up before. `spread`, from 0 to 1, keeps
    hooks of one receiver from coming back all at once.
    """
    if answer.good:
        return Verdict(DeliveryState.DELIVERED, None)
    if answer.status == 410:
        return Verdict(DeliveryState.DEAD, None, pauses_hook=True)
    if tries >= MOST_TRIES:
        return Verdict(DeliveryState.DEAD, None, pauses_hook=dead_before + 1 >= MOST_DEAD)
    wished = min(answer.retry_after_seconds or 0, LONGEST_RETRY_AFTER_SECONDS)
    pause = max(PAUSES_SECONDS[tries - 1] * (1 + spread / 4), wished)
    return Verdict(DeliveryState.WAITING, now + timedelta(seconds=pause))


def signed_headers(delivery: str, timestamp: int, body: bytes, secrets: Sequence[str]) -> Mapping[str, str]:
    """The headers of a delivery, signed with each secret, the newest first."""
    signatures = " ".join(f"v1,{signature(secret, delivery, timestamp, body)}" for secret in secrets)
    return {"webhook-id": delivery, "webhook-timestamp": str(timestamp), "webhook-signature": signatures}


def signature(secret: str, delivery: str, timestamp: int, body: bytes) -> str:
    """Base 64 of the HMAC-SHA256. The key is what stands in base 64 after `whsec_`."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{delivery}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def secret_text(key: bytes) -> str:
    """As it is shown to whoever checks signatures."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def address_problem(url: str, *, anywhere: bool) -> str | None:
    """What is wrong with the address of a hook; None: nothing. `anywhere`: the operator lets it be in this network."""
    if len(url) > LONGEST_URL or not url.isascii() or any(sign <= " " or sign == "\x7f" for sign in url):
        return f"an address has at most {LONGEST_URL} plain characters and no spaces"
    parts = _split(url)
    host = None if parts is None else parts.hostname
    if parts is None or not host:
        return f"{url[:80]!r} is no address: write one like https://example.org/hook"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "an address carries no name, password or fragment: what is sent is signed instead"
    if parts.scheme == "http" and not anywhere:
        return "an address begins with https://: what is sent must not be changed on its way"
    literal = _literal(host)
    if literal is not None and not anywhere and not is_public(literal):
        return f"{host} is not an address of the public network: this registry sends nothing there"
    return None


def _split(url: str) -> SplitResult | None:
    """Its parts, when it is an address of the web at all."""
    try:
        parts = urlsplit(url)
        return parts if parts.scheme in {"https", "http"} and parts.port != 0 else None
    except ValueError:
        return None


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public network: not private, loopback, link-local, multicast, reserved, nor
    one of those inside another form (mapped, 6to4, Teredo, NAT64).
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = _inner(found)
        if inner is not None:
            return is_public(str(inner))
        if found.is_site_local:
            return False
    return found.is_global and not found.is_multicast and not found.is_unspecified and not found.is_reserved


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def _literal(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return None
