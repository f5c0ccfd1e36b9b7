"""Landlock: the process gives up every right on the file system but those named, and on the network altogether.

Numbers and structures: Linux `include/uapi/linux/landlock.h`, ABI 1 to 7.
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from designs.sandbox import kernel

_CREATE_RULESET = 444
_ADD_RULE = 445
_RESTRICT_SELF = 446
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE = 1 << 4, 1 << 5
_MAKE_DIR, _MAKE_REG = 1 << 7, 1 << 8
_REFER, _TRUNCATE = 1 << 13, 1 << 14

_FILE_SYSTEM_BITS = {1: 13, 2: 14, 3: 15, 4: 15}
_LATER_FILE_SYSTEM_BITS = 16
"""ABI 5 and later also handle ioctl on devices."""
_NET_BITS = 0b11
"""Bind and connect of TCP, ABI 4 and later."""
_SCOPE_BITS = 0b11
"""Abstract sockets and signals, ABI 6 and later."""

READ = _READ_FILE | _READ_DIR
WRITE = READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER | _TRUNCATE
_ON_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE


def abi() -> int:
    """The version the running kernel speaks; 0 when it has no Landlock."""
    try:
        return kernel.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def restrict(readable: Iterable[Path], writable: Iterable[Path], startable: Iterable[Path] = ()) -> None:
    """Keep reading beneath `readable`, working beneath `writable` and starting the programs `startable`; lose the rest.
    Needs no_new_privs."""
    version = abi()
    handled = (1 << _FILE_SYSTEM_BITS.get(version, _LATER_FILE_SYSTEM_BITS)) - 1
    attributes = struct.pack("=Q", handled)
    if version >= 4:
        attributes += struct.pack("=Q", _NET_BITS)
    if version >= 6:
        attributes += struct.pack("=Q", _SCOPE_BITS)
    ruleset = kernel.syscall(
        _CREATE_RULESET, ctypes.create_string_buffer(attributes, len(attributes)), len(attributes), 0
    )
    try:
        for path in readable:
            _allow(ruleset, path, READ & handled)
        for path in writable:
            _allow(ruleset, path, WRITE & handled)
        for path in startable:
            _allow(ruleset, path, _READ_FILE | _EXECUTE)
        kernel.syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not path.is_dir():
            rights &= _ON_A_FILE
        rule = struct.pack("=Qi", rights, descriptor)
        kernel.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.create_string_buffer(rule, len(rule)), 0)
    finally:
        os.close(descriptor)
