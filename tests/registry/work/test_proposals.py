"""Proposals with real builds in the real jail: fork, change, propose, check, accept."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from registry.actions.proposal_reading import read_proposal
from registry.actions.proposal_views import CheckState, MergeState, ProposalState, ProposalView
from registry.core.permissions import Caller, Scope
from registry.ids import DesignName, MemberId, NamespaceName, TokenId, VersionName
from registry.settings import Settings
from registry.store import members
from registry.work import proposing
from registry.work.proposing import Offer
from tests.registry.harness import Person, Registry, box_files, running

DONE_SECONDS = 90


@pytest.fixture
async def workshop(settings: Settings) -> AsyncIterator[Registry]:
    """A registry that builds and checks."""
    async with running(settings.model_copy(update={"build_workers": 1})) as started:
        yield started


async def caller(registry: Registry, person: Person) -> Caller:
    row = await registry.parts.db.read(lambda c: members.member_by_name(c, person.name))
    assert row is not None
    return Caller(
        MemberId(row["id"]),
        person.name,
        admin=False,
        scopes=frozenset(Scope),
        token=TokenId(""),
        session=False,
    )


def box(version: str = "1.0.0", owner: str = "ada") -> VersionName:
    return VersionName(DesignName(NamespaceName(owner), "box"), version)


async def checked(registry: Registry, proposal: str) -> ProposalView:
    """The proposal once its checks are over."""
    with registry.parts.signals.listen(f"proposal:{proposal}") as news:
        async with asyncio.timeout(DONE_SECONDS):
            while True:
                view = await registry.parts.db.read(lambda c: read_proposal(c, proposal))
                if view.checks and not {check.state for check in view.checks} & {CheckState.QUEUED, CheckState.RUNNING}:
                    return view
                await news.wait(1)


async def test_a_fork_is_changed_proposed_checked_and_accepted(workshop: Registry):
    ada, grace = await workshop.person("ada"), await workshop.person("grace")
    await ada.published()
    files = box_files()
    files["box.py"] = files["box.py"].replace("10, height)", "12, height)")
    files["design.toml"] = files["design.toml"].replace("max = 100\n\n[presets", "max = 120\n\n[presets")
    await grace.published(version="1.0.0", files=files, parents=[("forks", "ada/box@1.0.0")])
    wanted = Offer(box(owner="grace"), box().design, "Deeper and higher", "It holds more.")
    view = await proposing.propose(workshop.parts, await caller(workshop, grace), wanted)
    assert (view.card.label, view.merge.state) == ("ada/box#1", MergeState.CLEAN)
    view = await checked(workshop, view.card.id)
    assert {check.name: check.state for check in view.checks} == {
        "builds": CheckState.PASSED,
        "findings": CheckState.WARNED,
        "licence": CheckState.PASSED,
        "interfaces": CheckState.WARNED,
    }
    assert any("corner" in line for line in view.checks[1].lines), "too tall for its foot, as the target never was"
    builds = view.checks[0].builds
    assert [build.label for build in builds[:2]] == ["defaults", "preset flat"]
    assert len({build.build for build in builds}) == len(builds) == 6
    assert (view.acceptance.ready, view.acceptance.smallest_step, view.acceptance.version) == (True, "minor", "1.1.0")
    done = await proposing.accept(workshop.parts, await caller(workshop, ada), view.card.id)
    assert done.card.state is ProposalState.ACCEPTED
    assert done.ending is not None
    assert done.ending.version == box("1.1.0")
    told = (await workshop.visitor.get("/designs/ada/box/versions/1.1.0")).json()
    assert {(parent["kind"], parent["version"]) for parent in told["parents"]} == {
        ("revises", "ada/box@1.0.0"),
        ("merges", "grace/box@1.0.0"),
    }
    assert told["snapshot"] == view.merge.snapshot
    assert told["published_by"] == "ada"
    assert told["contributors"] == ["grace"]
    log = (await workshop.visitor.get("/log?limit=100")).json()
    kinds = [entry["kind"] for entry in log["entries"]]
    assert [kind for kind in kinds if kind.startswith("proposal.")] == [
        "proposal.opened",
        "proposal.checked",
        "proposal.accepted",
    ]
