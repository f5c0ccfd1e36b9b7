"""The node protocol and the resources of the making side over HTTP."""

import asyncio
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from registry.store.tables.facilities import enrolments
from registry.store.tables.orders import reports
from tests.registry.harness import Person, Registry

CARD = {
    "key": "mk3s",
    "name": "MK3S",
    "model": "Prusa MK3S",
    "driver": "virtual",
    "envelope": {"x": 250, "y": 210, "z": 210},
    "nozzle_mm": 0.4,
    "materials": [{"material": "PLA", "colour": "black"}],
}
REPORT = {"sequence": 1, "attempt": "att_none", "epoch": 1, "state": "good", "at": "2026-01-01T00:00:00Z"}


async def make_facility(person: Person, slug: str = "lab", **more: Any) -> dict[str, Any]:
    answer = await person.client.post("/facilities", json={"name": f"The {slug}", "slug": slug, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def enrolled(registry: Registry, keeper: Person, slug: str = "lab") -> httpx.AsyncClient:
    code = (await keeper.client.post(f"/facilities/{slug}/enrolments")).json()["code"]
    answer = await registry.visitor.post("/nodes/enrol", json={"code": code, "name": "shop", "software": "fabnode 1"})
    assert answer.status_code == 201, answer.text
    node = registry.client(answer.json()["token"])
    announced = await node.put("/node/machines", json={"software": "fabnode 1", "machines": [CARD]})
    assert announced.status_code == 200, announced.text
    return node


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["code"] == code
    return told


async def test_a_facility_is_made_changed_and_seen(registry: Registry, grace: Person) -> None:
    made = await make_facility(grace, latitude=53.79, longitude=-1.54, address="Mill Lane")
    assert (made["runners"], made["yours"], made["machines"]) == (["grace"], True, 0)
    changed = await grace.client.patch("/facilities/lab", json={"opening_hours": "daily", "runners": ["grace", "ada"]})
    assert changed.json()["opening_hours"] == "daily"
    seen = (await registry.visitor.get("/facilities/lab")).json()
    assert (seen["runners"], seen["yours"], seen["address"]) == (["grace", "ada"], False, "Mill Lane")
    assert [one["slug"] for one in (await registry.visitor.get("/facilities")).json()["facilities"]] == ["lab"]


async def test_facilities_refuse_what_does_not_fit(registry: Registry, grace: Person) -> None:
    await make_facility(grace)
    problem(await grace.client.post("/facilities", json={"name": "B", "slug": "LAB"}), 409, "name_taken")
    problem(await grace.client.post("/facilities", json={"name": "B", "slug": "a b"}), 422, "bad_name")
    half = {"name": "B", "slug": "b", "latitude": 3.0}
    problem(await grace.client.post("/facilities", json=half), 422, "bad_place")
    problem(await grace.client.patch("/facilities/lab", json={"name": None}), 422, "not_null")
    problem(await grace.client.patch("/facilities/lab", json={"runners": ["nobody"]}), 422, "unknown_member")
    problem(await grace.client.patch("/facilities/lab", json={"runners": []}), 422, "invalid_request")
    problem(await registry.visitor.post("/facilities", json={"name": "B", "slug": "b"}), 401, "unauthenticated")
    problem(await registry.visitor.get("/facilities/none"), 404, "not_found")


async def test_only_those_who_run_it_change_it_and_enrol_agents(registry: Registry, ada: Person, grace: Person) -> None:
    await make_facility(grace)
    linus = await registry.person("linus")
    problem(await linus.client.patch("/facilities/lab", json={"name": "Mine"}), 403, "not_a_runner")
    problem(await linus.client.post("/facilities/lab/enrolments"), 403, "not_a_runner")
    problem(await linus.client.get("/nodes", params={"facility": "lab"}), 403, "not_a_runner")
    assert (await linus.client.get("/nodes")).json() == {"nodes": []}
    assert (await ada.client.post("/facilities/lab/enrolments")).status_code == 201


async def test_a_private_facility_and_its_machines_are_seen_by_those_who_run_it(
    registry: Registry, grace: Person
) -> None:
    await make_facility(grace, "cellar", access="private")
    await enrolled(registry, grace, "cellar")
    linus = await registry.person("linus")
    for visitor in (registry.visitor, linus.client):
        problem(await visitor.get("/facilities/cellar"), 404, "not_found")
        assert (await visitor.get("/facilities")).json()["facilities"] == []
        assert (await visitor.get("/machines")).json()["machines"] == []
    (machine,) = (await grace.client.get("/machines")).json()["machines"]
    problem(await linus.client.get(f"/machines/{machine['id']}"), 404, "not_found")
    log = (await registry.visitor.get("/log")).text
    assert "cellar" not in log


async def test_an_enrolment_code_is_good_once_and_for_a_while(registry: Registry, grace: Person) -> None:
    await make_facility(grace)
    code = (await grace.client.post("/facilities/lab/enrolments")).json()["code"]
    wish = {"code": code.upper(), "name": "shop", "software": "fabnode 1"}
    assert (await registry.visitor.post("/nodes/enrol", json=wish)).status_code == 201
    problem(await registry.visitor.post("/nodes/enrol", json=wish), 409, "code_used")
    problem(await registry.visitor.post("/nodes/enrol", json=wish | {"code": "guess"}), 403, "unknown_code")
    late = (await grace.client.post("/facilities/lab/enrolments")).json()["code"]
    past = sa.update(enrolments).where(enrolments.c.used_at.is_(None)).values(expires_at=enrolments.c.expires_at)

    def expire(connection: sa.Connection) -> None:
        moment = connection.execute(sa.select(sa.func.min(enrolments.c.used_at))).scalar_one()
        connection.execute(past.values(expires_at=moment))

    await registry.parts.db.write(expire)
    problem(await registry.visitor.post("/nodes/enrol", json=wish | {"code": late}), 410, "code_expired")


async def test_machines_keep_their_ids_and_withdrawn_ones_their_history(registry: Registry, grace: Person) -> None:
    await make_facility(grace)
    node = await enrolled(registry, grace)
    (first,) = (await registry.visitor.get("/machines")).json()["machines"]
    renamed = {"software": "fabnode 2", "machines": [CARD | {"name": "Old faithful"}, CARD | {"key": "new"}]}
    ids = {one["key"]: one["machine"] for one in (await node.put("/node/machines", json=renamed)).json()["machines"]}
    assert ids["mk3s"] == first["id"]
    await node.put("/node/machines", json={"software": "fabnode 2", "machines": [CARD | {"key": "new"}]})
    listed = (await registry.visitor.get("/machines", params={"facility": "lab"})).json()["machines"]
    assert [one["id"] for one in listed] == [ids["new"]]
    gone = (await registry.visitor.get(f"/machines/{first['id']}")).json()
    assert (gone["withdrawn"], gone["name"], gone["live"]["state"]) == (True, "Old faithful", "offline")
    twice = {"software": "fabnode 2", "machines": [CARD, CARD]}
    problem(await node.put("/node/machines", json=twice), 409, "key_twice")


async def test_a_heartbeat_shows_machines_live(registry: Registry, grace: Person) -> None:
    await make_facility(grace)
    node = await enrolled(registry, grace)
    state = {"key": "mk3s", "state": "printing", "bed": "occupied", "progress": 0.25, "nozzle_c": 214.5}
    stray = {"key": "stray", "state": "idle", "bed": "clear"}
    beat = {"machines": [state, stray], "leases": [{"attempt": "att_none", "epoch": 3}]}
    reply = (await node.post("/node/heartbeat", json=beat)).json()
    assert reply["leases"] == [{"attempt": "att_none", "held": False, "lease_seconds": 0}]
    (machine,) = (await registry.visitor.get("/machines")).json()["machines"]
    assert (machine["live"]["state"], machine["live"]["progress"]) == ("printing", 0.25)
    (seen,) = (await grace.client.get("/nodes")).json()["nodes"]
    assert (seen["online"], seen["machines"], seen["facility"]) == (True, 1, "lab")


async def test_a_removed_agent_is_shut_out(registry: Registry, grace: Person) -> None:
    await make_facility(grace)
    node = await enrolled(registry, grace)
    (seen,) = (await grace.client.get("/nodes")).json()["nodes"]
    linus = await registry.person("linus")
    problem(await linus.client.delete(f"/nodes/{seen['id']}"), 403, "not_a_runner")
    assert (await grace.client.delete(f"/nodes/{seen['id']}")).status_code == 204
    problem(await node.post("/node/heartbeat", json={"machines": []}), 401, "bad_token")
    problem(await grace.client.delete(f"/nodes/{seen['id']}"), 404, "not_found")
    assert (await registry.visitor.get("/machines")).json()["machines"] == []


async def test_tokens_of_members_and_agents_are_not_mistaken_for_each_other(registry: Registry, grace: Person) -> None:
    await make_facility(grace)
    node = await enrolled(registry, grace)
    claim = {"idempotency_key": "k", "machines": ["mk3s"], "wait_seconds": 0}
    problem(await grace.client.post("/node/claim", json=claim), 401, "bad_token")
    problem(await registry.visitor.post("/node/claim", json=claim), 401, "bad_token")
    problem(await node.get("/me"), 401, "bad_token")
    assert (await node.post("/node/claim", json=claim)).status_code == 204


async def test_a_claim_waits_and_ends_when_there_is_nothing(registry: Registry, grace: Person) -> None:
    await make_facility(grace)
    node = await enrolled(registry, grace)
    claim = {"idempotency_key": "k", "machines": ["mk3s"], "wait_seconds": 0.3}
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert (await node.post("/node/claim", json=claim)).status_code == 204
    assert loop.time() - began >= 0.3


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": 0},
        {"sequence": 2**63},
        {"epoch": 2**31},
        {"epoch": 0},
        {"state": "lost"},
        {"starts_seen": 2**31},
        {"print_seconds": "NaN"},
        {"at": "yesterday"},
        {"extra": 1},
    ],
)
async def test_reports_that_are_nonsense_are_refused(
    registry: Registry, grace: Person, change: dict[str, object]
) -> None:
    await make_facility(grace)
    node = await enrolled(registry, grace)
    problem(await node.post("/node/reports", json={"reports": [REPORT | change]}), 422, "invalid_request")
    count = sa.select(sa.func.count()).select_from(reports)
    assert await registry.parts.db.read(lambda connection: connection.execute(count).scalar_one()) == 0


async def test_reports_of_unknown_attempts_are_kept_so_that_an_outbox_is_never_stuck(
    registry: Registry, grace: Person
) -> None:
    await make_facility(grace)
    node = await enrolled(registry, grace)
    reply = await node.post("/node/reports", json={"reports": [REPORT]})
    assert reply.json() == {"acknowledged": 1, "late": [1]}
    problem(
        await node.post("/node/permit", json={"attempt": "att_none", "epoch": 1, "gcode_sha256": "0" * 64}),
        404,
        "unknown_attempt",
    )


async def test_orders_need_a_member_and_a_version(registry: Registry, grace: Person) -> None:
    wish = {"version": "ada/none@1.0.0"}
    problem(await registry.visitor.post("/orders", json=wish), 401, "unauthenticated")
    problem(await grace.client.post("/orders", json=wish), 404, "no_design")
    problem(await grace.client.post("/orders", json={"version": "none"}), 422, "bad_name")
    problem(await grace.client.post("/orders", json=wish | {"quantity": "3"}), 422, "invalid_request")
    problem(await grace.client.post("/orders", json=wish | {"parameters": {"a": [1]}}), 422, "invalid_request")
    problem(await grace.client.get("/orders/ord_none"), 404, "not_found")
    problem(await grace.client.get("/orders/ord_none/events"), 404, "not_found")
    problem(await grace.client.post("/orders/ord_none/cancel"), 404, "no_order")
    problem(await grace.client.get("/orders", params={"before": "2026-01-01T00:00:00"}), 422, "bad_moment")
    assert (await grace.client.get("/orders")).json() == {"orders": [], "next_before": None}
