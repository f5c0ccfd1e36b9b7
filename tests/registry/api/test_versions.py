"""Publishing, reading, yanking, forking and downloading versions."""

import asyncio
import io
import zipfile

import pytest

from designs.snapshot import parse_snapshot
from registry.core.permissions import Scope
from tests.registry.harness import Person, Registry, box_files, running, sha256, tarred, zipped


async def test_a_version_is_its_content(registry: Registry, ada: Person):
    version = await ada.published(changelog="First one")
    assert (version["design"], version["version"], version["latest"]) == ("ada/box", "1.0.0", True)
    assert version["changelog"] == "First one"
    assert [file["path"] for file in version["files"]] == ["box.py", "design.toml"]
    kept = await registry.visitor.get(f"/blobs/{version['snapshot']}")
    snapshot = parse_snapshot(kept.content)
    assert snapshot.digest == version["snapshot"]
    assert snapshot.manifest.to_json() == version["manifest"]
    shown = await registry.visitor.get("/designs/Ada/BOX/versions/latest")
    assert shown.json() == version


async def test_a_new_version_revises_the_one_before(registry: Registry, ada: Person):
    await ada.published(version="1.0.0")
    await ada.published(version="2.0.0", files=box_files(note="two"))
    patch = await ada.published(version="1.0.1", files=box_files(note="patch"))
    assert [(parent["kind"], parent["version"]) for parent in patch["parents"]] == [("revises", "ada/box@1.0.0")]
    design = (await registry.visitor.get("/designs/ada/box")).json()
    assert design["latest"] == "2.0.0"
    assert [version["version"] for version in design["versions"]] == ["1.0.1", "2.0.0", "1.0.0"]


async def test_a_number_is_never_used_again(ada: Person):
    await ada.published(version="1.0.0-RC.1")
    for again in ("1.0.0-RC.1", "1.0.0-rc.1"):
        answer = await ada.publish(version=again, files=box_files(note="other"))
        assert (answer.status_code, answer.json()["code"]) == (409, "version_taken")
    await ada.client.post("/designs/ada/box/versions/1.0.0-RC.1/yank", json={"reason": "broken"})
    assert (await ada.publish(version="1.0.0-rc.1", files=box_files(note="third"))).status_code == 409


async def test_what_is_no_version_is_refused(ada: Person):
    for version in ("1", "1.0", "v1.0.0", "01.0.0", "1.0.0+build", "1.0.0 ", "latest", "", "9" * 70, f"{2**31}.0.0"):
        answer = await ada.publish(version=version)
        assert (version, answer.status_code) == (version, 422)


async def test_of_two_that_publish_one_number_exactly_one_wins(registry: Registry, ada: Person):
    answers = await asyncio.gather(*(ada.publish(files=box_files(note=f"try {number}")) for number in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"version_taken"}
    won = next(answer.json() for answer in answers if answer.status_code == 201)
    shown = (await registry.visitor.get("/designs/ada/box/versions/1.0.0")).json()
    assert shown["snapshot"] == won["snapshot"]


async def test_many_numbers_of_one_new_design_at_once_all_come_in(registry: Registry, ada: Person):
    answers = await asyncio.gather(
        *(ada.publish(version=f"1.{n}.0", files=box_files(note=f"number {n}")) for n in range(6))
    )
    assert {answer.status_code for answer in answers} == {201}
    design = (await registry.visitor.get("/designs/ada/box")).json()
    assert len(design["versions"]) == 6
    assert design["latest"] == "1.5.0"


async def test_only_the_owner_publishes_and_yanks(registry: Registry, ada: Person, grace: Person):
    await ada.published()
    listed = [{"path": path, **await grace.upload(text.encode())} for path, text in box_files().items()]
    body = {"version": "1.0.1", "manifest_files": listed}
    foreign = await grace.client.post("/designs/ada/box/versions", json=body)
    assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign_namespace")
    assert (await grace.client.post("/designs/ada/box/archive?version=1.0.1", content=b"x")).status_code == 403
    yank = await grace.client.post("/designs/ada/box/versions/1.0.0/yank", json={"reason": "mine now"})
    assert yank.status_code == 403
    reader = await registry.person("reader", frozenset({Scope.READ, Scope.ORDER}))
    scope = await reader.client.post("/designs/reader/box/versions", json=body)
    assert (scope.status_code, scope.json()["code"]) == (403, "missing_scope")
    visitor = await registry.visitor.post("/designs/ada/box/versions", json=body)
    assert visitor.status_code == 401


async def test_a_script_comes_with_what_it_imports(ada: Person):
    files = {"box.py": "from sizes import width\ndepth = 2\n", "sizes.py": "width = 3\n"}
    version = await ada.published(files=files, licence="MIT")
    assert version["manifest"]["design"]["source"] == "box.py"
    assert [parameter["name"] for parameter in version["manifest"]["parameters"]] == ["depth"]
    answer = await ada.publish("lid", files={"lid.py": "a = 1\n", "other.py": "b = 2\n"}, licence="MIT")
    assert (answer.status_code, answer.json()["code"]) == (422, "no_manifest")


STL = b"solid".ljust(80, b" ") + (1).to_bytes(4, "little") + bytes(50)


@pytest.mark.parametrize(
    ("filename", "data"), [("hook.stl", STL), ("hook.3mf", zipped({"3D/3dmodel.model": "<model/>"}))]
)
async def test_a_file_of_geometry_is_a_design_by_itself(ada: Person, filename: str, data: bytes):
    """A 3MF file is a zip, and is not taken for an archive of a folder."""
    path = "/designs/ada/hook/archive?version=1.0.0"
    answer = await ada.client.post(f"{path}&licence=MIT&filename={filename}", content=data)
    assert answer.status_code == 201, answer.text
    assert [file["path"] for file in answer.json()["files"]] == [filename]
    manifest = answer.json()["manifest"]
    assert (manifest["design"]["engine"], manifest["design"]["source"]) == ("solid", filename)
    assert not manifest.get("parameters")


async def test_of_a_script_and_geometry_beside_it_the_script_is_the_design(ada: Person):
    script = "import cadquery as cq\nsize = 10.0\nshow_object(cq.Workplane().box(size, size, size))\n"
    files = zipped({"hook.py": script, "screw.stl": "solid x\nendsolid x\n"})
    answer = await ada.client.post("/designs/ada/hook/archive?version=1.0.0&licence=MIT", content=files)
    assert answer.status_code == 201, answer.text
    design = answer.json()["manifest"]["design"]
    assert (design["engine"], design["source"]) == ("cadquery", "hook.py")


PLATE = '<svg xmlns="http://www.w3.org/2000/svg" width="9mm" height="9mm" viewBox="0 0 9 9"><circle r="4"/></svg>'


async def test_a_drawing_is_a_design_of_a_sheet_by_itself(ada: Person):
    path = "/designs/ada/disc/archive?version=1.0.0&licence=MIT&filename=disc.svg"
    answer = await ada.client.post(path, content=PLATE.encode())
    assert answer.status_code == 201, answer.text
    manifest = answer.json()["manifest"]
    assert (manifest["design"]["engine"], manifest["design"]["source"]) == ("outline", "disc.svg")
    assert manifest["print"] == {"process": "laser", "material": "birch plywood"}
    assert [(one["name"], one["default"]) for one in manifest["parameters"]] == [("thickness", "3.0")]


async def test_a_drawing_beside_a_model_is_its_picture(ada: Person):
    files = zipped({"hook.stl": "solid x\nendsolid x\n", "hook.svg": PLATE})
    answer = await ada.client.post("/designs/ada/hook/archive?version=1.0.0&licence=MIT", content=files)
    assert answer.json()["manifest"]["design"]["source"] == "hook.stl", answer.text


async def test_of_two_files_of_geometry_none_is_the_design(ada: Person):
    files = zipped({"left.stl": "solid x\nendsolid x\n", "right.stl": "solid y\nendsolid y\n"})
    answer = await ada.client.post("/designs/ada/hook/archive?version=1.0.0&licence=MIT", content=files)
    assert (answer.status_code, answer.json()["code"]) == (422, "no_manifest")


async def test_files_must_be_here_and_as_large_as_said(ada: Person):
    await ada.upload(b"x")
    absent = {"path": "design.toml", "sha256": sha256(b"absent"), "size": 6}
    toml = {"path": "design.toml", **await ada.upload(box_files()["design.toml"].encode())}
    script = {"path": "box.py", **await ada.upload(box_files()["box.py"].encode())}
    for files, code in [
        ([absent, script], "blobs_missing"),
        ([toml, {**script, "size": 1}], "wrong_size"),
        ([toml, {**script, "sha256": sha256(b"gone")}], "blobs_missing"),
    ]:
        answer = await ada.client.post("/designs/ada/box/versions", json={"version": "1.0.0", "manifest_files": files})
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_paths_are_portable_or_refused(ada: Person):
    blob = await ada.upload(b"x")
    toml = {"path": "design.toml", **await ada.upload(box_files()["design.toml"].encode())}
    script = {"path": "box.py", **await ada.upload(box_files()["box.py"].encode())}
    for path in ("../evil", "/etc/passwd", "a//b", "CON.txt", "a\\b", "x\u202ey", "Box.py", "box.py", "box.py/inner"):
        files = [toml, script, {"path": path, **blob}]
        answer = await ada.client.post("/designs/ada/box/versions", json={"version": "1.0.0", "manifest_files": files})
        assert (path, answer.status_code) == (path, 422)
    assert (await ada.client.get("/designs/ada/box")).status_code == 404


async def test_a_bad_manifest_is_told_line_by_line(ada: Person):
    files = box_files()
    files["design.toml"] = (
        files["design.toml"].replace("licence", "license").replace('type = "number"', 'type = "nummer"')
    )
    answer = await ada.publish(files=files)
    assert answer.status_code == 422
    problems = answer.json()["problems"]
    assert len(problems) >= 2
    assert all(problem["file"] == "design.toml" and problem["message"] for problem in problems)
    assert any(problem["line"] for problem in problems)


async def test_the_manifests_name_is_the_designs_name(ada: Person):
    answer = await ada.publish("crate", files=box_files("box"))
    assert (answer.status_code, answer.json()["code"]) == (422, "name_differs")


async def test_a_version_cannot_be_larger_than_allowed(settings):
    async with running(settings.model_copy(update={"max_version_bytes": 2000})) as registry:
        ada = await registry.person("ada")
        answer = await ada.publish(files={**box_files(), "big.txt": "x" * 3000})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("pack", [zipped, tarred, lambda files: zipped(files, top="box-main/")])
async def test_a_whole_folder_comes_as_one_archive(ada: Person, pack):
    answer = await ada.client.post("/designs/ada/box/archive?version=1.0.0&changelog=Hi", content=pack(box_files()))
    assert answer.status_code == 201, answer.text
    assert [file["path"] for file in answer.json()["files"]] == ["box.py", "design.toml"]
    one_by_one = await ada.publish(version="1.0.1")
    assert one_by_one.json()["files"][0]["sha256"] == answer.json()["files"][0]["sha256"]


async def test_hostile_archives_are_refused_and_leave_nothing(registry: Registry, ada: Person):
    bomb = zipped({**box_files(), "bomb.txt": "0" * 30_000_000})
    hostile = {
        "escape": zipped({**box_files(), "../../evil.txt": "x"}),
        "absolute": zipped({**box_files(), "/etc/evil": "x"}),
        "case": zipped({**box_files(), "BOX.py": "x"}),
        "bomb": bomb,
        "cut": zipped(box_files())[:-30],
        "nonsense": b"\x00\x01\x02" * 50,
        "empty": b"",
        "many": zipped({f"file{n}.txt": "x" for n in range(5000)}),
        "no manifest": zipped({"readme.md": "x"}),
    }
    for what, data in hostile.items():
        answer = await ada.client.post("/designs/ada/box/archive?version=1.0.0", content=data)
        assert (what, answer.status_code) == (what, 422)
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await ada.client.get("/designs/ada/box")).status_code == 404
    assert list(registry.parts.incoming.iterdir()) == []


async def test_archives_come_out_the_same_every_time(registry: Registry, ada: Person):
    await ada.published()
    first = await registry.visitor.get("/designs/ada/box/versions/1.0.0/archive.zip")
    second = await registry.visitor.get("/designs/ada/box/versions/1.0.0/archive.zip")
    assert first.content == second.content
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == {
            f"box-1.0.0/{path}": text for path, text in box_files().items()
        }
    assert list(registry.parts.incoming.iterdir()) == []
    again = await registry.visitor.get(
        "/designs/ada/box/versions/1.0.0/archive.zip", headers={"If-None-Match": first.headers["etag"]}
    )
    assert again.status_code == 304


async def test_files_are_served_as_what_they_are_and_never_as_pages(registry: Registry, ada: Person):
    files = {**box_files(), "docs/page.html": "<script>alert(1)</script>", "a b.svg": "<svg/>"}
    version = await ada.published(files=files)
    for file in version["files"]:
        answer = await registry.visitor.get(file["url"].removeprefix("/api/v1"))
        assert answer.text == files[file["path"]]
        assert not answer.headers["content-type"].startswith("text/html")
        assert "sandbox" in answer.headers["content-security-policy"]
    missing = await registry.visitor.get("/designs/ada/box/versions/1.0.0/files/nothing.txt")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_file")
    by_latest = await registry.visitor.get("/designs/ada/box/versions/latest/files/box.py")
    assert "immutable" not in by_latest.headers["cache-control"]


async def test_a_yanked_version_stays_reachable_with_its_reason(registry: Registry, ada: Person):
    await ada.published(version="1.0.0")
    await ada.published(version="1.1.0", files=box_files(title="Better box", note="b"))
    answer = await ada.client.post("/designs/ada/box/versions/1.1.0/yank", json={"reason": "It cracks"})
    assert answer.json()["yanked"]["reason"] == "It cracks"
    design = (await registry.visitor.get("/designs/ada/box")).json()
    assert (design["latest"], design["title"]) == ("1.0.0", "Box")
    shown = (await registry.visitor.get("/designs/ada/box/versions/1.1.0")).json()
    assert shown["yanked"]["reason"] == "It cracks"
    again = await ada.client.post("/designs/ada/box/versions/1.1.0/yank", json={"reason": "twice"})
    assert (again.status_code, again.json()["code"]) == (409, "yanked")


async def test_a_preview_is_latest_only_where_there_is_nothing_else(registry: Registry, ada: Person):
    await ada.published(version="2.0.0-beta.1")
    assert (await registry.visitor.get("/designs/ada/box")).json()["latest"] == "2.0.0-beta.1"
    await ada.published(version="1.0.0", files=box_files(note="x"))
    assert (await registry.visitor.get("/designs/ada/box")).json()["latest"] == "1.0.0"


async def test_what_is_not_there_is_named(registry: Registry, ada: Person):
    await ada.published()
    for path, code in [
        ("/designs/ada/nothing", "no_design"),
        ("/designs/nobody/box", "no_design"),
        ("/designs/ada/box/versions/9.9.9", "no_version"),
        ("/designs/ada/nothing/versions/1.0.0", "no_design"),
        ("/designs/ada/nothing/lineage", "no_design"),
    ]:
        answer = await registry.visitor.get(path)
        assert (path, answer.status_code, answer.json()["code"]) == (path, 404, code)


async def test_a_design_cannot_be_put_into_a_namespace_that_is_not_there(ada: Person):
    answer = await ada.client.post("/designs/nowhere/box/archive?version=1.0.0", content=zipped(box_files()))
    assert (answer.status_code, answer.json()["code"]) == (404, "no_namespace")
