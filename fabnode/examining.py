"""What `fabnode doctor` looks at."""

import stat
from dataclasses import dataclass
from pathlib import Path

from fabnode.agent import open_machine
from fabnode.channels import NotDelivered, secret
from fabnode.client import Registry
from fabnode.config import MachineSettings, NotifySettings, SpoolmanSettings, load_config
from fabnode.errors import FabnodeError
from fabnode.home import AgentRuns, Home
from fabnode.journal import Journal
from fabnode.preparation.choosing import preparation_for, require_of_one_kind
from fabnode.protocol import Heartbeat
from fabnode.slicers.choosing import Slicers
from fabnode.slicers.interface import Slicer
from fabnode.slicers.program import steady_prefix
from fabnode.spoolman import Spoolman
from fabnode.stock import Fit, Stock
from fabnode.toolpaths.cutters import is_cutter
from fabnode.upkeep import fitted
from printers.machine import MachineError


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    well: bool
    words: str


async def examine(home: Home) -> list[Finding]:
    """Everything that can be looked at without changing anything."""
    findings = [_folder(home), _journal(home), await _registry(home)]
    try:
        config = load_config(home.config)
    except FabnodeError as error:
        return [*findings, Finding("configuration", well=False, words=str(error))]
    findings.append(Finding("configuration", well=True, words=f"{len(config.machines)} machines in {home.config}"))
    slicers = Slicers(config.agent, home.slices)
    used = [slicers.of(machine) for machine in config.machines if _prints(machine, home)]
    for slicer in dict.fromkeys(used if config.machines else [slicers.named("prusaslicer")]):
        findings.append(await _slicer(slicer))
    for machine in _as_fitted(config.machines, home):
        findings.append(await _machine(machine, home, slicers))
    findings += _channels(config.notify, home)
    return [*findings, await _spoolman(config.spoolman)] if config.spoolman else findings


def _as_fitted(machines: tuple[MachineSettings, ...], home: Home) -> list[MachineSettings]:
    """With what was loaded and mounted since they were configured."""
    if not home.stock.exists():
        return list(machines)
    stock = Stock(home.stock)
    fits, spools, uses = stock.fits(), stock.spools(), stock.open_uses()
    stock.close()
    return [fitted(machine, fits.get(machine.key, Fit()), spools, uses) for machine in machines]


def _channels(settings: NotifySettings, home: Home) -> list[Finding]:
    """Whether the secrets are there. Whether messages arrive is tried by `fabnode notify test`."""
    needed: list[tuple[str, Path | None]] = [(one.name, one.secret_file) for one in settings.webhook]
    needed += [(one.name, one.password_file) for one in settings.mail]
    needed += [(one.name, one.token_file) for one in settings.ntfy]
    return [_channel(name, home.folder / path if path else None) for name, path in needed]


def _channel(name: str, path: Path | None) -> Finding:
    try:
        if path is not None:
            secret(path)
    except NotDelivered as error:
        return Finding(f"notification {name}", well=False, words=str(error))
    return Finding(f"notification {name}", well=True, words="`fabnode notify test` tries it")


async def _spoolman(settings: SpoolmanSettings) -> Finding:
    try:
        version = await Spoolman(settings.url).version()
    except FabnodeError as error:
        return Finding("Spoolman", well=False, words=str(error))
    return Finding("Spoolman", well=True, words=f"Spoolman {version} at {settings.url}")


def _folder(home: Home) -> Finding:
    secrets = [path for path in (home.identity_file, home.config, *home.keys.glob("*")) if path.exists()]
    open_to_others = [str(path) for path in secrets if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_to_others:
        return Finding("folder", well=False, words=f"others can read {', '.join(open_to_others)}: chmod 600 them")
    return Finding("folder", well=True, words=str(home.folder))


def _journal(home: Home) -> Finding:
    try:
        with home.lock():
            journal = Journal(home.journal, home.identity().node)
            owed = journal.owed_count()
            journal.close()
    except AgentRuns:
        return Finding("journal", well=True, words="in use by the running agent")
    except FabnodeError as error:
        return Finding("journal", well=False, words=str(error))
    return Finding("journal", well=True, words=f"{owed} reports wait to be sent")


async def _registry(home: Home) -> Finding:
    try:
        identity = home.identity()
        async with Registry(identity.registry, identity.token, timeout_seconds=10) as registry:
            await registry.heartbeat(Heartbeat(machines=()))
    except FabnodeError as error:
        return Finding("registry", well=False, words=str(error))
    return Finding("registry", well=True, words=f"{identity.registry} knows this agent of {identity.facility_name}")


async def _slicer(slicer: Slicer) -> Finding:
    try:
        version = await slicer.version()
    except FabnodeError as error:
        return Finding("slicer", well=False, words=str(error))
    steady = " ".join(steady_prefix())
    repeatable = (
        "same input, same G-code" if "taskset" in steady and "setarch" in steady else "G-code may vary from run to run"
    )
    return Finding("slicer", well=True, words=f"{version} ({repeatable})")


def _prints(settings: MachineSettings, home: Home) -> bool:
    return not is_cutter(settings.profile, home.folder)


async def _machine(settings: MachineSettings, home: Home, slicers: Slicers) -> Finding:
    what = f"machine {settings.key}"
    try:
        preparation = preparation_for(settings, slicers, home.folder)
        machine = open_machine(settings, home)
        try:
            require_of_one_kind(settings, preparation, machine)
            software = await machine.check()
        finally:
            await machine.close()
    except (FabnodeError, MachineError) as error:
        return Finding(what, well=False, words=str(error))
    if not settings.materials:
        return Finding(what, well=False, words="no material is loaded: no order can match it; set `materials`")
    return Finding(what, well=True, words=f"{software}, {preparation.facts.title}")
