"""Why there is no build."""

from designs.errors import DesignError


class BuildError(DesignError):
    """There is no build. `kind` says why, the message is for the designer:

    script_error   the script raised, or is no Python
    no_geometry    it shows nothing solid
    bad_geometry   what it shows cannot be used
    timeout, memory, output, crashed   it broke a limit, or the geometry kernel went down
    worker         the build worker itself failed: trying again may help
    source         the design's files are not in order, or something is asked for that there is not
    engine         this host has no such engine
    cancelled      nobody waits for it any more
    floor          this host confines scripts less than is asked for
    """

    def __init__(self, kind: str, message: str, log: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.log = log
        """What the script printed."""
