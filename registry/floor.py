"""Whether this process builds for strangers: what its host confines scripts with, against the operator's floor."""

from designs.sandbox.confine import FloorDecision
from registry.core.builds import Asker
from registry.errors import Unavailable


class BuildFloor:
    """What was found out when the builders started; nothing before that, and in processes without builders."""

    def __init__(self) -> None:
        self._decision: FloorDecision | None = None

    @property
    def decision(self) -> FloorDecision | None:
        """None: not known here."""
        return self._decision

    def note(self, decision: FloorDecision) -> None:
        self._decision = decision

    def refusal(self) -> str | None:
        """Why nothing is built for strangers; None: it is, or is not known here."""
        if self._decision is None or self._decision.met:
            return None
        return (
            f"this registry builds nothing for strangers: its host confines scripts less than the floor "
            f"{self._decision.floor.value!r} that its operator set ({'; '.join(self._decision.reasons)})"
        )

    def check(self, asker: Asker) -> None:
        """Raise Unavailable where nothing may be built for this asker."""
        refusal = self.refusal()
        if refusal is not None and not asker.trusted:
            raise Unavailable(f"{refusal}: tell its operator", code="floor")
