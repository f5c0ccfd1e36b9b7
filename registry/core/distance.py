"""How far two places are from each other."""

import math

from registry.core.capability import Place

EARTH_KM = 6371.0088
"""Mean radius (IUGG)."""


def distance_km(here: Place, there: Place) -> float:
    """Along the great circle, as on a sphere: off by up to 0.5 %, and roads are longer anyway."""
    (lat1, lon1), (lat2, lon2) = (
        (math.radians(place.latitude), math.radians(place.longitude)) for place in (here, there)
    )
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))
