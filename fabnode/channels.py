"""The ways in which a message leaves the workshop: a signed webhook, a letter, a post to a topic. Each one try.

Webhook: the body is JSON, `X-Cofab-Signature: t=<seconds>,sha256=<hex>` is HMAC-SHA256 of `<seconds>.<body>` under the
secret; whoever receives it refuses old seconds. Topic: as docs.ntfy.sh, "Publishing", has it.
"""

import asyncio
import hashlib
import hmac
import json
import smtplib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Protocol

import aiohttp

from fabnode.config import MailSettings, NotifySettings, NtfySettings, WebhookSettings
from fabnode.errors import FabnodeError
from fabnode.notices import Notice, worded

PATIENCE_SECONDS = 20.0


class NotDelivered(FabnodeError):
    """The message may not have arrived; the words say why."""


class Channel(Protocol):
    """One way to somebody."""

    @property
    def name(self) -> str: ...

    async def send(self, notices: Sequence[Notice], now: datetime) -> None:
        """Raises NotDelivered."""
        ...


class Webhook:
    """JSON to an address, signed."""

    def __init__(self, settings: WebhookSettings, folder: Path) -> None:
        self.name = settings.name
        self._url = settings.url
        self._secret_file = folder / settings.secret_file

    async def send(self, notices: Sequence[Notice], now: datetime) -> None:
        title, text = worded(notices)
        told = [{**asdict(notice), "at": notice.at.isoformat()} for notice in notices]
        body = json.dumps({"title": title, "text": text, "notices": told}).encode()
        seconds = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "X-Cofab-Signature": f"t={seconds},sha256={signature(secret(self._secret_file), seconds, body)}",
        }
        await _post(self._url, body, headers)


class Ntfy:
    """Text to a topic."""

    def __init__(self, settings: NtfySettings, folder: Path) -> None:
        self.name = settings.name
        self._url = settings.url
        self._token_file = folder / settings.token_file if settings.token_file else None

    async def send(self, notices: Sequence[Notice], now: datetime) -> None:
        title, text = worded(notices)
        urgent = any(notice.occasion in {"failed", "uncertain", "offline"} for notice in notices)
        headers = {"Title": _header(title), "Priority": "high" if urgent else "default", "Tags": notices[0].occasion}
        if self._token_file:
            headers["Authorization"] = f"Bearer {secret(self._token_file)}"
        await _post(self._url, text.encode(), headers)


class Mail:
    """A letter."""

    def __init__(self, settings: MailSettings, folder: Path) -> None:
        self.name = settings.name
        self._settings = settings
        self._password_file = folder / settings.password_file if settings.password_file else None

    async def send(self, notices: Sequence[Notice], now: datetime) -> None:
        letter = EmailMessage()
        title, text = worded(notices)
        letter["Subject"] = " ".join(title.split())
        letter["From"] = self._settings.sender
        letter["To"] = ", ".join(self._settings.to)
        letter["Date"] = format_datetime(now)
        letter["Message-ID"] = make_msgid(domain=self._settings.sender.rpartition("@")[2])
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text)
        try:
            await asyncio.to_thread(self._hand_over, letter)
        except (OSError, smtplib.SMTPException) as error:
            raise NotDelivered(
                f"{self._settings.host}:{self._settings.port} does not take the letter: {error}"
            ) from error

    def _hand_over(self, letter: EmailMessage) -> None:
        settings, context = self._settings, ssl.create_default_context()
        us = socket.gethostname()  # asked of nobody: a name server that does not answer would cost half a minute
        server: smtplib.SMTP
        if settings.security == "tls":
            server = smtplib.SMTP_SSL(settings.host, settings.port, us, timeout=PATIENCE_SECONDS, context=context)
        else:
            server = smtplib.SMTP(settings.host, settings.port, us, timeout=PATIENCE_SECONDS)
        with server:
            if settings.security == "starttls":
                server.starttls(context=context)
            if settings.user and self._password_file:
                server.login(settings.user, secret(self._password_file))
            server.send_message(letter)


def channels(settings: NotifySettings, folder: Path) -> tuple[Channel, ...]:
    """All that are configured; secrets' files stand in `folder` where their paths are relative."""
    return (
        *(Webhook(one, folder) for one in settings.webhook),
        *(Mail(one, folder) for one in settings.mail),
        *(Ntfy(one, folder) for one in settings.ntfy),
    )


def signature(key: str, seconds: str, body: bytes) -> str:
    """Hexadecimal HMAC-SHA256 of `<seconds>.<body>`."""
    return hmac.new(key.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()


def secret(path: Path) -> str:
    """Raises NotDelivered when it cannot be read or is empty."""
    try:
        found = path.read_text().strip()
    except OSError as error:
        raise NotDelivered(f"the secret {path} cannot be read: {error.strerror}") from error
    if not found:
        raise NotDelivered(f"the secret {path} is empty")
    return found


async def _post(url: str, body: bytes, headers: dict[str, str]) -> None:
    timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            if not 200 <= answer.status < 300:
                raise NotDelivered(f"{url} answers {answer.status} {answer.reason}")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise NotDelivered(f"{url} cannot be reached: {error or 'no answer in time'}") from error


def _header(text: str) -> str:
    """What may stand in an HTTP header: RFC 2047 where it is not plain ASCII."""
    line = " ".join(text.split())
    return line if line.isascii() else Header(line, "utf-8", maxlinelen=10_000).encode()
