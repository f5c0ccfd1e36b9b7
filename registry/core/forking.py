"""Rules of forking: what may be forked, and how a fork gets a name of its own."""

import re
from dataclasses import replace

from designs.licence_flow import derive
from designs.manifest import Manifest, ManifestError, parse_manifest
from registry.core.permissions import ALLOWED, Decision, refused

_TABLE = re.compile(r"^\s*\[")
_NAME = re.compile(r"""^(\s*name\s*=\s*)(?:"[^"\\\n]*"(?!")|'[^'\n]*'(?!'))""")


def may_fork(licence: str, *, recalled: bool) -> Decision:
    """Whether somebody may derive from a version under this licence."""
    verdict = derive(licence, licence)
    if not verdict.allowed:
        return refused(f"{' '.join(verdict.reasons)} Ask its authors for another licence")
    if recalled:
        return refused("it was recalled for safety: fork a later version")
    return ALLOWED


def renamed(text: str, manifest: Manifest, name: str) -> str | None:
    """The text of a manifest with another name in it and nothing else changed; None when that cannot be done safely."""
    lines, inside = text.splitlines(keepends=True), False
    for index, line in enumerate(lines):
        if _TABLE.match(line):
            inside = line.split("#")[0].strip() == "[design]"
        match = _NAME.match(line) if inside else None
        if match:
            lines[index] = f'{match[1]}"{name}"{line[match.end() :]}'
            changed = "".join(lines)
            return changed if _reads_as(changed, replace(manifest, name=name)) else None
    return None


def _reads_as(text: str, manifest: Manifest) -> bool:
    try:
        return parse_manifest(text) == manifest
    except ManifestError:
        return False
