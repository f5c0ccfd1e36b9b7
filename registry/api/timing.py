"""The hand-out's times, as the operator set them."""

from typing import Annotated

from fastapi import Depends

from registry.api.deps import Parts
from registry.core.dispatch import Timing


def _timing(parts: Parts) -> Timing:
    return parts.settings.hand_out


HandOutTiming = Annotated[Timing, Depends(_timing)]
