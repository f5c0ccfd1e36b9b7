"""The error root of designs/."""


class DesignError(Exception):
    """Something about a design, its parameters or its geometry is not as it must be. The message says what to do."""
