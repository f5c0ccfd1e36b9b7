"""Whatever is asked, the answer is one that the OpenAPI document describes, and never a failure: by schemathesis."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from registry.settings import Settings
from tests.registry.harness import BASE, Person
from tests.registry.whole.background import Background, background

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 8
"""Of each operation: bounds how long it takes all together, about half a minute."""
KNOWN = {"namespace": "ada", "name": "box", "version": "1.0.0", "group": "lab", "member": "ada"}
"""What is there, among the parts of addresses."""
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Background]:
    settings = Settings(
        data=tmp_path_factory.mktemp("whole"),
        public_url=BASE,
        build_workers=0,
        poll_seconds=0.2,
        member_writes_per_minute=0,
        address_writes_per_minute=0,
    )
    with background(settings) as started:
        yield started


@pytest.fixture(scope="module")
def ada(server: Background) -> httpx.AsyncClient:
    """A member with a session, a design and a group."""
    joined = server.request(server.registry.visitor, "POST", "/members", json={"name": "ada", "password": PASSWORD})
    token = joined.json()["token"]
    client = server.registry.client(token)
    server.run(Person("ada", token, client).published("box", "1.0.0"))
    assert server.request(client, "POST", "/groups", json={"name": "lab"}).status_code == 201
    return server.registry.client(token, base_url=BASE)


def endless(operation: Any) -> bool:
    """Streams of events end when the registry does."""
    found = operation.definition.raw.get("responses", {}).get("200", {}).get("content", {})
    return "text/event-stream" in found


def test_every_answer_is_documented_and_none_is_a_failure(server: Background, ada: httpx.AsyncClient):
    document = server.request(ada, "GET", "/api/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    problems: list[str] = []
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if endless(operation):
            continue
        names = {one["name"] for one in operation.definition.raw.get("parameters", []) if one["in"] == "path"}
        known = {name: value for name, value in KNOWN.items() if name in names}
        strategies = [operation.as_strategy()] + ([operation.as_strategy(path_parameters=known)] if known else [])

        @seed(20)
        @hypothesis_settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=st.one_of(strategies))
        def asks(case: Any) -> None:
            nonlocal asked
            asked += 1
            problems.extend(ask(server, ada, case))

        asks()
    assert asked > 500
    assert not problems, "\n".join(sorted(set(problems))[:60])


def ask(server: Background, client: httpx.AsyncClient, case: Any) -> list[str]:
    """Send one case; what is wrong with its answer."""
    sent = case.as_transport_kwargs(base_url=BASE)
    body = {"json": sent["json"]} if "json" in sent else {"content": sent.get("data") or b""}
    if isinstance(body.get("content"), dict):
        body = {"data": body["content"]}
    headers = {
        name: value
        for name, value in (sent.get("headers") or {}).items()
        if name.lower() not in {"user-agent", "authorization"} and value.isascii() and value.isprintable()
    }
    try:
        if "json" in body:
            json.dumps(body["json"]).encode()
        answer = server.request(client, sent["method"], sent["url"], params=sent.get("params"), headers=headers, **body)
    except (httpx.InvalidURL, UnicodeEncodeError, ValueError):
        return []  # nothing that a client could send
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as error:
        words = "; ".join(f"{type(part).__name__}: {str(part)[:300]}" for part in error.exceptions)
        return [f"{case.method} {case.path} → {answer.status_code} {words}".replace("\n", " ")]
    return []
