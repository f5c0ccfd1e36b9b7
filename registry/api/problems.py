"""Every error as problem+json (RFC 9457). The only place that knows which HTTP status an error becomes."""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from designs.digest import DigestMismatch
from designs.errors import DesignError
from designs.parameters import ParameterError
from designs.source import BadSource
from designs.toml_document import DocumentError
from registry import errors
from registry.errors import Fact, RegistryError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
STATUSES: Mapping[type[RegistryError], int] = {
    errors.Invalid: 422,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooLarge: 413,
    errors.RangeNotSatisfiable: 416,
    errors.RateLimited: 429,
    errors.Unavailable: 503,
}

ErrorPage = Callable[[Request, "Problem"], Awaitable[Response]]
"""Renders a problem for people, on paths that are pages."""


class Problem(BaseModel):
    """What went wrong: for programs by `code`, for people by `detail`. Further members are facts about the case."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "type": "urn:cofab:problem:version_taken",
                "title": "This contradicts what is already there",
                "status": 409,
                "detail": "ada/bin@1.2.0 is published already and never changes: publish 1.2.1",
                "code": "version_taken",
            }
        },
    )

    type: str
    title: str
    status: int
    detail: str
    code: str


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for the OpenAPI document. 422 is always among them."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: schema}}
        for status in sorted({422, *statuses})
    }


def schema() -> dict[str, Any]:
    """The JSON schema of a problem, to which `documented` refers."""
    return Problem.model_json_schema()


def problem(status: int, code: str, title: str, detail: str, facts: Mapping[str, Fact] | None = None) -> Problem:
    """Put a problem together; facts cannot hide its own members."""
    own = {"type": f"urn:cofab:problem:{code}", "title": title, "status": status, "detail": detail, "code": code}
    return Problem.model_validate({**(facts or {}), **own})


def problem_of(error: Exception) -> Problem:
    """What is told of an error; anything unforeseen is a 500 that gives nothing away."""
    if isinstance(error, RegistryError):
        status = next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)
        return problem(status, error.reason, error.title, error.message, error.facts)
    if isinstance(error, DesignError):
        return problem(422, _code_of(error), errors.Invalid.title, str(error), _facts_of(error))
    if isinstance(error, RequestValidationError):
        return _of_validation(error)
    if isinstance(error, HTTPException):
        phrase = HTTPStatus(error.status_code).phrase
        code = re.sub(r"\W+", "_", phrase.lower())
        detail = error.detail if error.detail != phrase else f"{phrase}: look the address and the method up in /docs"
        return problem(error.status_code, code, phrase, detail)
    return problem(500, "internal_error", "Something broke", "the registry failed; the failure is in its server log")


def install(app: FastAPI, error_page: ErrorPage | None) -> None:
    """Answer every error of the API with a problem document, and of pages with `error_page`."""

    async def answer(request: Request, error: Exception) -> Response:
        told = problem_of(error)
        if told.status >= 500:
            logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
        if isinstance(error, errors.Moved) and (target := _moved_address(request, error)):
            return RedirectResponse(target, 308)
        if error_page is not None and not request.url.path.startswith("/api/"):
            return await error_page(request, told)
        return JSONResponse(told.model_dump(mode="json"), told.status, headers_of(error), MEDIA_TYPE)

    for kind in (RegistryError, DesignError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, answer)


def _moved_address(request: Request, error: errors.Moved) -> str | None:
    """The address of this request with the name that the design has now; None when it was named elsewhere."""
    old, new = f"/designs/{error.facts['value']}", f"/designs/{error.facts['moved_to']}"
    path = request.url.path
    head, found, rest = path.partition(old)
    if not found or head not in {"", "/api/v1"} or (rest and not rest.startswith("/")):
        return None
    return head + new + rest + (f"?{request.url.query}" if request.url.query else "")


def headers_of(error: Exception) -> dict[str, str]:
    """What an error says in the headers of its answer, such as when to try again."""
    if isinstance(error, HTTPException):
        return dict(error.headers or {})
    if isinstance(error, errors.Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="cofab"'}
    if isinstance(error, errors.RateLimited):
        return {"Retry-After": str(error.facts.get("retry_after_seconds", 60))}
    if isinstance(error, errors.RangeNotSatisfiable):
        return {"Content-Range": f"bytes */{error.facts['size']}"}
    return {"Retry-After": "2"} if isinstance(error, errors.Unavailable) else {}


def _code_of(error: DesignError) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()


def _facts_of(error: DesignError) -> Mapping[str, Fact]:
    """What a program can use of an error of designs/: the digests that differ, each problem by itself."""
    if isinstance(error, DigestMismatch):
        return {"expected": error.expected, "actual": error.actual}
    if isinstance(error, ParameterError):
        return {"problems": [_plain(problem) for problem in error.problems]}
    if isinstance(error, DocumentError | BadSource):
        return {"problems": [_plain(problem) for problem in error.problems]}
    return {}


def _plain(value: "DataclassInstance") -> dict[str, Fact]:
    return {name: part for name, part in asdict(value).items() if part is None or isinstance(part, str | int)}


def _of_validation(error: RequestValidationError) -> Problem:
    """Say of each value where it stands and what is wrong with it, without echoing secrets back."""
    found: list[Fact] = [
        {"where": ".".join(str(part) for part in item["loc"]), "message": str(item["msg"])}
        for item in error.errors()[:50]
    ]
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    detail = f"{where}: {first['msg']}" + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")
    return problem(422, "invalid_request", "The request is not valid", detail, {"problems": found})
