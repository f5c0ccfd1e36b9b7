"""Licences along the lineage: verdicts when something is published, what one may do, and the complete source."""

import io
import json
import zipfile

from tests.registry.harness import Person, Registry, box_files, sha256


async def test_a_fork_may_change_its_licence_only_as_its_origin_allows(ada: Person, grace: Person) -> None:
    await ada.published()
    answer = await grace.publish(files=box_files(licence="MIT"), parents=[("forks", "ada/box@1.0.0")])
    assert (answer.status_code, answer.json()["code"]) == (403, "licence_refused")
    assert "it comes from ada/box@1.0.0 under CERN-OHL-S-2.0" in answer.json()["detail"]
    assert "CERN-OHL-S-2.0 §3.3(d)" in answer.json()["detail"]
    assert answer.json()["possible"] == ["CERN-OHL-S-2.0"]
    await grace.published(parents=[("forks", "ada/box@1.0.0")])


async def test_what_binds_a_version_binds_what_comes_after_it(registry: Registry, ada: Person, grace: Person) -> None:
    await ada.published()
    await grace.published(parents=[("forks", "ada/box@1.0.0")])
    answer = await grace.publish(version="1.1.0", files=box_files(licence="MIT", note="b"))
    assert (answer.status_code, answer.json()["code"]) == (403, "licence_refused")
    await grace.published(version="1.1.0", files=box_files(note="b"))
    told = (await registry.visitor.get("/designs/grace/box/versions/1.1.0/licence")).json()
    assert [(bond["version"], bond["used"]) for bond in told["bonds"]] == [("ada/box@1.0.0", False)]


async def test_of_ones_own_one_may_change_the_licence(registry: Registry, ada: Person) -> None:
    await ada.published()
    await ada.published(version="2.0.0", files=box_files(licence="CC-BY-NC-4.0"))
    await ada.published(
        "crate", files=box_files("crate", licence="MIT", note="c"), parents=[("forks", "ada/box@2.0.0")]
    )
    told = (await registry.visitor.get("/designs/ada/crate/versions/1.0.0/licence")).json()
    assert (told["bonds"], told["allowed"]) == ([], True)


async def test_a_design_that_uses_others_is_judged_as_their_whole(ada: Person, grace: Person) -> None:
    await ada.published()
    await ada.published("gear", files=box_files("gear", licence="CERN-OHL-W-2.0"))
    uses = [("uses", "ada/gear@1.0.0")]
    await grace.published("clock", files=box_files("clock", licence="MIT"), parents=uses)
    answer = await grace.publish(
        "lamp", files=box_files("lamp", licence="MIT"), parents=[*uses, ("uses", "ada/box@1.0.0")]
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "licence_refused")
    assert "it uses ada/box@1.0.0" in answer.json()["detail"]
    assert "gear" not in answer.json()["detail"]


async def test_a_merge_of_what_does_not_fit_is_refused(ada: Person, grace: Person) -> None:
    await ada.published(files=box_files(licence="MIT"))
    await grace.published(files=box_files(licence="CERN-OHL-S-2.0"), parents=[("forks", "ada/box@1.0.0")])
    merges = [("merges", "grace/box@1.0.0")]
    answer = await ada.publish(version="1.1.0", files=box_files(licence="MIT", note="m"), parents=merges)
    assert (answer.status_code, answer.json()["code"]) == (403, "licence_refused")
    await ada.published(version="1.1.0", files=box_files(licence="CERN-OHL-S-2.0", note="m"), parents=merges)


async def test_what_one_may_do_is_told_with_reasons(registry: Registry, ada: Person) -> None:
    await ada.published(files=box_files(licence="LicenseRef-PPL"))
    told = (await registry.visitor.get("/designs/ada/box/versions/latest/licence")).json()
    may = {each["what"]: each["may"] for each in told["permissions"]}
    assert may == {"make": "yes", "sell": "limited", "change": "limited", "combine": "limited"}
    assert told["source_url"] == "/api/v1/designs/ada/box/versions/1.0.0/source.zip"
    other = (await registry.visitor.get("/designs/ada/box/versions/1.0.0/licence", params={"under": "MIT"})).json()
    assert (other["under"], other["allowed"], other["certain"]) == ("MIT", False, True)
    assert other["possible"] == ["LicenseRef-PPL"]
    bad = await registry.visitor.get("/designs/ada/box/versions/1.0.0/licence", params={"under": "GPLv3"})
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_licence")


async def test_the_complete_source_is_one_archive_of_the_same_bytes(
    registry: Registry, ada: Person, grace: Person
) -> None:
    await ada.published("gear", files=box_files("gear", licence="CERN-OHL-W-2.0"), changelog="Begin")
    await ada.published("nut", files=box_files("nut", licence="MIT"))
    await ada.published(changelog="The first *box*", parents=[("uses", "ada/gear@1.0.0"), ("uses", "ada/nut@1.0.0")])
    await grace.published(files=box_files(note="g"), parents=[("forks", "ada/box@1.0.0")], changelog="Wider\nwalls")
    url = "/designs/grace/box/versions/1.0.0/source.zip"
    first, again = await registry.visitor.get(url), await registry.visitor.get(url)
    assert first.status_code == 200
    assert first.content == again.content
    unchanged = await registry.visitor.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert unchanged.status_code == 304
    archive = zipfile.ZipFile(io.BytesIO(first.content))
    listed = json.loads(archive.read("box-1.0.0/SOURCES.json"))
    assert [each["version"] for each in listed["included"]] == ["grace/box@1.0.0", "ada/gear@1.0.0"]
    assert {each["version"] for each in listed["located"]} == {"ada/box@1.0.0", "ada/nut@1.0.0"}
    files = {
        f"box-1.0.0/{part['folder']}/{file['path']}": file for part in listed["included"] for file in part["files"]
    }
    assert set(archive.namelist()) == {*files} | {
        f"box-1.0.0/{n}" for n in ("LICENCES.md", "NOTICE.md", "SOURCES.json")
    }
    assert all(sha256(archive.read(name)) == file["sha256"] for name, file in files.items())
    notice = archive.read("box-1.0.0/NOTICE.md").decode()
    assert "grace: grace/box@1.0.0. It begins a fork of ada/box@1.0.0. Wider walls" in notice
    assert "ada: ada/box@1.0.0. It uses ada/gear@1.0.0, uses ada/nut@1.0.0. The first \\*box\\*" in notice
    assert "/api/v1/designs/grace/box/versions/1.0.0/source.zip" in notice
    assert "https://spdx.org/licenses/CERN-OHL-W-2.0.html" in archive.read("box-1.0.0/LICENCES.md").decode()
