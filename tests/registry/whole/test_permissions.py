"""Every route in the name of every role: allowed or not as the one table says (testbed/permissions.txt)."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp, Message

from registry import credentials
from registry.actions import members
from registry.actions.members import NewToken
from registry.core.permissions import Scope
from registry.ids import TokenId, new_id
from registry.moments import now
from registry.settings import Settings
from registry.store.members import member_by_name
from testbed.permissions import ROLES, TABLE, line_of, read_table
from tests.registry.harness import BASE, Registry, box_files
from tests.registry.whole.background import Background, background

Rows = Mapping[tuple[str, str], frozenset[str]]
TABLE_ROWS: Rows = read_table(TABLE.read_text())
METHODS = ("get", "post", "put", "patch", "delete")
NO_REFUSALS = frozenset({"wrong_password", "unknown_passkey", "bad_challenge", "needs_session", "namesake"})
"""Answers 401 or 403 that say something of what was sent, not of who sent it."""
LAST = ("/api/v1/me", "/api/v1/sessions", "/api/v1/tokens")
"""Asked after all else: they could end what the test stands on."""
PATIENCE_SECONDS = 5
LAST_PAGES = ("/sign-out", "/settings/delete", "/settings/sessions/end")
NEED = {"title": "A hook that holds 2 kg"}


class World:
    """A registry, one person for each role, and what the addresses name."""

    def __init__(self, server: Background) -> None:
        self.server = server
        self.tokens: dict[str, str] = {}
        self.cookies: dict[str, str] = {}
        self.known: dict[str, str] = {}
        server.run(self._settle(server.registry))

    async def _settle(self, registry: Registry) -> None:
        people = {role: await registry.person(role.replace(" ", "-")) for role in ("admin", *ROLES[2:-1])}
        guest = await registry.person("guest")
        owner, admin = people["owner"], people["admin"]
        await owner.client.post("/groups", json={"name": "lab"})
        for role, person in (("member", people["group member"]), ("maintainer", people["maintainer"])):
            await owner.client.post("/groups/lab/invitations", json={"member": person.name, "role": role})
            await person.client.post("/groups/lab/accept")
        listed = [{"path": path, **await owner.upload(text.encode())} for path, text in box_files().items()]
        for number in ("1.0.0", "1.1.0"):
            body = {"version": number, "manifest_files": listed}
            published = await owner.client.post("/designs/lab/box/versions", json=body)
            assert published.status_code == 201, published.text
        await admin.client.put("/members/moderator/rights", json={"moderator": True})
        assert (await admin.client.put("/members/suspended/suspension", json={"reason": "x"})).status_code == 204
        member = people["member"]
        await owner.client.post("/groups/lab/invitations", json={"member": "member"})
        hidden = {"kind": "member", "subject": "member", "reason": "x"}
        hiding = (await admin.client.post("/hidings", json=hidden)).json()
        told = {"kind": "member", "subject": "guest", "words": "x"}
        report = (await member.client.post("/reports", json=told)).json()
        transfer = (await owner.client.post("/designs/lab/box/transfer", json={"namespace": "member"})).json()
        await owner.client.post("/namespaces", json={"name": "spare"})
        spare = (await owner.client.post("/namespaces/spare/transfer", json={"to": "member"})).json()
        build = (await member.client.post("/builds", json={"version": "lab/box@1.0.0"})).json()
        wish = {"version": "lab/box@1.0.0", "material": "PLA"}
        order = (await member.client.post("/orders", json=wish)).json()
        place = {"name": "Riverside", "slug": "riverside"}
        await owner.client.post("/facilities", json=place)
        need = await member.client.post("/needs", json=NEED)
        assert need.status_code == 201, need.text
        alone = (await member.client.post("/needs", json=NEED)).json()
        names = {role: person.name for role, person in people.items()} | {"scopeless": "owner"}
        for role, name in names.items():
            self.cookies[role] = await _secret(registry, name, frozenset(Scope), session=True)
        self.tokens = {role: person.token for role, person in people.items()}
        self.tokens["scopeless"] = await _secret(registry, "owner", frozenset(), session=False)
        self.known = {
            "namespace": "lab", "name": "box", "design": "box", "version": "1.0.0", "group": "lab", "path": "box.py",
            "member": guest.name, "hiding": hiding["id"], "report": report["id"], "transfer": transfer["id"],
            "build": build["id"], "order": order["id"], "job": order["jobs"][0]["id"] if order.get("jobs") else "job_0",
            "facility": "riverside", "slug": "riverside", "need": need.json()["id"],
            "spare": spare["id"], "alone": alone["id"],
        }  # fmt: skip

    def allows(self, role: str, method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any]) -> bool:
        """Whether this role is let in by the API; what is sent is the example of the documentation."""
        query = {
            part["name"]: part["schema"].get("examples", ["1.0.0"])[0]
            for part in operation.get("parameters", [])
            if part["in"] == "query" and part.get("required")
        }
        token = self.tokens.get(role)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        address, body = self._address(method, path), _example(operation, schemas)
        status, told = self._ask(method, address, query=query, body=body, headers=headers)
        return status not in {401, 403} or json.loads(told)["code"] in NO_REFUSALS

    def shows(self, role: str, method: str, path: str) -> bool:
        """Whether this role gets the page; forms are sent empty. Who must sign in first does not."""
        cookie = self.cookies.get(role)
        headers = {"Sec-Fetch-Site": "same-origin"} | ({"Cookie": f"cofab_session={cookie}"} if cookie else {})
        status, told = self._ask(method, self._address(method, path), query={}, body=None, headers=headers)
        if method == "post" and path in {"/sign-in", "/sign-in/passkey"}:  # 401 says that what was sent is wrong
            return status in {200, 401, 422}
        return status not in {401, 403} and not (status == 303 and told.startswith("/sign-in"))

    def _address(self, method: str, path: str) -> str:
        if path.endswith("/model"):  # waits for a build, which nobody makes here
            path = path.replace("{version}", "9.9.9")
        for name in re.findall(r"\{(\w+)", path):
            known = "guest" if name == "name" and "/members/" in path else self.known.get(name, "nothing")
            known = self.known["spare"] if name == "transfer" and method == "delete" else known
            known = self.known["alone"] if name == "need" and path.endswith("/withdraw") else known
            path = re.sub(rf"\{{{name}(:\w+)?\}}", known, path)
        return path

    def _ask(
        self, method: str, address: str, *, query: dict[str, str], body: object, headers: dict[str, str]
    ) -> tuple[int, str]:
        """Status, and the answer's text or the place it leads to. Streams are read no further than their head."""
        sent = {} if body is None else {"json": body}
        request = httpx.Request(method.upper(), BASE + address, params=query, headers=headers, **sent)
        try:
            status, told = self.server.run(_head(self.server.registry.app, request))
        except TimeoutError:
            pytest.fail(f"{method} {address} gave no answer")
        assert status < 500 or status == 503, f"{method} {address}: {told}"
        return status, told


async def _head(app: ASGIApp, request: httpx.Request) -> tuple[int, str]:
    """What the application answers, of a stream only that it begins."""
    sent = asyncio.Queue[Message]()
    received: list[Message] = [{"type": "http.request", "body": request.content, "more_body": False}]

    async def receive() -> Message:
        if not received:
            await asyncio.Event().wait()
        return received.pop()

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method, "scheme": "http",
        "path": request.url.path, "raw_path": request.url.raw_path, "query_string": request.url.query, "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw], "server": ("registry.test", 80),
        "client": ("127.0.0.1", 1), "state": {},
    }  # fmt: skip
    answering = asyncio.ensure_future(app(scope, receive, sent.put))
    try:
        start = await asyncio.wait_for(sent.get(), PATIENCE_SECONDS)
        headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        text, more = b"", start["status"] >= 400
        while more:
            part = await asyncio.wait_for(sent.get(), PATIENCE_SECONDS)
            text += part.get("body", b"")
            more = part.get("more_body", False)
        return start["status"], headers.get("location") or text.decode()
    finally:
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)


async def _secret(registry: Registry, name: str, scopes: frozenset[Scope], *, session: bool) -> str:
    """A further token or session of a member."""
    secret = credentials.new_secret()
    new = NewToken(TokenId(new_id("tok")), secret.sha256, "test", scopes, session=session, expires_at=None)
    row = await registry.parts.db.read(lambda connection: member_by_name(connection, name))
    assert row is not None
    await registry.parts.db.write(lambda connection: members.add_token(connection, row["id"], new, now()))
    return secret.text


def _example(operation: dict[str, Any], schemas: dict[str, Any]) -> object:
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return schemas.get(schema.get("$ref", "").rpartition("/")[2], {}).get("example")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with settled(tmp_path_factory.mktemp("api")) as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with settled(tmp_path_factory.mktemp("pages")) as found:
        yield found


@contextmanager
def settled(folder: Path) -> Iterator[World]:
    settings = Settings(
        data=folder,
        public_url=BASE,
        build_workers=0,
        poll_seconds=0.2,
        member_writes_per_minute=0,
        address_writes_per_minute=0,
    )
    with background(settings) as server:
        yield World(server)


def test_every_route_lets_in_whom_the_table_names(world: World):
    client = world.server.registry.client(base_url=BASE)
    document = world.server.request(client, "GET", "/api/openapi.json").json()
    schemas = document["components"]["schemas"]
    routes = [
        (method, path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    ]
    routes.sort(key=lambda route: (route[1].startswith(LAST), route[0] == "delete", route[1]))
    found = {
        (method.upper(), path): frozenset(
            role for role in ROLES if world.allows(role, method, path, operation, schemas)
        )
        for method, path, operation in routes
    }
    compare(found, {route: roles for route, roles in TABLE_ROWS.items() if route[1].startswith("/api/")})


def test_every_page_is_shown_to_whom_the_table_names(pages: World):
    routes = sorted(page_routes(pages.server.registry.app), key=lambda route: (route[1] in LAST_PAGES, route))
    assert len(routes) > 50
    found = {
        (method, path): frozenset(role for role in ROLES if pages.shows(role, method.lower(), path))
        for method, path in routes
    }
    compare(found, {route: roles for route, roles in TABLE_ROWS.items() if not route[1].startswith("/api/")})


def compare(found: Rows, table: Rows) -> None:
    wrong = [line_of(*route, allowed) for route, allowed in found.items() if table.get(route) != allowed]
    gone = [f"{method} {path}" for method, path in table if (method, path) not in found]
    assert not wrong, "these routes let in others than the table says, or are not in it:\n" + "\n".join(wrong)
    assert not gone, "the table names routes that are not there: " + ", ".join(gone)


def page_routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Method and address of every page."""
    for included in app.router.routes:
        contexts = getattr(included, "effective_route_contexts", None)
        for route in contexts() if contexts is not None else ():
            if not route.path.startswith(("/api/", "/static")):
                yield from ((method, route.path) for method in route.methods - {"HEAD"})
