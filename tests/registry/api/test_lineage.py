"""Questions of the lineage: relatives in parts, users, whom a withdrawal concerns, news and drift."""

from typing import Any

from tests.registry.harness import Person, Registry, box_files


async def ask(registry: Registry, path: str) -> Any:
    answer = await registry.visitor.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def revised(person: Person, *versions: str, design: str = "box") -> None:
    for version in versions:
        await person.published(design, version, box_files(design, note=f"{person.name} {version}"))


async def fork(person: Person, origin: str) -> None:
    path = f"/designs/{origin.replace('@', '/versions/')}/fork"
    answer = await person.client.post(path, json={"namespace": person.name})
    assert answer.status_code == 201, answer.text


def names(page: Any) -> list[str]:
    return [each["version"] for each in page["versions"]]


async def test_relatives_come_in_parts_and_to_a_depth(registry: Registry, ada: Person):
    await revised(ada, *(f"1.{number}.0" for number in range(7)))
    path = "/designs/ada/box/versions/1.6.0/ancestors"
    first = await ask(registry, f"{path}?limit=4")
    assert names(first) == [f"ada/box@1.{number}.0" for number in (5, 4, 3, 2)]
    assert (first["next_after"], first["cut"]) == (4, False)
    rest = await ask(registry, f"{path}?limit=4&after={first['next_after']}")
    assert names(rest) == ["ada/box@1.1.0", "ada/box@1.0.0"]
    assert [each["steps"] for each in rest["versions"]] == [5, 6]
    assert rest["next_after"] is None
    assert names(await ask(registry, "/designs/ada/box/versions/1.0.0/descendants?depth=2")) == [
        "ada/box@1.1.0",
        "ada/box@1.2.0",
    ]
    wrong = await registry.visitor.get(f"{path}?depth=0")
    assert wrong.status_code == 422


async def test_who_uses_a_version_and_whom_its_recall_would_concern(registry: Registry, ada: Person, grace: Person):
    await ada.published("screw", files=box_files("screw"))
    await fork(grace, "ada/screw@1.0.0")
    await grace.published("lamp", files=box_files("lamp"), parents=[("uses", "ada/screw@1.0.0")])
    await grace.published("room", files=box_files("room"), parents=[("uses", "grace/lamp@1.0.0")])
    users = await ask(registry, "/designs/ada/screw/versions/latest/users")
    assert [(each["version"], each["steps"], each["kind"]) for each in users["versions"]] == [
        ("grace/lamp@1.0.0", 1, "uses"),
        ("grace/room@1.0.0", 2, "uses"),
    ]
    assert names(await ask(registry, "/designs/ada/screw/versions/1.0.0/users?depth=1")) == ["grace/lamp@1.0.0"]
    assert names(await ask(registry, "/designs/grace/lamp/versions/1.0.0/ancestors")) == []
    concerned = await ask(registry, "/designs/ada/screw/versions/1.0.0/concerned?parameter=width")
    assert [each["version"] for each in concerned["users"]] == ["grace/lamp@1.0.0", "grace/room@1.0.0"]
    assert [each["version"] for each in concerned["forks"]] == ["grace/screw@1.0.0"]
    assert concerned["users_of_parameter"] == ["grace/lamp@1.0.0"]
    assert (await ask(registry, "/designs/ada/screw/versions/1.0.0/concerned?parameter=lid"))[
        "users_of_parameter"
    ] == []


async def test_a_fork_hears_of_newer_versions_until_it_merges_them(registry: Registry, ada: Person, grace: Person):
    await revised(ada, "1.0.0")
    await fork(grace, "ada/box@1.0.0")
    assert (await ask(registry, "/designs/grace/box/news"))["releases"] == []
    await revised(ada, "1.1.0", "1.2.0", "1.3.0", "2.0.0-beta.1", "0.9.1")
    await ada.client.post("/designs/ada/box/versions/1.3.0/yank", json={"reason": "too thin"})
    news = await ask(registry, "/designs/grace/box/news")
    assert (news["origin"], news["base"], news["base_withdrawn"]) == ("ada/box", "ada/box@1.0.0", None)
    assert [each["version"] for each in news["releases"]] == ["ada/box@1.2.0", "ada/box@1.1.0"]
    merged = [("merges", "ada/box@1.1.0"), ("revises", "grace/box@1.0.0")]
    await grace.published(version="1.0.1", files=box_files(note="both"), parents=merged)
    news = await ask(registry, "/designs/grace/box/news")
    assert news["base"] == "ada/box@1.1.0"
    assert [each["version"] for each in news["releases"]] == ["ada/box@1.2.0"]
    await ada.client.post("/designs/ada/box/versions/1.1.0/yank", json={"reason": "it cracks"})
    assert (await ask(registry, "/designs/grace/box/news"))["base_withdrawn"] == "it cracks"


async def test_drift_counts_both_sides_and_names_what_differs(registry: Registry, ada: Person, grace: Person):
    await revised(ada, "1.0.0")
    await fork(grace, "ada/box@1.0.0")
    await revised(ada, "1.1.0", "1.2.0", "1.3.0")
    files = box_files(licence="CERN-OHL-S-2.0", note="mine")
    files["design.toml"] = files["design.toml"].replace("default = 20", "default = 30") + "\n[parameters.lid]\n"
    files["design.toml"] += 'type = "number"\nunit = "mm"\ndefault = 2\nmin = 1\nmax = 3\n'
    files["box.py"] = files["box.py"].replace("width = 20.0", "width = 30.0\nlid = 2.0")
    await grace.published(version="1.1.0", files={**files, "README.md": "Mine.\n"})
    drift = await ask(registry, "/designs/grace/box/drift")
    assert (drift["fork"], drift["origin"], drift["bases"]) == ("grace/box@1.1.0", "ada/box@1.3.0", ["ada/box@1.0.0"])
    assert (drift["ahead"], drift["behind"], drift["licence"]) == (2, 3, None)
    assert drift["parameters"] == {"added": ["lid"], "gone": [], "changed": ["width"]}
    assert drift["files"] == {"added": ["README.md"], "gone": [], "changed": ["box.py", "design.toml"]}


async def test_what_has_no_origin_has_no_news(registry: Registry, ada: Person):
    await ada.published()
    for question in ("news", "drift"):
        answer = await registry.visitor.get(f"/designs/ada/box/{question}")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_origin")
        answer = await registry.visitor.get(f"/designs/ada/nothing/{question}")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_design")


async def test_of_a_large_family_the_nearest_are_shown(registry: Registry, ada: Person):
    await revised(ada, *(f"1.{number}.0" for number in range(8)))
    part = await ask(registry, "/designs/ada/box/lineage?limit=6")
    assert part["complete"] is False
    assert {"ada/box@1.0.0", "ada/box@1.7.0"} <= {node["version"] for node in part["nodes"]}
    assert len(part["nodes"]) <= 6
    assert (await ask(registry, "/designs/ada/box/lineage"))["complete"] is True
