"""Groups over HTTP: invitation, roles, and what they let people do in the group's namespaces."""

import pytest

from tests.registry.harness import Person, Registry, box_files


@pytest.fixture
async def lab(ada: Person) -> str:
    made = await ada.client.post("/groups", json={"name": "lab", "display_name": "The lab", "kind": "coalition"})
    assert made.status_code == 201, made.text
    return "lab"


async def join(lab: str, owner: Person, other: Person, role: str) -> None:
    invited = await owner.client.post(f"/groups/{lab}/invitations", json={"member": other.name, "role": role})
    assert invited.status_code == 201, invited.text
    accepted = await other.client.post(f"/groups/{lab}/accept")
    assert accepted.status_code == 200, accepted.text


async def publish_in(person: Person, namespace: str, version: str = "1.0.0") -> int:
    listed = [{"path": path, **await person.upload(text.encode())} for path, text in box_files(note=version).items()]
    body = {"version": version, "manifest_files": listed}
    return (await person.client.post(f"/designs/{namespace}/box/versions", json=body)).status_code


async def test_nobody_belongs_to_a_group_without_accepting(lab: str, ada: Person, grace: Person):
    body = {"member": "grace", "role": "maintainer"}
    assert (await ada.client.post(f"/groups/{lab}/invitations", json=body)).status_code == 201
    assert (await ada.client.post(f"/groups/{lab}/invitations", json=body)).json()["code"] == "invited_already"
    shown = (await ada.client.get(f"/groups/{lab}")).json()
    assert [one["name"] for one in shown["members"]] == ["ada"]
    assert [one["member"] for one in shown["invitations"]] == ["grace"]
    assert (await grace.client.get(f"/groups/{lab}")).json()["invitations"] == []
    assert await publish_in(grace, lab) == 403
    assert [one["group"] for one in (await grace.client.get("/me/groups")).json()["invitations"]] == [lab]
    assert (await grace.client.post(f"/groups/{lab}/accept")).json()["your_role"] == "maintainer"
    assert await publish_in(grace, lab) == 201
    assert [one["name"] for one in (await grace.client.get("/namespaces")).json()["namespaces"]] == ["grace", lab]
    assert (await grace.client.post(f"/groups/{lab}/accept")).json()["code"] == "no_invitation"


async def test_an_invitation_can_be_declined_and_taken_back(lab: str, ada: Person, grace: Person):
    for remover in (ada, grace):
        await ada.client.post(f"/groups/{lab}/invitations", json={"member": "grace"})
        assert (await remover.client.delete(f"/groups/{lab}/invitations/grace")).status_code == 204
        assert (await grace.client.post(f"/groups/{lab}/accept")).status_code == 404


@pytest.mark.parametrize(("role", "published"), [("member", 403), ("maintainer", 201), ("owner", 201)])
async def test_roles_say_who_publishes_and_who_decides(
    registry: Registry, lab: str, ada: Person, grace: Person, role: str, published: int
):
    await join(lab, ada, grace, role)
    await registry.person("hedy")
    assert await publish_in(grace, lab) == published
    decides = 201 if role == "owner" else 403
    assert (await grace.client.post(f"/groups/{lab}/invitations", json={"member": "hedy"})).status_code == decides
    assert (await grace.client.patch(f"/groups/{lab}", json={"description": "Tea"})).status_code == decides - (
        1 if role == "owner" else 0
    )


async def test_the_last_owner_stays_until_there_is_another(lab: str, ada: Person, grace: Person):
    await join(lab, ada, grace, "member")
    for refused in (
        await ada.client.delete(f"/groups/{lab}/members/ada"),
        await ada.client.put(f"/groups/{lab}/members/ada", json={"role": "member"}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "role_refused")
    assert (await ada.client.put(f"/groups/{lab}/members/grace", json={"role": "owner"})).status_code == 200
    assert (await ada.client.delete(f"/groups/{lab}/members/ada")).status_code == 204
    assert await publish_in(ada, lab) == 403
    assert (await grace.client.delete(f"/groups/{lab}/members/ada")).status_code == 409


async def test_a_group_and_a_member_cannot_share_a_name(lab: str, ada: Person, registry: Registry):
    assert (await ada.client.post("/groups", json={"name": "ada"})).json()["code"] == "name_taken"
    taken = await registry.visitor.post("/members", json={"name": lab, "password": "correct horse battery"})
    assert taken.json()["code"] == "name_taken"


async def test_who_joins_and_leaves_is_in_the_log(lab: str, ada: Person, grace: Person):
    await join(lab, ada, grace, "member")
    await grace.client.delete(f"/groups/{lab}/members/grace")
    entries = (await ada.client.get("/log", params={"subject": lab})).json()["entries"]
    assert [(entry["kind"], entry["actor"]) for entry in entries] == [
        ("group.made", "ada"),
        ("group.joined", "grace"),
        ("group.left", "grace"),
    ]
