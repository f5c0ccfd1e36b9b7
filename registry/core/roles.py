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

    @property
    def word(self) -> str:
        """As it is written and stored: `member`, `maintainer`, `owner`."""
        return self.name.lower()


def role_of_word(word: str) -> Role:
    """Read a stored role. Raises KeyError for a word that is none."""
    return Role[word.upper()]
