"""`cofab doctor`: what works on this machine, what is missing, and what to do about it."""

import importlib.metadata
import importlib.util
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import click

from registry.cli.connection import registry_address
from registry.cli.options import json_option, registry_option
from registry.cli.output import clean, write_json
from registry.cli.token_file import TokenFileUnusable, read_logins, token_file

if TYPE_CHECKING:
    from designs.sandbox.confine import Confinement

Verdict = Literal["ok", "missing", "broken"]
_MARKS = {"ok": ("✓", "green"), "missing": ("–", "yellow"), "broken": ("✗", "red")}

_LAYERS = {
    "namespaces": "processes, mounts, network and host name of its own",
    "user namespace": "what is root inside is nobody outside",
    "private root": "sees the interpreter and its libraries, read-only, and nothing else of the disk",
    "own user id": "owns nothing on this host",
    "landlock": "may open no other file, whatever is to be seen",
    "landlock network": "may not connect or listen",
    "landlock signals": "may not signal or reach what is outside",
    "seccomp": "asks the kernel for what geometry needs, and for nothing else",
    "limits": "of time, memory, files and output",
}
"""What each layer does to a script."""
_LACKING = "this host does not grant it: the other layers hold"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `missing`: something optional is not there; `broken`: something is wrong."""

    what: str
    verdict: Verdict
    detail: str


@click.command(short_help="Say what works on this machine.")
@registry_option
@click.option("--offline", is_flag=True, help="Do not ask the registry.")
@json_option
def doctor(*, registry_url: str | None, offline: bool, as_json: bool) -> None:
    """Look at this machine: the parts that are installed, the jail, the slicer, your logins, the registry.

    Ends with status 1 when something is broken; what is only not installed is no fault.

    \b
    Examples:
      cofab doctor
      cofab doctor --offline --json
    """
    looks: list[Callable[[], Iterator[Finding]]] = [_python, _parts, _jail, _slicer, _logins]
    findings = [finding for look in looks for finding in look()]
    if not offline:
        findings.extend(_registry(registry_url))
    if as_json:
        write_json([vars(finding) for finding in findings])
    else:
        for finding in findings:
            mark, colour = _MARKS[finding.verdict]
            click.echo(f"{click.style(mark, fg=colour)} {clean(finding.what)}: {clean(finding.detail)}")
    if any(finding.verdict == "broken" for finding in findings):
        raise click.exceptions.Exit(1)


def _python() -> Iterator[Finding]:
    version = platform.python_version()
    verdict: Verdict = "ok" if sys.version_info >= (3, 11) else "broken"
    yield Finding("Python", verdict, f"{version} on {platform.system()} {platform.machine()}")


def _parts() -> Iterator[Finding]:
    yield Finding("cofab", "ok", importlib.metadata.version("cofab"))
    for part, modules, use in (
        ("cad", ("cadquery", "numpy", "lib3mf"), "building designs here"),
        ("registry", ("fastapi", "granian", "sqlalchemy"), "running a registry"),
    ):
        absent = [module for module in modules if importlib.util.find_spec(module) is None]
        if absent:
            yield Finding(f"cofab[{part}]", "missing", f"{use} needs {', '.join(absent)}: pip install cofab[{part}]")
        else:
            yield Finding(f"cofab[{part}]", "ok", f"{use} is installed")


def _jail() -> Iterator[Finding]:
    if importlib.util.find_spec("cadquery") is None:
        return
    if platform.system() != "Linux":
        yield Finding(
            "jail", "missing", "model scripts are confined on Linux only: do not build designs of strangers here"
        )
        return
    from designs.errors import DesignError
    from designs.sandbox.confine import Floor
    from designs.sandbox.jail import Jail

    try:
        with Jail(floor=Floor.ANY) as jail:
            found = jail.confinement()
    except (DesignError, OSError) as error:
        yield Finding("jail", "broken", f"it does not start: {error}")
        return
    for layer, there in found.layers().items():
        yield Finding(f"jail: {layer}", "ok" if there else "missing", _LAYERS.get(layer, "") if there else _LACKING)
    yield _floor(found)


def _floor(found: "Confinement") -> Finding:
    """How much this host confines, and what would make it more."""
    from designs.sandbox.confine import Floor

    reached = found.reaches()
    if reached is Floor.STRICT:
        return Finding("jail floor", "ok", f"{reached}: strangers' scripts may run here")
    above = list(Floor)[list(Floor).index(reached) - 1]
    lacking = "; ".join(found.meets(above).reasons)
    if reached is Floor.STANDARD:
        return Finding("jail floor", "ok", f"{reached}: strangers' scripts may run here. For {above}: {lacking}")
    return Finding("jail floor", "missing", f"{reached}: build only what you trust. For {above}: {lacking}")


def _slicer() -> Iterator[Finding]:
    found = [path for program in ("prusa-slicer", "CuraEngine") if (path := shutil.which(program))]
    if found:
        yield Finding("slicer", "ok", ", ".join(found))
    else:
        yield Finding(
            "slicer", "missing", "printing from here needs PrusaSlicer or CuraEngine: apt install prusa-slicer"
        )


def _logins() -> Iterator[Finding]:
    try:
        logins = read_logins(token_file())
    except TokenFileUnusable as error:
        yield Finding("logins", "broken", error.message)
        return
    known = ", ".join(f"{login.member} at {url}" for url, login in logins.by_url.items())
    yield Finding("logins", "ok", known or "none: run `cofab login URL`")


def _registry(given: str | None) -> Iterator[Finding]:
    from registry.client import RegistryClient, RegistryConfused, RegistryRefused, RegistryUnreachable

    url = registry_address(given)
    try:
        with RegistryClient(url) as registry:
            yield Finding("registry", "ok", f"{url} answers ({registry.get('/health').text('status')})")
    except RegistryUnreachable as error:
        yield Finding("registry", "missing", error.message)
    except (RegistryRefused, RegistryConfused) as error:
        yield Finding("registry", "broken", error.message)
