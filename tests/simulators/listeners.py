"""Whoever is told: a real SMTP server, and an HTTP receiver that checks signatures as its owner would."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

from aiohttp import web
from aiohttp.test_utils import TestServer
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Letters:
    """An SMTP server's handler: keeps every letter."""

    received: list[Message] = field(default_factory=list)
    refuses: bool = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuses:
            return "451 not now"
        self.received.append(message_from_bytes(envelope.content or b""))
        return "250 kept"


class _Server(Controller):
    """Asks for user and password on a plain connection, which only a test does."""

    def __init__(self, letters: Letters, user: str | None, password: str) -> None:
        def check(
            server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
        ) -> AuthResult:
            return AuthResult(success=(data.login, data.password) == ((user or "").encode(), password.encode()))

        extra = {"authenticator": check, "auth_required": True, "auth_require_tls": False} if user else {}
        super().__init__(letters, hostname="127.0.0.1", port=0, server_hostname="mail.test", **extra)

    def _trigger_server(self) -> None:
        """Reach the server at the port that it was really given."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@asynccontextmanager
async def mail_server(user: str | None = None, password: str = "") -> AsyncIterator[tuple[Letters, int]]:
    letters = Letters()
    server = _Server(letters, user, password)
    server.start()
    try:
        yield letters, server.port
    finally:
        server.stop()


@dataclass
class Posts:
    """An HTTP receiver: keeps every post with its headers, and answers with what it is set to."""

    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200
    arrived: Callable[[], None] = lambda: None

    async def take(self, request: web.Request) -> web.Response:
        self.received.append((dict(request.headers), await request.read()))
        self.arrived()
        return web.Response(status=self.status)


@asynccontextmanager
async def receiver() -> AsyncIterator[tuple[Posts, str]]:
    posts = Posts()
    app = web.Application()
    app.router.add_post("/hook", posts.take)
    async with TestServer(app) as server:
        yield posts, str(server.make_url("/hook"))


def is_signed(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """As somebody would check it who has read how it is made."""
    seconds, _, digest = headers["X-Cofab-Signature"].partition(",sha256=")
    told = seconds.removeprefix("t=").encode() + b"." + body
    return hmac.compare_digest(digest, hmac.new(secret.encode(), told, hashlib.sha256).hexdigest())
