"""Names and identifiers: what they look like, and how texts become them."""

import re
import secrets
from dataclasses import dataclass
from typing import NewType

import semver

from registry.errors import Invalid

MemberId = NewType("MemberId", str)
TokenId = NewType("TokenId", str)
GroupId = NewType("GroupId", str)
TransferId = NewType("TransferId", str)
NamespaceName = NewType("NamespaceName", str)
DesignId = NewType("DesignId", str)
VersionId = NewType("VersionId", str)
BuildId = NewType("BuildId", str)
"""The digest of the build's recipe."""
FacilityId = NewType("FacilityId", str)
NodeId = NewType("NodeId", str)
MachineId = NewType("MachineId", str)
OrderId = NewType("OrderId", str)
JobId = NewType("JobId", str)
AttemptId = NewType("AttemptId", str)

NAME_PATTERN = r"[a-z0-9][a-z0-9-]{0,62}"
_NAME = re.compile(NAME_PATTERN)
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no i, l, o, u, so that an identifier can be read aloud."""

RESERVED_NAMES = frozenset(
    """
    about account activity admin administrator api assets atom auth blob blobs build builds cofab common
    compare comparisons contact dashboard design designs docs download edit explore export facilities facility
    favicon feed feeds
    fork forks group groups health help home image images import index info invite job jobs join language learn legal
    library licences lineage log login logout machine machines mail manual materials me member members metrics
    moderation
    namespace namespaces need needs new node nodes null oauth official openapi order orders password
    postmaster privacy proposal proposals publish register registry report reports robots root search security session
    sessions settings sign-in sign-out sign-up signin signout signup staff static status support system teams
    terms theme token tokens undefined upload user users version versions webmaster well-known www
    """.split()  # noqa: SIM905
)
"""Names that nobody can take as a namespace: they are pages, or could be mistaken for the registry itself."""


def new_id(prefix: str) -> str:
    """A fresh random identifier such as `ord_3k7…`: 80 random bits, to be made at the edge and handed inwards."""
    number = secrets.randbits(80)
    return f"{prefix}_" + "".join(_ALPHABET[(number >> shift) & 31] for shift in range(75, -5, -5))


def parse_name(text: str, *, what: str = "name") -> str:
    """A name in its one spelling: names that differ in upper and lower case are the same name. Raises Invalid."""
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        raise Invalid(
            f"{what} {text[:80]!r} is not usable: 1 to 63 letters a-z, digits and hyphens, the first no hyphen",
            code="bad_name",
            value=text[:80],
        )
    return name


def parse_new_namespace(text: str) -> NamespaceName:
    """A name that a new member or namespace may take. Raises Invalid for reserved ones as well."""
    name = parse_name(text)
    if name in RESERVED_NAMES:
        raise Invalid(f"the name {name!r} is reserved: choose another one", code="reserved_name", value=name)
    return NamespaceName(name)


def parse_version(text: str) -> semver.Version:
    """A release number by SemVer 2.0.0, without build metadata (two releases must never be equal in rank)."""
    try:
        version = semver.Version.parse(text)
    except (ValueError, TypeError) as error:
        raise Invalid(
            f"{text[:80]!r} is not a version: write three numbers such as 1.4.0, or 2.0.0-beta.1 for a preview",
            code="bad_version",
            value=text[:80],
        ) from error
    if version.build is not None:
        raise Invalid(
            f"version {text[:80]!r} carries build metadata (+{version.build}): leave it out, it gives no rank",
            code="bad_version",
            value=text[:80],
        )
    if len(text) > 64 or max(version.major, version.minor, version.patch) >= 2**31:
        raise Invalid(f"version {text[:80]!r} is too long: at most 64 characters", code="bad_version", value=text[:80])
    return version


@dataclass(frozen=True, order=True)
class DesignName:
    """`namespace/name`."""

    namespace: NamespaceName
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True)
class VersionName:
    """`namespace/name@1.2.0`."""

    design: DesignName
    version: str

    def __str__(self) -> str:
        return f"{self.design}@{self.version}"


def parse_design_name(text: str) -> DesignName:
    """Read `namespace/name`. Raises Invalid."""
    namespace, slash, name = text.partition("/")
    if not slash or "/" in name:
        raise Invalid(f"{text[:160]!r} does not name a design: write namespace/name", code="bad_name", value=text[:160])
    return design_name(namespace, name)


def design_name(namespace: str, name: str) -> DesignName:
    """Join the two parts of a design's name, each in its one spelling. Raises Invalid."""
    return DesignName(NamespaceName(parse_name(namespace, what="namespace")), parse_name(name, what="design name"))


def parse_version_name(text: str) -> VersionName:
    """Read `namespace/name@1.2.0`. Raises Invalid."""
    design, at, version = text.partition("@")
    if not at:
        raise Invalid(
            f"{text[:160]!r} does not name a version: write namespace/name@1.2.0", code="bad_name", value=text[:160]
        )
    return VersionName(parse_design_name(design), str(parse_version(version)))
