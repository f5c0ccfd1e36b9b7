"""Versions as Open Know-How modules, and what they were made with."""

from designs.okh_toml import read_okh
from tests.registry.harness import Person, Registry, box_files

COMMIT = "2b5c1f5c5a0b0c4e8d6c9c0c2c5a9f6d7e8f9a0b"


async def test_a_version_goes_out_as_okh_toml(registry: Registry, ada: Person, grace: Person) -> None:
    await ada.published()
    await grace.published(parents=[("forks", "ada/box@1.0.0")])
    answer = await registry.visitor.get("/designs/grace/box/versions/latest/okh.toml")
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "application/toml")
    okh = read_okh(answer.text)
    assert (okh.name, okh.version, okh.licence) == ("Box", "1.0.0", "CERN-OHL-S-2.0")
    assert okh.repo.endswith("/designs/grace/box/versions/1.0.0")
    assert okh.fork_of.endswith("/designs/ada/box/versions/1.0.0")
    assert okh.source == ("box.py",)
    assert (await registry.visitor.get("/designs/ada/none/versions/1.0.0/okh.toml")).status_code == 404


async def test_what_a_version_was_made_with_is_a_part_of_its_identity(registry: Registry, ada: Person) -> None:
    made = await ada.published(toolchain={"git.commit": COMMIT, "git.tag": "v1.0.0"})
    told = (await registry.visitor.get("/designs/ada/box/versions/1.0.0/toolchain")).json()
    assert told == {"toolchain": {"git.commit": COMMIT, "git.tag": "v1.0.0"}}
    other = await ada.published("other", files=box_files("other"))
    assert (await registry.visitor.get("/designs/ada/other/versions/1.0.0/toolchain")).json() == {"toolchain": {}}
    assert made["snapshot"] != other["snapshot"]


async def test_a_toolchain_is_plain_short_text(ada: Person) -> None:
    for bad in ({"Git": "x"}, {"git.commit": "a\u202eb"}, {"git.commit": "x" * 201}):
        answer = await ada.publish(toolchain=bad)
        assert answer.status_code == 422
