"""Proposals over the API: conflicts and their resolution, reviews that decide, discussion, endings."""

from datetime import timedelta
from typing import Any

import pytest

from registry.actions import proposal_checks as checks
from registry.store import proposals as store
from registry.store.clock import database_now
from tests.registry.harness import Person, Registry, box_files

OURS, THEIRS = "width = 24.0", "width = 18.0"


def box(**replaced: str) -> dict[str, str]:
    """The box with other lines in its script: `box(**{"width = 20.0": "width = 24.0"})`."""
    files = box_files()
    for old, new in replaced.items():
        assert old in files["box.py"]
        files["box.py"] = files["box.py"].replace(old, new)
    return files


async def proposed(ada: Person, grace: Person, *, conflict: bool = False, rules: str = "") -> dict[str, Any]:
    """Grace's fork, offered to Ada; with a line that both changed if wanted."""
    files = box() | ({"MAINTAINERS": rules} if rules else {})
    await ada.published(files=files)
    await grace.published(files=box(**{"width = 20.0": THEIRS}), parents=[("forks", "ada/box@1.0.0")])
    if conflict:
        await ada.published(version="1.0.1", files=box(**{"width = 20.0": OURS}))
    return await offered(grace)


async def offered(person: Person, source: str = "grace/box@1.0.0") -> dict[str, Any]:
    answer = await person.client.post(
        "/proposals", json={"source": source, "target": "ada/box", "title": "Narrower", "words": "It fits."}
    )
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def act(person: Person, method: str, path: str, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = await person.client.request(method, path, json=body) if body else await person.client.request(method, path)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_line_that_both_changed_is_resolved_and_the_result_published(ada: Person, grace: Person):
    told = await proposed(ada, grace, conflict=True)
    path = f"/proposals/{told['card']['id']}"
    assert (told["card"]["label"], told["merge"]["state"], told["checks"]) == ("ada/box#1", "conflicting", [])
    (conflict,) = told["merge"]["conflicts"]
    assert (conflict["ours"], conflict["theirs"]) == (f"{OURS}\n", f"{THEIRS}\n")
    refused = await act(ada, "POST", f"{path}/accept", 409, words="")
    assert refused["code"] == "not_ready"
    at = f"{path}/conflicts/{conflict['id']}"
    told = await act(grace, "PUT", at, choice="text", text="width = 21.0")
    assert (told["merge"]["state"], told["round"]) == ("clean", 2)
    assert [each["how"] for each in told["merge"]["changed"]] == ["merged"]
    assert (await act(grace, "DELETE", at))["merge"]["state"] == "conflicting"
    await act(grace, "PUT", at, choice="text", text="width = 21.0")
    changes = await act(ada, "GET", f"{path}/changes")
    assert [line["text"] for line in changes["texts"][0]["hunks"][0] if line["mark"] == "+"] == ["width = 21.0"]
    done = await act(ada, "POST", f"{path}/accept", words="Thank you")
    assert (done["card"]["state"], done["ending"]["version"]) == ("accepted", "ada/box@1.0.2")
    script = await ada.client.get("/designs/ada/box/versions/1.0.2/files/box.py")
    assert "width = 21.0\n" in script.text
    again = await act(ada, "POST", f"{path}/accept", 409, words="")
    assert again["code"] == "proposal_state"


async def test_the_target_moves_on_and_the_merge_is_computed_anew(ada: Person, grace: Person):
    told = await proposed(ada, grace)
    path = f"/proposals/{told['card']['id']}"
    await ada.published(version="1.0.1", files=box(**{"10, height)": "12, height)"}))
    assert (await act(ada, "GET", path))["merge"]["state"] == "computing"
    done = await act(ada, "POST", f"{path}/accept", version="1.1.0")
    assert done["ending"]["version"] == "ada/box@1.1.0"
    script = (await ada.client.get("/designs/ada/box/versions/1.1.0/files/box.py")).text
    assert "width = 18.0\n" in script
    assert "12, height)\n" in script
    parents = (await act(ada, "GET", "/designs/ada/box/versions/1.1.0"))["parents"]
    assert {parent["version"] for parent in parents} == {"ada/box@1.0.1", "grace/box@1.0.0"}


async def test_requested_changes_hold_until_a_newer_version_is_offered(ada: Person, grace: Person):
    told = await proposed(ada, grace)
    path = f"/proposals/{told['card']['id']}"
    assert (await act(grace, "POST", f"{path}/reviews", 403, verdict="approve"))["code"] == "own_proposal"
    assert (await act(ada, "POST", f"{path}/reviews", 422, verdict="request_changes"))["code"] == "words_missing"
    told = await act(ada, "POST", f"{path}/reviews", 201, verdict="request_changes", words="Too narrow")
    assert told["card"]["state"] == "changes_requested"
    assert (await act(ada, "POST", f"{path}/accept", 409, words=""))["code"] == "proposal_state"
    await grace.published(version="1.0.1", files=box(**{"width = 20.0": "width = 19.0"}))
    assert (await act(grace, "GET", path))["newer_source"] == "grace/box@1.0.1"
    told = await act(grace, "POST", f"{path}/offer", source="grace/box@1.0.1")
    assert (told["card"]["state"], told["round"], told["reviews"][0]["outdated"]) == ("open", 2, True)
    told = await act(ada, "POST", f"{path}/reviews", 201, verdict="approve")
    assert told["card"]["approvals"] == 1


async def test_the_maintainers_file_says_who_must_approve(registry: Registry, ada: Person, grace: Person):
    alan = await registry.person("alan")
    told = await proposed(ada, grace, rules="*.py alan\n")
    path = f"/proposals/{told['card']['id']}"
    assert told["requirements"] == [
        {"pattern": "*.py", "who": ["alan"], "needed": 1, "approved_by": [], "paths": ["box.py"]}
    ]
    assert (await act(ada, "POST", f"{path}/accept", 409, words=""))["code"] == "not_ready"
    await act(alan, "POST", f"{path}/accept", 403, words="")
    await act(alan, "POST", f"{path}/reviews", 201, verdict="approve", words="It holds")
    assert (await act(ada, "POST", f"{path}/accept", words=""))["card"]["state"] == "accepted"


async def test_nobody_approves_what_they_made_though_another_proposed_it(
    registry: Registry, ada: Person, grace: Person
):
    alan = await registry.person("alan")
    await ada.published(files=box() | {"MAINTAINERS": "*.py ada grace\n"})
    await grace.published(files=box(**{"width = 20.0": THEIRS}), parents=[("forks", "ada/box@1.0.0")])
    told = await offered(alan)
    path = f"/proposals/{told['card']['id']}"
    assert (await act(grace, "POST", f"{path}/reviews", 403, verdict="approve"))["code"] == "own_proposal"
    done = await act(ada, "POST", f"{path}/accept", words="")
    assert [each["approved_by"] for each in done["requirements"]] == [["ada"]]


async def test_only_what_was_looked_at_is_approved_and_accepted(ada: Person, grace: Person):
    told = await proposed(ada, grace)
    path, seen = f"/proposals/{told['card']['id']}", told["merge"]["snapshot"]
    await grace.published(version="1.0.1", files=box(**{"width = 20.0": "width = 1.0"}))
    await act(grace, "POST", f"{path}/offer", source="grace/box@1.0.1")
    late = await act(ada, "POST", f"{path}/reviews", 409, verdict="approve", round=told["round"])
    assert late["code"] == "proposal_changed"
    assert (await act(ada, "POST", f"{path}/accept", 409, snapshot=seen))["code"] == "proposal_changed"
    now = (await act(ada, "GET", path))["merge"]["snapshot"]
    assert (await act(ada, "POST", f"{path}/accept", snapshot=now))["card"]["state"] == "accepted"


async def test_a_version_that_is_withdrawn_while_it_is_offered_is_not_accepted(ada: Person, grace: Person):
    told = await proposed(ada, grace)
    await act(grace, "POST", "/designs/grace/box/versions/1.0.0/recall", reason="It splinters.")
    refused = await act(ada, "POST", f"/proposals/{told['card']['id']}/accept", 409, words="")
    assert refused["code"] == "not_ready"
    assert "grace/box@1.0.0 was withdrawn: It splinters. Offer another version." in refused["missing"][0]


async def test_threads_follow_their_lines_and_edits_and_deletions_stay_to_be_seen(ada: Person, grace: Person):
    told = await proposed(ada, grace)
    path = f"/proposals/{told['card']['id']}"
    about = {"kind": "line", "side": "source", "path": "box.py", "line": 3}
    thread = await act(ada, "POST", f"{path}/threads", 201, words="Why?", about=about)
    assert thread["anchor"]["text"] == THEIRS
    place = {"kind": "place", "side": "merged", "point": [1.5, 0, 5], "normal": [0, 0, 1], "parameters": {"width": "9"}}
    spot = await act(grace, "POST", f"{path}/threads", 201, words="Here", about=place)
    await act(grace, "POST", f"/threads/{thread['id']}/comments", 201, words="It must pass the door.")
    comment = thread["comments"][0]["id"]
    edited = await act(ada, "PUT", f"/comments/{comment}", words="Why so narrow?")
    assert [each["words"] for each in edited["earlier"]] == ["Why?"]
    await act(grace, "DELETE", f"/comments/{comment}", 403)
    gone = await act(ada, "DELETE", f"/comments/{comment}")
    assert (gone["words"], gone["earlier"], gone["deleted_by"]) == (None, [], "ada")
    assert (await act(ada, "PUT", f"/threads/{thread['id']}/resolved"))["resolved_by"] == "ada"
    moved = box(**{"width = 20.0": f"# The door is 19 mm wide.\n{THEIRS}"})
    await grace.published(version="1.0.1", files=moved)
    await act(grace, "POST", f"{path}/offer", source="grace/box@1.0.1")
    threads = (await act(ada, "GET", f"{path}/threads"))["threads"]
    assert (threads[0]["anchor"]["line"], threads[0]["anchor"]["outdated"]) == (4, False)
    assert (threads[1]["id"], threads[1]["anchor"]["outdated"]) == (spot["id"], True)


async def test_what_cannot_be_offered_is_refused_and_a_newer_proposal_supersedes(ada: Person, grace: Person):
    first = await proposed(ada, grace)
    again = {"source": "grace/box@1.0.0", "target": "ada/box", "title": "Again"}
    assert (await act(grace, "POST", "/proposals", 409, **again))["code"] == "already_offered"
    backwards = again | {"source": "ada/box@1.0.0", "target": "grace/box"}
    assert (await act(ada, "POST", "/proposals", 409, **backwards))["code"] == "nothing_to_offer"
    await grace.published("lid", files=box_files("lid"))
    assert (await act(grace, "POST", "/proposals", 409, **(again | {"source": "grace/lid@1.0.0"})))[
        "code"
    ] == "not_related"
    await grace.published(version="1.0.1", files=box(**{"width = 20.0": "width = 19.0"}))
    second = await offered(grace, "grace/box@1.0.1")
    old = await act(ada, "GET", f"/proposals/{first['card']['id']}")
    assert (old["card"]["state"], old["ending"]["superseded_by"]) == ("superseded", second["card"]["id"])
    listed = await act(ada, "GET", "/proposals?target=ada/box&open=true")
    assert [card["label"] for card in listed["proposals"]] == ["ada/box#2"]
    path = f"/proposals/{second['card']['id']}"
    assert (await act(ada, "POST", f"{path}/decline", 422, reason=" "))["code"] == "words_missing"
    await act(grace, "POST", f"{path}/decline", 403, reason="no")
    told = await act(ada, "POST", f"{path}/decline", reason="It no longer fits the shelf.")
    assert (told["card"]["state"], told["ending"]["reason"]) == ("declined", "It no longer fits the shelf.")
    assert (await act(grace, "GET", "/designs/grace/box/versions/1.0.1"))["version"] == "1.0.1"


async def test_a_stranger_puts_nothing_in_the_place_of_anothers_proposal(
    registry: Registry, ada: Person, grace: Person
):
    told = await proposed(ada, grace)
    await grace.published(version="1.0.1", files=box(**{"width = 20.0": "width = 19.0"}))
    await offered(await registry.person("alan"), "grace/box@1.0.1")
    assert (await act(grace, "GET", f"/proposals/{told['card']['id']}"))["card"]["state"] == "open"


async def test_a_preview_in_between_excuses_no_broken_promise(ada: Person):
    files = box_files()
    narrower = files | {"design.toml": files["design.toml"].replace("max = 100\n\n[presets", "max = 50\n\n[presets")}
    assert narrower != files
    await ada.published(files=files)
    await ada.published(version="1.1.0-rc.1", files=narrower)
    told = await ada.publish(version="1.1.0", files=narrower)
    assert (told.status_code, told.json()["code"]) == (409, "step_too_small")
    await ada.published(version="2.0.0", files=narrower)


@pytest.mark.parametrize("path", ["/proposals/prp_no", "/proposals/prp_no/threads", "/proposals/prp_no/changes"])
async def test_what_is_not_there_is_said(ada: Person, path: str):
    assert (await act(ada, "GET", path, 404))["code"] == "no_proposal"


async def test_a_check_whose_worker_died_is_taken_up_by_another(registry: Registry, ada: Person, grace: Person):
    await proposed(ada, grace)
    db, lease = registry.parts.db, timedelta(seconds=15)

    async def taken(worker: str) -> checks.OpenCheck | None:
        return await db.write(lambda c: checks.take_next(c, worker, database_now(c), lease, due=database_now(c)))

    first = await taken("one")
    assert first is not None
    assert await taken("two") is None, "it is held"
    await db.write(lambda c: store.free_checks_of(c, "one"))
    second = await taken("two")
    assert second is not None
    assert (second.merge, second.tries) == (first.merge, 2)
    assert not await db.write(lambda c: store.release_check(c, first.merge, "one")), "it is no longer the first one's"
