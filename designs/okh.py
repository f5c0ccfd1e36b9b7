"""Open Know-How, the manifest of an open hardware module: what it says, whatever it is written in.

Two lines of the specification are read: `okh.toml` of the LOSH line (`designs.okh_toml`) and the YAML of version 1
(`designs.okh_v1`). Written is `okh.toml`. https://github.com/iop-alliance/OpenKnowHow
"""

from dataclasses import dataclass
from decimal import Decimal

TSDC = ("ASM", "MEC", "CIR", "PCB", "WEL", "3DP", "LAS", "CNC")
"""Kinds of technology that parts may name."""
OTRL = tuple(f"OTRL-{level}" for level in range(1, 7))
ODRL = tuple(f"ODRL-{level}" for level in range(1, 5))


@dataclass(frozen=True)
class Dimensions:
    """Of the box around it, mm."""

    width: Decimal
    depth: Decimal
    height: Decimal


@dataclass(frozen=True)
class Part:
    """One part of a module."""

    name: str
    source: tuple[str, ...] = ()
    export: tuple[str, ...] = ()
    image: tuple[str, ...] = ()
    tsdc: tuple[str, ...] = ()
    mass_g: Decimal | None = None
    outer_dimensions: Dimensions | None = None


@dataclass(frozen=True)
class OpenKnowHow:
    """A module. Paths are relative to the manifest, or addresses."""

    name: str
    repo: str
    version: str
    licence: str
    """As it is written: an SPDX expression, mostly."""
    licensor: tuple[str, ...]
    function: str
    organization: tuple[str, ...] = ()
    readme: str = ""
    image: tuple[str, ...] = ()
    technology_readiness: str = ""
    documentation_readiness: str = ""
    bom: str = ""
    manufacturing_instructions: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    export: tuple[str, ...] = ()
    mass_g: Decimal | None = None
    outer_dimensions: Dimensions | None = None
    tsdc: tuple[str, ...] = ()
    fork_of: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    """Keywords, which the YAML line has alone."""
    parts: tuple[Part, ...] = ()
