"""The colours of bodies whose designer left them open, the same in every format."""

Colour = tuple[float, float, float]
"""sRGB, 0 to 1."""

_PALETTE: tuple[Colour, ...] = (
    (0.44, 0.60, 0.74),
    (0.87, 0.62, 0.36),
    (0.51, 0.69, 0.53),
    (0.78, 0.52, 0.55),
    (0.62, 0.57, 0.75),
    (0.80, 0.73, 0.45),
)


def colour_of(number: int, chosen: Colour | None) -> Colour:
    """The designer's choice, or else one that tells the bodies apart."""
    return chosen or _PALETTE[number % len(_PALETTE)]


def linear(channel: float) -> float:
    """From sRGB to linear light (IEC 61966-2-1)."""
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
