"""What somebody may do in a namespace: roles, each of which includes those below it."""

from enum import IntEnum


class Role(IntEnum):
    """In a group, and so in the namespaces that belong to it. A member is the owner of namespaces of their own."""

    MEMBER = 1
    """Belongs to the group: named on its page, may open and review proposals in its name."""
    MAINTAINER = 2
    """Publishes, and decides about proposals."""
    OWNER = 3
    """Says who belongs to it with which role, and gives it away."""
