"""The page of a version's provenance: its signatures, how to check them, and the recall by those who maintain it."""

import sqlalchemy as sa

from designs.signing_keys import new_key
from registry.store.tables.members import tokens
from tests.registry.api.test_provenance import register_key, sign
from tests.registry.harness import BASE, Person, Registry

PAGE = f"{BASE}/designs/ada/box/versions/1.0.0"
OWN = {"Origin": BASE}


async def test_the_page_shows_who_signed_and_lets_maintainers_alone_recall(
    registry: Registry, ada: Person, grace: Person
) -> None:
    await registry.parts.db.write(lambda c: c.execute(sa.update(tokens).values(session=True)))
    key = new_key()
    await register_key(ada, key, "workbench")
    told = await ada.published()
    assert "No author signed" in (await registry.visitor.get(f"{PAGE}/provenance")).text
    await sign(ada, told, key)
    shown = (await grace.client.get(f"{PAGE}/provenance")).text
    assert "workbench" in shown
    assert "cofab verify ada/box@1.0.0" in shown
    assert "Recall this version" not in shown
    assert "Recall this version" in (await ada.client.get(f"{PAGE}/provenance")).text
    foreign = await grace.client.post(f"{PAGE}/recall", data={"reason": "x"}, headers=OWN)
    assert foreign.status_code == 403
    empty = await ada.client.post(f"{PAGE}/recall", data={"reason": " "}, headers=OWN)
    assert empty.status_code == 422
    done = await ada.client.post(f"{PAGE}/recall", data={"reason": "The edge cuts"}, headers=OWN)
    assert (done.status_code, done.headers["location"]) == (303, "/designs/ada/box/versions/1.0.0/provenance")
    assert "The edge cuts" in (await registry.visitor.get(f"{PAGE}/provenance")).text


async def test_what_comes_from_a_recalled_version_is_warned_and_a_revision_of_its_own_is_not(
    registry: Registry, ada: Person, grace: Person
) -> None:
    await ada.published()
    await grace.published("lid", parents=[("forks", "ada/box@1.0.0")])
    await grace.published("lid", "1.1.0")
    await ada.published("box", "1.1.0")
    await grace.published("cap", parents=[("uses", "grace/lid@1.1.0")])
    await grace.published("foot", parents=[("forks", "ada/box@1.1.0")])
    recalled = await ada.client.post("/designs/ada/box/versions/1.0.0/recall", json={"reason": "The edge cuts"})
    assert recalled.status_code == 200
    words = "It comes from what was recalled for safety"
    warned = {}
    for design in ("grace/lid/versions/1.0.0", "grace/lid", "grace/cap", "ada/box/versions/1.1.0", "grace/foot"):
        warned[design] = words in (await registry.visitor.get(f"{BASE}/designs/{design}")).text
    assert warned == {
        "grace/lid/versions/1.0.0": True,
        "grace/lid": True,
        "grace/cap": True,
        "ada/box/versions/1.1.0": False,
        "grace/foot": False,
    }
