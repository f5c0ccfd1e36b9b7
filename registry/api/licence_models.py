"""Licences, verdicts and what binds a version on the wire."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from registry.core.licence_bonds import Judgement
from registry.core.licence_panel import Panel, Permission

_EXAMPLE: Any = {
    "version": "ada/box@1.0.0",
    "licence": "CERN-OHL-S-2.0",
    "permissions": [
        {
            "what": "sell",
            "may": "yes",
            "reasons": ["Everybody may make it for others and be paid for it."],
            "clauses": [],
            "duties": [],
        }
    ],
    "changed_under": ["CERN-OHL-S-2.0"],
    "under": "MIT",
    "allowed": False,
    "certain": True,
    "bonds": [
        {
            "version": "ada/box@1.0.0",
            "licence": "CERN-OHL-S-2.0",
            "used": False,
            "allowed": False,
            "certain": True,
            "reasons": ["CERN-OHL-S-2.0 asks that the changed source as a whole stays under it."],
            "clauses": ["CERN-OHL-S-2.0 §3.3(d)"],
            "duties": [],
        }
    ],
    "possible": ["CERN-OHL-S-2.0"],
    "source_url": "/api/v1/designs/ada/box/versions/1.0.0/source.zip",
}


class PermissionOut(BaseModel):
    """One thing to do with a design, and whether one may."""

    what: str
    may: str
    """yes, limited, no or unknown."""
    reasons: tuple[str, ...]
    clauses: tuple[str, ...]
    duties: tuple[str, ...]


class BondOut(BaseModel):
    """A version of others that has a say in the licence, and what it says."""

    version: str
    licence: str
    used: bool
    allowed: bool
    certain: bool
    """False where the texts do not settle it."""
    reasons: tuple[str, ...]
    clauses: tuple[str, ...]
    duties: tuple[str, ...]


class LicenceOut(BaseModel):
    """What one may do with a version by its licence; no legal advice."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    version: str
    licence: str
    permissions: tuple[PermissionOut, ...]
    changed_under: tuple[str, ...]
    """The first few licences that a changed work may carry, those that hardware carries before others."""
    under: str
    """The licence that `allowed` and `bonds` judge."""
    allowed: bool
    certain: bool
    bonds: tuple[BondOut, ...]
    possible: tuple[str, ...]
    """Where it is not allowed: licences that would be."""
    source_url: str
    """Where the complete source can be had."""


def licence_out(version: str, panel: Panel, judgement: Judgement, source_url: str) -> LicenceOut:
    return LicenceOut(
        version=version,
        licence=panel.licence,
        permissions=tuple(_permission(each) for each in panel.permissions),
        changed_under=panel.changed_under,
        under=judgement.licence,
        allowed=judgement.allowed,
        certain=judgement.certain,
        bonds=tuple(
            BondOut(version=each.bound.name, licence=each.bound.licence, used=each.bound.used, **vars(each.verdict))
            for each in judgement.each
        ),
        possible=judgement.possible,
        source_url=source_url,
    )


def _permission(each: Permission) -> PermissionOut:
    return PermissionOut(
        what=each.what, may=each.may.value, reasons=each.reasons, clauses=each.clauses, duties=each.duties
    )
