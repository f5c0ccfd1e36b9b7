"""Finding designs."""

from itertools import pairwise

import pytest

from tests.registry.harness import Person, Registry, box_files


async def names(registry: Registry, query: str) -> list[str]:
    answer = await registry.visitor.get(f"/designs?{query}")
    assert answer.status_code == 200, answer.text
    return [design["design"] for design in answer.json()["designs"]]


@pytest.fixture
async def shelf(registry: Registry, ada: Person, grace: Person) -> Registry:
    await ada.published("box", files=box_files(title="Stackable box"))
    await ada.published("spur-gear", files=box_files("spur-gear", title="Spur gear pair", licence="MIT"))
    await grace.published("hinge", files=box_files("hinge", title="Printed hinge für Türen"))
    return registry


async def test_words_are_found_wherever_they_stand(shelf: Registry):
    assert await names(shelf, "q=gear") == ["ada/spur-gear"]
    assert await names(shelf, "q=GEARS") == ["ada/spur-gear"]
    assert await names(shelf, "q=spur+pair") == ["ada/spur-gear"]
    assert await names(shelf, "q=spur+hinge") == []
    assert await names(shelf, "q=stack") == ["ada/box"]
    assert await names(shelf, "q=grace") == ["grace/hinge"]
    assert len(await names(shelf, "q=storage")) == 3


async def test_signs_of_the_search_engines_mean_nothing(shelf: Registry):
    for query in (
        '"',
        "gear%26%26",
        "*",
        "NEAR(",
        "a%00b",
        "gear%3A*",
        "'; DROP TABLE designs",
        "-gear",
        "(",
        "%F0%9F%94%A7",
    ):
        answer = await shelf.visitor.get(f"/designs?q={query}")
        assert (query, answer.status_code) == (query, 200)


async def test_filters_join(shelf: Registry):
    assert await names(shelf, "licence=MIT") == ["ada/spur-gear"]
    assert await names(shelf, "namespace=Grace") == ["grace/hinge"]
    assert set(await names(shelf, "tag=box&engine=cadquery")) == {"ada/box", "ada/spur-gear", "grace/hinge"}
    assert await names(shelf, "tag=box&licence=MIT&q=gear") == ["ada/spur-gear"]
    assert await names(shelf, "engine=openscad") == []


async def test_only_the_latest_version_is_searched(shelf: Registry, ada: Person):
    await ada.published("box", "1.1.0", files=box_files(title="Crate"))
    assert await names(shelf, "q=stackable") == []
    assert await names(shelf, "q=crate") == ["ada/box"]


@pytest.mark.parametrize("query", ["sort=name", "sort=updated", "sort=created", "q=box", "q=box&sort=name"])
async def test_leafing_shows_everything_once(registry: Registry, ada: Person, query: str):
    for number in range(7):
        await ada.published(f"box-{number}", files=box_files(f"box-{number}"))
    seen: list[str] = []
    cursor = ""
    for _ in range(5):
        answer = (await registry.visitor.get(f"/designs?{query}&limit=3{cursor}")).json()
        seen += [design["name"] for design in answer["designs"]]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert sorted(seen) == [f"box-{number}" for number in range(7)]
    if "name" in query:
        assert all(one < other for one, other in pairwise(seen))


async def test_a_cursor_from_elsewhere_is_refused(shelf: Registry):
    first = (await shelf.visitor.get("/designs?sort=name&limit=1")).json()["next_cursor"]
    for cursor in ("x", "e30", first[:-4], "AAAA" * 90):
        answer = await shelf.visitor.get(f"/designs?sort=name&cursor={cursor}")
        assert (cursor, answer.status_code) == (cursor, 422)
    assert (await shelf.visitor.get(f"/designs?sort=updated&cursor={first}")).json()["code"] == "bad_cursor"
