"""Forks and the lineage that they make."""

from designs.manifest import parse_manifest
from tests.registry.harness import Person, Registry, box_files


async def forked(person: Person, origin: str, **wish: str):
    design, _, number = origin.partition("@")
    return await person.client.post(f"/designs/{design}/versions/{number}/fork", json=wish)


async def test_a_fork_is_the_same_content_with_an_origin(registry: Registry, ada: Person, grace: Person):
    origin = await ada.published()
    answer = await forked(grace, "ada/box@1.0.0", namespace="grace")
    fork = answer.json()
    assert (answer.status_code, fork["design"], fork["version"]) == (201, "grace/box", "1.0.0")
    assert [file["sha256"] for file in fork["files"]] == [file["sha256"] for file in origin["files"]]
    assert fork["snapshot"] != origin["snapshot"]
    assert fork["parents"] == [{"kind": "forks", "version": "ada/box@1.0.0", "snapshot": origin["snapshot"]}]
    design = (await registry.visitor.get("/designs/grace/box")).json()
    assert design["forked_from"] == "ada/box@1.0.0"
    assert (await registry.visitor.get("/designs/ada/box")).json()["forks"] == 1


async def test_a_fork_of_another_name_says_so_in_its_manifest(registry: Registry, ada: Person, grace: Person):
    await ada.published()
    fork = (await forked(grace, "ada/box@1.0.0", namespace="grace", name="crate", version="0.1.0")).json()
    assert (fork["design"], fork["version"], fork["manifest"]["design"]["name"]) == ("grace/crate", "0.1.0", "crate")
    text = (await registry.visitor.get("/designs/grace/crate/versions/0.1.0/files/design.toml")).text
    assert parse_manifest(text).name == "crate"
    assert text == box_files("crate")["design.toml"]


async def test_only_into_a_namespace_of_ones_own(ada: Person, grace: Person):
    await ada.published()
    answer = await forked(grace, "ada/box@1.0.0", namespace="ada", name="copy")
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_namespace")
    answer = await forked(ada, "ada/box@1.0.0", namespace="ada", version="1.0.1")
    assert (answer.status_code, answer.json()["code"]) == (409, "same_design")
    assert (await forked(ada, "ada/box@2.0.0", namespace="ada")).status_code == 404


async def test_twice_is_a_conflict(ada: Person, grace: Person):
    await ada.published()
    assert (await forked(grace, "ada/box@1.0.0", namespace="grace")).status_code == 201
    assert (await forked(grace, "ada/box@1.0.0", namespace="grace")).status_code == 409


async def test_a_licence_without_derivatives_forbids_it(ada: Person, grace: Person):
    await ada.published(files=box_files(licence="CC-BY-ND-4.0"))
    answer = await forked(grace, "ada/box@1.0.0", namespace="grace")
    assert (answer.status_code, answer.json()["code"]) == (403, "fork_refused")
    assert "CC-BY-ND-4.0" in answer.json()["detail"]


async def test_the_family_is_drawn_from_every_member_of_it(registry: Registry, ada: Person, grace: Person):
    await ada.published(version="1.0.0")
    await ada.published(version="1.1.0", files=box_files(note="b"))
    await forked(grace, "ada/box@1.0.0", namespace="grace")
    await grace.published(version="1.0.1", files=box_files(note="g"))
    await ada.published(version="1.2.0", files=box_files(note="m"), parents=[("merges", "grace/box@1.0.1")])
    lineage = (await registry.visitor.get("/designs/grace/box/lineage")).json()
    assert lineage == (await registry.visitor.get("/designs/ada/box/lineage")).json()
    assert {(edge["child"], edge["kind"], edge["parent"]) for edge in lineage["edges"]} == {
        ("ada/box@1.1.0", "revises", "ada/box@1.0.0"),
        ("grace/box@1.0.0", "forks", "ada/box@1.0.0"),
        ("grace/box@1.0.1", "revises", "grace/box@1.0.0"),
        ("ada/box@1.2.0", "revises", "ada/box@1.1.0"),
        ("ada/box@1.2.0", "merges", "grace/box@1.0.1"),
    }
    assert [node["version"] for node in lineage["nodes"] if node["latest"]] == ["grace/box@1.0.1", "ada/box@1.2.0"]
    ancestors = (await registry.visitor.get("/designs/ada/box/versions/1.2.0/ancestors")).json()["versions"]
    assert {(found["version"], found["steps"]) for found in ancestors} == {
        ("ada/box@1.1.0", 1),
        ("grace/box@1.0.1", 1),
        ("ada/box@1.0.0", 2),
        ("grace/box@1.0.0", 2),
    }
    descendants = (await registry.visitor.get("/designs/grace/box/versions/1.0.0/descendants")).json()["versions"]
    assert [found["version"] for found in descendants] == ["grace/box@1.0.1", "ada/box@1.2.0"]
    common = await registry.visitor.get("/lineage/common-ancestor?a=ada/box@1.1.0&b=grace/box@1.0.1")
    assert [node["version"] for node in common.json()["versions"]] == ["ada/box@1.0.0"]


async def test_a_merge_joins_two_families(registry: Registry, ada: Person, grace: Person):
    await ada.published()
    await grace.published(files=box_files(note="another start"))
    common = "/lineage/common-ancestor?a=ada/box@1.0.0&b=grace/box@1.0.0"
    assert (await registry.visitor.get(common)).json() == {"versions": []}
    await ada.published(version="1.1.0", files=box_files(note="both"), parents=[("merges", "grace/box@1.0.0")])
    lineage = (await registry.visitor.get("/designs/grace/box/lineage")).json()
    assert {node["version"] for node in lineage["nodes"]} == {"ada/box@1.0.0", "grace/box@1.0.0", "ada/box@1.1.0"}


async def test_using_a_design_joins_no_families_but_is_shown(registry: Registry, ada: Person, grace: Person):
    await ada.published("screw", files=box_files("screw"))
    await grace.published("lamp", files=box_files("lamp"), parents=[("uses", "ada/screw@1.0.0")])
    lamp = (await registry.visitor.get("/designs/grace/lamp/lineage")).json()
    assert [edge["kind"] for edge in lamp["edges"]] == ["uses"]
    screw = (await registry.visitor.get("/designs/ada/screw/lineage")).json()
    assert [node["version"] for node in screw["nodes"]] == ["ada/screw@1.0.0"]


async def test_parents_that_make_no_sense_are_refused(ada: Person, grace: Person):
    await ada.published()
    await grace.published()
    for kind, version, status in [
        ("revises", "grace/box@1.0.0", 422),
        ("forks", "ada/box@1.0.0", 422),
        ("merges", "grace/box@7.0.0", 404),
        ("merges", "nonsense", 422),
        ("invents", "grace/box@1.0.0", 422),
    ]:
        answer = await ada.publish(version="1.1.0", files=box_files(note="x"), parents=[(kind, version)])
        assert (kind, version, answer.status_code) == (kind, version, status)
