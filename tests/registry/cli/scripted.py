"""A server on loopback that answers as a test says: nonsense, half a file, an event stream that breaks off."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    """What Content-Length says; more than the body means that the connection breaks off. -1: no length is told."""


def problem(status: int, code: str, detail: str, **facts: object) -> Answer:
    body = json.dumps({"title": "No", "status": status, "code": code, "detail": detail, **facts}).encode()
    return Answer(status, body, "application/problem+json")


def told(value: object) -> Answer:
    return Answer(200, json.dumps(value).encode())


class Scripted:
    """Serves what `answer` gives for each request, and keeps the requests."""

    def __init__(self, answer: Callable[[Asked], Answer]) -> None:
        self.asked: list[Asked] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                self.rfile.read(length)
                request = Asked(self.command, self.path, dict(self.headers))
                asked.append(request)
                given = answer(request)
                self.send_response(given.status)
                self.send_header("Content-Type", given.kind)
                if given.length != -1:
                    self.send_header("Content-Length", str(len(given.body) if given.length is None else given.length))
                self.send_header("Connection", "close")
                for name, value in given.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(given.body)
                self.close_connection = True

            do_GET = do_POST = do_PUT = do_DELETE = _serve

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(poll_interval=0.02))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
