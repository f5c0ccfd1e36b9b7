"""Pictures of a make: whose they may be, what they may be, and who sees them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from registry import credentials
from registry.actions.snapshots import MAX_PICTURE_BYTES, Picture, pictures_of
from registry.blobs.choose import open_blobs
from registry.blobs.interface import BlobMissing
from registry.settings import Settings
from registry.store.tables.members import tokens
from registry.web.pages import templates
from tests.registry.harness import running
from tests.registry.making.workshop import MK3S, Workshop

JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 100
ANOTHER = JPEG + b"another"
PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 100


def token_of(workshop: Workshop, member: str) -> str:
    secret = credentials.new_secret()
    row = {"id": f"tok_of_{member}", "member_id": f"mem_{member}", "secret_sha256": secret.sha256, "label": "t",
           "scopes": ["read"], "session": False, "created_at": workshop.now - timedelta(days=1)}  # fmt: skip
    workshop.write(lambda c: c.execute(sa.insert(tokens).values(row)))
    return secret.text


def test_pictures_come_from_the_agent_and_are_shown_to_those_who_may_see_the_order(
    workshop: Workshop, settings: Settings
) -> None:
    agent, stranger = workshop.agent(MK3S), workshop.agent(MK3S)
    order = workshop.ready_order()
    at = workshop.must_claim(agent, MK3S.key)
    ada, eve = token_of(workshop, "ada"), token_of(workshop, "eve")
    where, shown = f"/node/snapshots/{at.attempt}", f"/orders/{order.summary.id}/attempts/{at.attempt}/snapshots"

    async def visit() -> None:
        async with running(settings) as registry:
            node, other = registry.client(agent.token), registry.client(stranger.token)
            kept = await node.post(f"{where}/start", content=JPEG)
            assert (kept.status_code, kept.json()["size"]) == (201, len(JPEG))
            again = await node.post(f"{where}/start", content=ANOTHER)
            assert again.status_code == 201
            with pytest.raises(BlobMissing):  # of a second picture nothing stays
                open_blobs(settings).size(again.json()["sha256"])
            assert (await node.post(f"{where}/end", content=PNG)).status_code == 201
            refusals = [
                (node, f"{where}/middle", JPEG, 422, "invalid_request"),
                (node, f"{where}/failure", b"<html>", 422, "not_a_picture"),
                (node, f"{where}/failure", b"", 422, "not_a_picture"),
                (node, f"{where}/failure", JPEG + b"\0" * MAX_PICTURE_BYTES, 413, "too_large"),
                (node, "/node/snapshots/att_none/end", JPEG, 404, "not_found"),
                (other, f"{where}/failure", JPEG, 404, "not_found"),
                (registry.visitor, f"{where}/failure", JPEG, 401, "bad_token"),
            ]
            for client, path, data, status, code in refusals:
                answer = await client.post(path, content=data)
                assert (answer.status_code, answer.json()["code"]) == (status, code), path
            mine = registry.client(ada)
            first = await mine.get(f"{shown}/start")
            assert (first.status_code, first.content, first.headers["content-type"]) == (200, JPEG, "image/jpeg")
            assert first.headers["cache-control"].startswith("private")
            assert first.headers["x-content-type-options"] == "nosniff"
            assert (await mine.get(f"{shown}/end")).headers["content-type"] == "image/png"
            assert (await mine.get(f"{shown}/failure")).status_code == 404
            assert (await registry.client(eve).get(f"{shown}/start")).status_code == 404
            assert (await registry.visitor.get(f"{shown}/start")).status_code == 401

    asyncio.run(visit())
    (pictures,) = workshop.read(lambda c: pictures_of(c, order.summary.id)).values()
    assert [picture.moment for picture in pictures] == ["start", "end"]


def test_the_order_page_shows_them_beside_their_copy() -> None:
    picture = Picture("att_1", "end", datetime(2026, 5, 4, 9, tzinfo=UTC))
    macro = templates().get_template("order/_pictures.html").module
    shown = str(macro.row("ord_1", 2, (picture,)))  # type: ignore[attr-defined]
    assert 'src="/api/v1/orders/ord_1/attempts/att_1/snapshots/end"' in shown
    assert 'alt="The machine at the end of the print"' in shown
    assert "copy 2" in shown
    assert str(macro.row("ord_1", 1, ())).strip() == ""  # type: ignore[attr-defined]
