"""A registry inside the test's own process, and people who use it."""

import hashlib
import io
import tarfile
import zipfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from registry import credentials
from registry.actions import members
from registry.actions.members import NewMember, NewToken
from registry.app import create_app
from registry.core.permissions import Scope
from registry.ids import MemberId, NamespaceName, TokenId, new_id
from registry.moments import now
from registry.parts import State
from registry.settings import Settings

BASE = "http://registry.test"
API = f"{BASE}/api/v1"
NO_PASSWORD = "argon2 hash of nobody's password"
"""For members that never log in by password: hashing takes long on purpose."""

MANIFEST = """\
[design]
name = "{name}"
title = "{title}"
description = "A box to keep things in."
licence = "{licence}"
authors = ["Ada <ada@example.org>"]
engine = "cadquery"
source = "box.py"
tags = ["storage", "box"]

[parameters.width]
type = "number"
unit = "mm"
default = 20
min = 5
max = 100

[parameters.height]
type = "number"
unit = "mm"
default = 10
min = 5
max = 100

[presets.flat]
values = {{ height = 5 }}
"""
SCRIPT = """\
import cadquery as cq

width = 20.0
height = 10.0
result = cq.Workplane("XY").box(width, 10, height)
show_object(result)
"""


def box_files(
    name: str = "box", *, title: str = "Box", licence: str = "CERN-OHL-S-2.0", note: str = ""
) -> dict[str, str]:
    """The files of a small real design. A `note` makes its script another one."""
    manifest = MANIFEST.format(name=name, title=title, licence=licence)
    return {"design.toml": manifest, "box.py": SCRIPT + (f"# {note}\n" if note else "")}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def zipped(files: Mapping[str, str], *, top: str = "") -> bytes:
    """A zip of these files, in a top folder if wanted."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(top + path, text)
    return target.getvalue()


def tarred(files: Mapping[str, str]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return target.getvalue()


@dataclass(frozen=True)
class Person:
    """A member with a client that shows their token."""

    name: str
    token: str
    client: httpx.AsyncClient

    async def upload(self, data: bytes) -> dict[str, Any]:
        answer = await self.client.put(f"/blobs/{sha256(data)}", content=data)
        assert answer.status_code == 201, answer.text
        return {"sha256": sha256(data), "size": len(data)}

    async def publish(
        self,
        design: str = "box",
        version: str = "1.0.0",
        files: Mapping[str, str] | None = None,
        *,
        parents: Sequence[tuple[str, str]] = (),
        **more: Any,
    ) -> httpx.Response:
        """Upload the files and publish them as `<own name>/<design>@<version>`."""
        chosen = box_files(design) if files is None else files
        listed = [{"path": path, **await self.upload(text.encode())} for path, text in chosen.items()]
        named = [{"kind": kind, "version": name} for kind, name in parents]
        body = {"version": version, "manifest_files": listed, "parents": named, **more}
        return await self.client.post(f"/designs/{self.name}/{design}/versions", json=body)

    async def published(self, design: str = "box", version: str = "1.0.0", *args: Any, **more: Any) -> dict[str, Any]:
        """The same where nothing else than success is expected; the version as the registry tells it."""
        answer = await self.publish(design, version, *args, **more)
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told


class Registry:
    """The application with its parts, reached by HTTP without a network."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.parts: State = app.state.parts
        self.visitor = self.client()

    def client(self, token: str | None = None, base_url: str = API) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers)

    async def person(self, name: str, scopes: frozenset[Scope] = frozenset(Scope)) -> Person:
        """A fresh member with a token of these scopes."""
        secret, moment = credentials.new_secret(), now()
        new = NewMember(MemberId(new_id("mem")), NamespaceName(name), name.title(), None, NO_PASSWORD)
        token = NewToken(TokenId(new_id("tok")), secret.sha256, "test", scopes, session=False, expires_at=None)
        await self.parts.db.write(
            lambda connection: members.register(connection, new, token, open_to_all=True, now=moment)
        )
        return Person(name, secret.text, self.client(secret.text))


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Registry]:
    """A registry that has started, until the end of the block."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield Registry(app)
