"""What making something on a machine comes to, in a few words for a row of a list. Pure."""

from registry.core.asking import kilometres
from registry.core.estimates import about, about_long
from registry.core.reasons import Decision, Outlook


def outlook_words(decision: Decision) -> tuple[str, ...]:
    """Estimates, each with its `about`; nothing of a machine that cannot make it but how far it is."""
    outlook = decision.outlook
    away = () if outlook.distance_km is None else (f"{kilometres(outlook.distance_km)} away",)
    return (*away, *_made(outlook)) if decision.can else away


def _made(outlook: Outlook) -> tuple[str, ...]:
    told = []
    if outlook.cost is not None and outlook.currency is not None:
        told.append(f"about {about(float(outlook.cost))} {outlook.currency}" if outlook.cost else "free of charge")
    if outlook.seconds is not None:
        told.append(f"about {about_long(outlook.seconds)} a copy")
    if outlook.grams is not None:
        told.append(f"about {about(outlook.grams)} g a copy")
    if outlook.ready_at is not None:
        told.append(f"ready about {outlook.ready_at:%-d %b %H:%M} UTC")
    return tuple(told)
