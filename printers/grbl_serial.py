"""A serial port on the event loop: raw bytes out, whole lines in. Plain termios: Linux and macOS, ptys included.

Written here and not taken from pyserial: all that is needed is raw mode, a speed and a lock, and its asyncio companion
has not been kept up. The port is locked (flock), as picocom and pyserial do, so that two senders never mix their lines.
"""

import asyncio
import fcntl
import os
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Self

from printers.machine import MachineUnreachable

SPEEDS = {
    baud: getattr(termios, f"B{baud}")
    for baud in (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
    if hasattr(termios, f"B{baud}")
}
MAX_LINE_BYTES = 1024
"""A controller's longest lines are a tenth of it: more without a line end is noise or another speed."""
READ_BYTES = 4096


class SerialPort:
    """One open port. `on_line` gets each line without its end; `on_lost` is called once, with the reason."""

    def __init__(self, fd: int, on_line: Callable[[str], None], on_lost: Callable[[str], None]) -> None:
        self._fd = fd
        self._on_line = on_line
        self._on_lost = on_lost
        self._rest = b""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(fd, self._read)

    @classmethod
    def open(cls, path: Path, baud: int, on_line: Callable[[str], None], on_lost: Callable[[str], None]) -> Self:
        """Raises MachineUnreachable. `baud` is one of SPEEDS."""
        try:
            fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise MachineUnreachable(
                f"the port {path} cannot be opened ({error.strerror}): is the cable in, and may this user use it?"
            ) from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _make_raw(fd, SPEEDS[baud])
            termios.tcflush(fd, termios.TCIOFLUSH)
        except BlockingIOError as error:
            os.close(fd)
            raise MachineUnreachable(f"another program uses the port {path}; close it") from error
        except (OSError, termios.error) as error:
            os.close(fd)
            raise MachineUnreachable(f"{path} is not a serial port: {error}") from error
        return cls(fd, on_line, on_lost)

    def send(self, data: bytes) -> None:
        """Hand the bytes to the system. What it does not take at once counts as lost: so little is ever in flight that
        its buffer is full only when nothing goes out any more."""
        if self._fd < 0:
            return
        try:
            taken = os.write(self._fd, data)
        except OSError as error:
            self._lose(f"the port broke off: {error.strerror}")
            return
        if taken < len(data):
            self._lose("the port takes no more bytes")

    def close(self) -> None:
        """Idempotent. Does not call `on_lost`."""
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _read(self) -> None:
        try:
            data = os.read(self._fd, READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(f"the port broke off: {error.strerror}")
            return
        if not data:
            self._lose("the port was closed at the other end")
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE_BYTES:
            self._lose("what comes from the port is not text; is its speed right?")
            return
        for line in lines:
            if text := line.decode("ascii", errors="replace").strip():
                self._on_line(text)

    def _lose(self, reason: str) -> None:
        self.close()
        self._on_lost(reason)


def _make_raw(fd: int, speed: int) -> None:
    """8N1, no echo, no flow control. HUPCL off: closing does not drop DTR, which would reset most boards."""
    mode = termios.tcgetattr(fd)
    control_characters = mode[6]
    control_characters[termios.VMIN], control_characters[termios.VTIME] = 0, 0
    termios.tcsetattr(
        fd, termios.TCSANOW, [0, 0, termios.CS8 | termios.CREAD | termios.CLOCAL, 0, speed, speed, control_characters]
    )
