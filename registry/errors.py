"""The error root of registry/. An error carries facts; api/problems.py alone knows which HTTP status it becomes."""

from collections.abc import Mapping
from typing import ClassVar

Fact = str | int | float | bool | None | list["Fact"] | dict[str, "Fact"]
"""What may stand in an error beside its message: JSON."""


class RegistryError(Exception):
    """Something was asked that cannot be done. The message says what happened, the offending value and what to do."""

    code: ClassVar[str] = "registry_error"
    title: ClassVar[str] = "The registry cannot do this"

    def __init__(self, message: str, *, code: str | None = None, **facts: Fact) -> None:
        super().__init__(message)
        self.message = message
        self.reason = code or self.code
        """Machine-readable name of what went wrong; the class's own unless a narrower one is given."""
        self.facts: Mapping[str, Fact] = facts


class Invalid(RegistryError):
    """What was sent does not follow the rules; sending it again will not help."""

    code = "invalid"
    title = "The request is not valid"


class Unauthenticated(RegistryError):
    """Nobody is logged in, or the token is unknown, expired or revoked."""

    code = "unauthenticated"
    title = "Log in first"


class Forbidden(RegistryError):
    """Known, but not allowed to do this."""

    code = "forbidden"
    title = "You may not do this"


class Hidden(Forbidden):
    """Moderators hid it; the reason is among the facts."""

    code = "hidden"
    title = "Hidden by moderators"


class NotFound(RegistryError):
    """There is nothing of that name."""

    code = "not_found"
    title = "Not found"


class Moved(NotFound):
    """It has another address now; `moved_to` is among the facts."""

    code = "moved"
    title = "It has another address now"


class Conflict(RegistryError):
    """What was asked contradicts what is there: a name taken, a version published, a state moved on."""

    code = "conflict"
    title = "This contradicts what is already there"


class Gone(RegistryError):
    """It was here, and is withdrawn for good."""

    code = "gone"
    title = "No longer available"


class TooLarge(RegistryError):
    """More bytes than the registry takes."""

    code = "too_large"
    title = "Too large"


class RangeNotSatisfiable(RegistryError):
    """The asked part of the bytes lies outside them."""

    code = "range_not_satisfiable"
    title = "The range lies outside the content"


class RateLimited(RegistryError):
    """Too often in too short a time; `retry_after_seconds` is among the facts."""

    code = "rate_limited"
    title = "Too many requests"


class Unavailable(RegistryError):
    """A part that the registry depends on does not answer now; trying again later may help."""

    code = "unavailable"
    title = "Not available right now"
