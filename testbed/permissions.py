"""Who may use which route: the one table, checked against the running registry by tests/registry/whole.

python -m testbed.reference    writes docs/reference/permissions.md from it
"""

from collections.abc import Mapping
from pathlib import Path

TABLE = Path(__file__).with_name("permissions.txt")
ROLES = (
    "visitor",
    "scopeless",
    "other",
    "member",
    "suspended",
    "group member",
    "maintainer",
    "owner",
    "moderator",
    "admin",
)
"""In whose name each route is asked. All belong to the registry except the visitor; `scopeless` is the owner with a
token without any scope; `member` placed the order, `other` did nothing; the three roles are those in the group to whose
namespace the design belongs."""
WORDS: Mapping[str, str] = {
    "visitor": "Nobody is logged in",
    "scopeless": "The owner, by a token without any scope",
    "other": "A member who has nothing to do with the thing",
    "member": "The member whose order, invitation or account it is",
    "suspended": "A suspended member",
    "group member": "Belongs to the group that owns the namespace",
    "maintainer": "Maintainer there",
    "owner": "Owner there",
    "moderator": "A moderator of the registry",
    "admin": "An administrator of the registry",
}
YES, NO = "+", "."
INTRODUCTION = """\
Every route of the API and every page, and who may use it. A test asks each in the name of each role; a route that is
not in the table fails it. *May use* says that neither the token, nor the role, nor a suspension forbids it: the request
may still be refused for what it says."""


def read_table(text: str) -> dict[tuple[str, str], frozenset[str]]:
    """(method, path) → the roles that may. A line: one sign for each role in their order, the method, the path."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            signs, method, path = line.split()
            if len(signs) != len(ROLES) or set(signs) - {YES, NO}:
                raise ValueError(f"{line!r} has not one sign for each of the {len(ROLES)} roles")
            found[method, path] = frozenset(role for role, sign in zip(ROLES, signs, strict=True) if sign == YES)
    return found


def line_of(method: str, path: str, allowed: frozenset[str]) -> str:
    """The line of one route."""
    return f"{''.join(YES if role in allowed else NO for role in ROLES)} {method} {path}"


def document() -> str:
    """The table for people."""
    rows = read_table(TABLE.read_text())
    head = "| Route | " + " | ".join(ROLES) + " |\n|---|" + "---|" * len(ROLES)
    lines = [
        f"| `{method} {path}` | " + " | ".join("yes" if role in allowed else "" for role in ROLES) + " |"
        for (method, path), allowed in sorted(rows.items(), key=lambda row: (row[0][1], row[0][0]))
    ]
    meaning = "\n".join(f"- **{role}**: {WORDS[role]}." for role in ROLES)
    return (
        f"# Who may do what\n\n{INTRODUCTION}\n\n"
        f"{meaning}\n\nAgents have tokens of their own: their routes (`/api/v1/node…`) refuse all members.\n\n"
        f"{head}\n" + "\n".join(lines) + "\n"
    )
