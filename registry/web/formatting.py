"""How values are written on a page: sizes, durations, moments, numbers. Pure; `now` is an argument."""

from datetime import datetime, timedelta
from decimal import Decimal

from registry.web.languages import _, ngettext, noted

KIB = 1024
MONTHS = (
    noted("Jan"), noted("Feb"), noted("Mar"), noted("Apr"), noted("May"), noted("Jun"),
    noted("Jul"), noted("Aug"), noted("Sep"), noted("Oct"), noted("Nov"), noted("Dec"),
)  # fmt: skip


def file_size(size: int) -> str:
    """1536 → `1.5 KiB`."""
    if size < KIB:
        return f"{size} B"
    value = float(size)
    for unit in ("KiB", "MiB", "GiB"):
        value /= KIB
        if value < KIB or unit == "GiB":
            return f"{value:.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"
    raise AssertionError("unreachable")


def duration(seconds: float) -> str:
    """4210 → `1 h 10 min`; 42 → `42 s`; 0.8 → `0.8 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return ngettext("%(num)s day", "%(num)s days", hours // 24) % {"num": hours // 24}


def how_long_ago(moment: datetime, now: datetime) -> str:
    """`3 minutes ago`; older than a month is a date."""
    seconds = (now - moment).total_seconds()
    if seconds < 45:
        return _("just now")
    if seconds < 3600:
        count = max(1, round(seconds / 60))
        return ngettext("%(num)s minute ago", "%(num)s minutes ago", count) % {"num": count}
    if seconds < 86_400:
        count = max(1, round(seconds / 3600))
        return ngettext("%(num)s hour ago", "%(num)s hours ago", count) % {"num": count}
    if seconds < 30 * 86_400:
        count = max(1, round(seconds / 86_400))
        return ngettext("%(num)s day ago", "%(num)s days ago", count) % {"num": count}
    return day(moment)


def day(moment: datetime) -> str:
    """`3 Nov 2026`, with the month's short name in the language of the request."""
    return f"{moment.day} {_(MONTHS[moment.month - 1])} {moment.year}"


def until(moment: datetime, now: datetime) -> str:
    """`in 14 minutes`, or `expired`."""
    left = moment - now
    return _("expired") if left <= timedelta(0) else _("in %(time)s") % {"time": duration(left.total_seconds())}


def figure(value: float | Decimal | int, digits: int = 3) -> str:
    """A number with at most `digits` significant decimals after the first, without trailing zeros: 12.500 → `12.5`."""
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u202f")
    number = float(value)
    places = max(0, digits - len(f"{abs(int(number))}")) if abs(number) >= 1 else digits
    text = f"{number:,.{places}f}".replace(",", "\u202f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def volume(mm3: float) -> str:
    """Cubic millimetres in the unit people read: below 1,000 mm³ as they are, else cm³."""
    return f"{figure(mm3)} mm³" if abs(mm3) < 1000 else f"{figure(mm3 / 1000)} cm³"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 version`, `3 versions`."""
    return f"{count} {one if count == 1 else (many or one + 's')}"


def short_digest(digest: str) -> str:
    """The first twelve of a digest's hex figures: enough to recognise it."""
    return digest[:12]


def capitalise(words: str) -> str:
    """The first letter large, the rest as it is: `PLA is not loaded` keeps its PLA."""
    return words[:1].upper() + words[1:]
