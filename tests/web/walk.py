"""Every page's address, from the routes themselves: a page that is added is walked over without being named here."""

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping

from fastapi.routing import APIRoute

import registry.web

NOT_PAGES = ("/static/", "/blobs/", "/builds/", "/favicon.svg")
"""Files. What else answers with no HTML is found out when it is asked for."""
PARTS = {"designs": "ada", "versions": "1.1.0", "files": "bin.py", "facilities": "riverside", "members": "ada"}
"""What stands after a word of an address; what is made by the tests themselves is in `Made`."""
SECOND = {"designs": "gridfinity-bin"}
"""What stands after that."""
MORE = (
    "/designs?q=bin",
    "/designs?q=nothing-of-this-name",
    "/designs?namespace=ada",
    "/designs/ada/gridfinity-bin/versions/1.0.0",
    "/designs/ada/gridfinity-bin/versions/1.1.0/files/README.md",
    "/designs/ada/gridfinity-bin?p.units_x=3",
    "/designs/bea/drawer-bin",
    "/designs/ada/hostile",
    "/compare?a=ada/gridfinity-bin@1.0.0&b=ada/gridfinity-bin@1.1.0",
    "/activity?kind=design",
    "/orders?to_make=1",
    "/facilities?mine=1",
)
"""Pages in another state than the one that their route shows by itself."""
_PARAMETER = re.compile(r"\{([a-z_0-9]+)(?::[a-z]+)?\}")

Made = Mapping[str, str]
"""By the word before it in an address: what the tests made, such as `orders` → an order's id."""


def templates() -> list[str]:
    """The addresses of all pages as the routes have them, with the names of what stands in them."""
    found = []
    for module in pkgutil.iter_modules(registry.web.__path__, "registry.web."):
        router = vars(importlib.import_module(module.name)).get("router") if ".routes_" in module.name else None
        if router is not None:
            found += [route.path for route in router.routes if isinstance(route, APIRoute) and "GET" in route.methods]
    return sorted(path for path in set(found) if not path.startswith(NOT_PAGES))


def fill(template: str, made: Made) -> str:
    """An address where there is a page. Raises LookupError where nobody said what stands after a word."""
    return "/".join(_filled(template, made))


def _filled(template: str, made: Made) -> Iterator[str]:
    word, since = "", 0
    for part in template.split("/"):
        if not _PARAMETER.fullmatch(part):
            word, since = part, 0
            yield part
            continue
        known = (PARTS | dict(made), SECOND)[min(since, 1)]
        if word not in known:
            raise LookupError(f"{template}: say in tests/web/walk.py, or make in the fixture `made`, what is {part}")
        since += 1
        yield known[word]
