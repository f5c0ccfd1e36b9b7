"""From where a part is looked at."""

from dataclasses import dataclass

import numpy as np

from designs.mesh import Floats


@dataclass(frozen=True)
class Viewpoint:
    """A parallel projection: towards the eye, and to the right on paper (both unit vectors, square to each other)."""

    towards_eye: tuple[float, float, float]
    right: tuple[float, float, float]

    @property
    def axes(self) -> Floats:
        """(3, 3): rows right, up, towards the eye."""
        towards, right = np.array(self.towards_eye, np.float64), np.array(self.right, np.float64)
        return np.stack([right, np.cross(towards, right), towards])


VIEWS = {
    "front": Viewpoint((0, -1, 0), (1, 0, 0)),
    "top": Viewpoint((0, 0, 1), (1, 0, 0)),
    "right": Viewpoint((1, 0, 0), (0, 1, 0)),
}
_ROOT_2, _ROOT_3 = 2**-0.5, 3**-0.5
ISOMETRIC = Viewpoint((_ROOT_3, -_ROOT_3, _ROOT_3), (_ROOT_2, _ROOT_2, 0))
