"""Adding a machine to the configuration: its key granted, its answer seen, its section appended."""

import importlib
import importlib.util
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import urlsplit

from fabnode.agent import open_machine
from fabnode.config import ConfigError, MachineSettings, load_config, parse_config
from fabnode.home import Home
from fabnode.preparation.choosing import preparation_for, require_of_one_kind
from fabnode.preparation.interface import Preparation
from fabnode.slicers.choosing import Slicers
from printers.drivers import driver_kinds


@dataclass(frozen=True)
class NewMachine:
    """What the person says of it."""

    driver: str
    url: str
    key: str | None
    name: str | None
    profile: str
    materials: tuple[str, ...]
    """PLA, PLA:black, or a sheet with its thickness in mm: birch plywood@3."""
    nozzle_mm: float | None
    api_key: str | None
    user: str | None
    options: tuple[str, ...]
    """name=value"""
    plate_copies: int = 1
    """How many copies of a part it may make side by side."""
    slicer: str = "prusaslicer"
    """What its parts are sliced with."""


class KeyFlow(Protocol):
    """How a driver's machines grant keys: the module `printers.KIND_keys` offers it where there is a way."""

    def request_api_key(
        self, url: str, *, app: str, user: str | None, on_waiting: Callable[[str], None]
    ) -> Awaitable[str]: ...


async def add_machine(
    home: Home, new: NewMachine, tell: Callable[[str], None], *, check: bool
) -> tuple[MachineSettings, str]:
    """Append the machine to fabnode.toml. Gives its settings and its software. Raises FabnodeError, MachineError."""
    if new.driver not in driver_kinds():
        raise ConfigError(f"there is no driver {new.driver!r}; there are {', '.join(driver_kinds())}")
    config = load_config(home.config)
    key = new.key or _made_key(new)
    if key in {machine.key for machine in config.machines}:
        raise ConfigError(f"there is a machine {key!r} already: give the new one another name with --key")
    api_key = new.api_key or await _granted(new, tell)
    key_file = Path("keys") / key if api_key else None
    section = _section(new, key, key_file)
    text = home.config.read_text().rstrip("\n") + "\n" + section
    settings = parse_config(text, str(home.config)).machines[-1]
    preparation = preparation_for(settings, Slicers(config.agent, home.slices), home.folder)
    if api_key and key_file:
        home.write_secret(home.folder / key_file, api_key + "\n")
    software = await _software(settings, home, preparation, ask=check)
    home.write_secret(home.config, text)
    return settings, software


async def _software(settings: MachineSettings, home: Home, preparation: Preparation, *, ask: bool) -> str:
    machine = open_machine(settings, home)
    try:
        require_of_one_kind(settings, preparation, machine)
        return await machine.check() if ask else "not asked"
    finally:
        await machine.close()


async def _granted(new: NewMachine, tell: Callable[[str], None]) -> str | None:
    module = f"printers.{new.driver}_keys"
    if importlib.util.find_spec(module) is None:
        return None
    if not new.url:
        raise ConfigError(
            f"a machine driven by {new.driver} needs its address: fabnode machine add {new.driver} http://…"
        )
    flow = cast(KeyFlow, importlib.import_module(module))
    return await flow.request_api_key(new.url, app="fabnode", user=new.user, on_waiting=tell)


def _made_key(new: NewMachine) -> str:
    host = urlsplit(new.url).hostname or new.driver
    port = urlsplit(new.url).port
    return re.sub(r"[^A-Za-z0-9]+", "-", host.removesuffix(".local")).strip("-") + (f"-{port}" if port else "")


def _section(new: NewMachine, key: str, key_file: Path | None) -> str:
    lines = ["", "[[machines]]", f"key = {_quoted(key)}"]
    if new.name:
        lines.append(f"name = {_quoted(new.name)}")
    lines.append(f"driver = {_quoted(new.driver)}")
    if new.url:
        lines.append(f"url = {_quoted(new.url)}")
    if key_file:
        lines.append(f"key_file = {_quoted(str(key_file))}")
    lines.append(f"profile = {_quoted(new.profile)}")
    if new.slicer != "prusaslicer":
        lines.append(f"slicer = {_quoted(new.slicer)}")
    if new.nozzle_mm:
        lines.append(f"nozzle_mm = {new.nozzle_mm}")
    lines.append(f"materials = [{', '.join(_material(text) for text in new.materials)}]")
    if new.plate_copies > 1:
        lines.append(f"plate_copies = {new.plate_copies}")
    if new.options:
        lines.append(f"options = {{ {', '.join(_option(text) for text in new.options)} }}")
    return "\n".join(lines) + "\n"


def _material(text: str) -> str:
    words, sheet, thickness = text.partition("@")
    material, _, colour = words.partition(":")
    if sheet and not re.fullmatch(r"\d+(\.\d+)?", thickness):
        raise ConfigError(f"a sheet is written as its material and thickness in mm, like plywood@3, not {text!r}")
    given = {"material": _quoted(material), "colour": colour and _quoted(colour), "thickness_mm": thickness}
    return "{ " + ", ".join(f"{key} = {value}" for key, value in given.items() if value) + " }"


def _option(text: str) -> str:
    name, found, value = text.partition("=")
    if not found or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ConfigError(f"a driver's setting is written name=value, not {text!r}")
    return f"{name} = {_quoted(value)}"


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
