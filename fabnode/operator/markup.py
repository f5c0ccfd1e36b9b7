"""HTML from templates in which every value is escaped unless it is HTML already."""

from collections.abc import Iterable
from html import escape


class Html(str):
    """Text that is safe to stand in a page as it is."""

    __slots__ = ()


def html(template: str, **values: object) -> Html:
    """Fill `{name}` in the template; what is not Html is escaped, None is nothing."""
    safe = {
        name: value if isinstance(value, Html) else escape("" if value is None else str(value))
        for name, value in values.items()
    }
    return Html(template.format(**safe))


def joined(parts: Iterable[Html]) -> Html:
    return Html("".join(parts))


NOTHING = Html()
