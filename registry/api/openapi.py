"""What holds for every route, written into the OpenAPI document of each: what surrounds requests also answers them."""

from typing import Any

from registry.api.problems import documented

_METHODS = ("get", "post", "put", "patch", "delete")
_WRITING = frozenset({"post", "put", "patch", "delete"})
_OF_AGENTS = "/api/v1/node"
_MOVED = {
    "description": "The design has another address now",
    "headers": {"Location": {"schema": {"type": "string"}, "description": "The same thing at the new address"}},
}


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """Add to each operation the answers that come from around its route: who is not let in, what is too much or too
    large, what is hidden, moved, or not available now.
    """
    for path, operations in document["paths"].items():
        for method in _METHODS:
            if method in operations:
                _complete(path, method, operations[method])
    return document


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    answers: dict[str, Any] = operation["responses"]
    statuses = {503}
    if operation.get("security"):
        statuses |= {401}
    if method in _WRITING:
        statuses |= {400, 413} if "requestBody" in operation else set()
        statuses |= set() if path.startswith(_OF_AGENTS) else {403, 429}
    if "/designs/{namespace}/{name}" in path:
        statuses |= {403, 404}
        answers.setdefault("308", _MOVED)
    for status, answer in documented(*statuses).items():
        answers.setdefault(str(status), answer)
