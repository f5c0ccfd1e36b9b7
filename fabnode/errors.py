"""The error root of fabnode/. Every message says what happened, names the offending value and says what to do."""


class FabnodeError(Exception):
    """Something the person who runs the agent has to know."""
