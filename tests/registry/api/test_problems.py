"""Errors, headers, limits and the OpenAPI document: what holds for every route."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from registry import errors
from registry.api.problems import STATUSES, Problem, problem_of
from registry.errors import RegistryError
from tests.registry.harness import Person, Registry

METHODS = {"get", "post", "put", "patch", "delete", "head"}
PROBLEM = {"type", "title", "status", "detail", "code"}


def kinds_of_errors() -> list[type[RegistryError]]:
    """All that the server may raise; those of the command line never become an answer."""
    found, todo = [], [RegistryError]
    while todo:
        below = todo.pop().__subclasses__()
        found += below
        todo += below
    return [kind for kind in found if not kind.__module__.startswith(("registry.cli", "registry.client"))]


@pytest.mark.parametrize("kind", [vars(errors)[name] for name in vars(errors) if name[0].isupper() and name != "Fact"])
def test_every_kind_of_error_has_a_status(kind: type):
    if isinstance(kind, type) and issubclass(kind, RegistryError) and kind is not RegistryError:
        assert any(known in STATUSES for known in kind.__mro__)


def test_every_error_is_a_problem_with_a_code_of_its_own():
    codes = [kind.code for kind in kinds_of_errors()]
    assert len(codes) == len(set(codes))
    for kind in kinds_of_errors():
        assert any(base in STATUSES for base in kind.__mro__)


def test_facts_never_hide_what_a_problem_is():
    told = problem_of(errors.Conflict("taken", code="name_taken", status=200, value="x", type="evil"))
    assert (told.status, told.type, told.model_dump()["value"]) == (409, "urn:cofab:problem:name_taken", "x")


def test_what_nobody_foresaw_gives_nothing_away():
    told = problem_of(RuntimeError("secret path /srv/data"))
    assert (told.status, told.code) == (500, "internal_error")
    assert "secret" not in told.model_dump_json()


async def test_addresses_and_methods_that_are_not_there(registry: Registry):
    for method, path, status, code in [
        ("GET", "/nothing", 404, "not_found"),
        ("PATCH", "/health", 405, "method_not_allowed"),
        ("POST", "/designs", 405, "method_not_allowed"),
    ]:
        answer = await registry.visitor.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) >= PROBLEM


async def test_what_is_wrong_with_a_request_is_said_without_repeating_secrets(registry: Registry):
    answer = await registry.visitor.post("/members", json={"name": "ada", "password": "hunter2", "nmae": "x"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert {problem["where"] for problem in answer.json()["problems"]} == {"body.password", "body.nmae"}
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"name": "\\ud800"}', b'{"a":1e999}']
)
async def test_json_that_is_none(registry: Registry, body: bytes):
    answer = await registry.visitor.post("/members", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) in {
        (422, "application/problem+json"),
        (400, "application/problem+json"),
    }


@pytest.mark.parametrize("promised", [True, False])
async def test_json_that_is_too_long(registry: Registry, ada: Person, promised: bool):
    data = b'{"digests": ["' + b"0" * registry.parts.settings.max_json_bytes + b'"]}'

    async def pieces():
        for start in range(0, len(data), 65536):
            yield data[start : start + 65536]

    answer = await ada.client.post(
        "/blobs/missing", content=data if promised else pieces(), headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_every_answer_is_guarded(registry: Registry):
    for path in ("/health", "/nothing", "/designs"):
        headers = (await registry.visitor.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "same-origin"


async def openapi(registry: Registry) -> dict[str, Any]:
    answer = await registry.client(base_url="http://registry.test").get("/api/openapi.json")
    told: dict[str, Any] = answer.json()
    return told


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


async def test_the_openapi_document_describes_every_route(registry: Registry):
    document = await openapi(registry)
    found = operations(document)
    assert len(found) >= 40
    assert len({operation["operationId"] for _, _, operation in found}) == len(found)
    for path, method, operation in found:
        where = f"{method} {path}"
        assert path.startswith("/api/v1/"), where
        assert operation.get("description"), where
        assert operation.get("tags"), where
        problems = {status: answer for status, answer in operation["responses"].items() if status[0] in "45"}
        assert "422" in problems, where
        for status, answer in problems.items():
            assert list(answer["content"]) == ["application/problem+json"], f"{where} {status}"
    assert document["components"]["schemas"]["Problem"]["example"]["code"]
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


async def test_everything_that_is_sent_as_json_has_an_example(registry: Registry):
    document = await openapi(registry)
    for path, method, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is not None and not path.startswith("/api/v1/node"):
            name = content["schema"]["$ref"].rpartition("/")[2]
            assert "example" in document["components"]["schemas"][name], f"{method} {path}: {name}"


TEXTS = st.one_of(st.text(max_size=40), st.sampled_from(["ada", "box", "1.0.0", "latest", "..", "%00", "a" * 300]))


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_whatever_is_asked_is_answered_and_never_by_a_failure(registry: Registry, data: st.DataObject):
    document = await openapi(registry)
    path, method, operation = data.draw(
        st.sampled_from([found for found in operations(document) if "events" not in found[0]])
    )
    for part in operation.get("parameters", []):
        if part["in"] == "path":
            from urllib.parse import quote

            # A client resolves . and .. itself: they would ask for another path, perhaps for a page.
            segment = data.draw(TEXTS.filter(lambda text: text not in {".", ".."}))
            path = path.replace("{" + part["name"] + "}", quote(segment, safe=""))
    query = {
        part["name"]: data.draw(st.one_of(TEXTS, st.integers(-(2**70), 2**70)))
        for part in operation.get("parameters", [])
        if part["in"] == "query" and data.draw(st.booleans())
    }
    body = data.draw(st.recursive(st.one_of(TEXTS, st.integers(), st.booleans(), st.none()), st.lists, max_leaves=3))
    client = registry.client(base_url="http://registry.test")
    answer = await client.request(
        method, path, params=query, content=json.dumps(body), headers={"content-type": "application/json"}
    )
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        Problem.model_validate(answer.json())
