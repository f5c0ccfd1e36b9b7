"""A relay between a client and a server on loopback that can hold one request on its way, or its answer, or be cut.

It passes bytes and understands none, but that a request begins where a client's writing begins: enough to catch the
one request that matters, and to deliver it late, after whoever sent it is dead.
"""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from testbed.ports import LOOPBACK

CHUNK_BYTES = 64 * 1024
CONNECT_SECONDS = 2


class Hold:
    """One request that is to be caught, by how it begins."""

    def __init__(self, beginning: bytes, *, answer: bool) -> None:
        self.beginning = beginning
        self.answer = answer
        """Hold the answer instead: the request arrives."""
        self.caught = threading.Event()
        self._released = threading.Event()

    def release(self) -> None:
        """Let it go on its way, and everything after it."""
        self._released.set()

    def wait_released(self) -> None:
        self._released.wait()


class Relay:
    """Context manager. Clients use `url`."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server((LOOPBACK, 0))
        self._hold: Hold | None = None
        self._closed = False
        self._is_cut = False
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://{LOOPBACK}:{self.port}"

    def hold(self, beginning: bytes, *, answer: bool = False) -> Hold:
        """Catch the next request that begins so, or its answer; later ones pass."""
        self._hold = Hold(beginning, answer=answer)
        return self._hold

    def cut(self) -> None:
        """Break off every connection, and let none come about until `mend`."""
        with self._lock:
            self._is_cut = True
            for one in self._open:
                with suppress(OSError):  # it has just ended by itself
                    one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Let connections come about again."""
        with self._lock:
            self._is_cut = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        if self._hold:
            self._hold.release()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                if self._closed:
                    return
                raise
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection((LOOPBACK, self._server_port), timeout=CONNECT_SECONDS)
        except OSError:
            client.close()
            return
        with self._lock:
            if self._is_cut:
                client.close()
                server.close()
                return
            self._open |= {client, server}
        server.settimeout(None)
        held: list[Hold] = []
        threading.Thread(target=self._pump_back, args=(server, client, held), daemon=True).start()
        try:
            while data := client.recv(CHUNK_BYTES):
                caught = self._catch(data)
                if caught and caught.answer:
                    held.append(caught)
                    server.sendall(data)
                    caught.caught.set()
                    continue
                if caught:
                    caught.caught.set()
                    caught.wait_released()
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)
        except OSError:
            server.close()
        finally:
            with self._lock:
                self._open -= {client, server}

    def _pump_back(self, server: socket.socket, client: socket.socket, held: list[Hold]) -> None:
        try:
            while data := server.recv(CHUNK_BYTES):
                for hold in held:
                    hold.wait_released()
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            client.close()

    def _catch(self, data: bytes) -> Hold | None:
        hold = self._hold
        if hold and data.startswith(hold.beginning):
            self._hold = None
            return hold
        return None
