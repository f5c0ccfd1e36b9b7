"""Why there is no toolpath."""

from fabnode.errors import FabnodeError


class ToolpathError(FabnodeError):
    """The part cannot be cut like this; the message says what stands in the way and what to change."""
