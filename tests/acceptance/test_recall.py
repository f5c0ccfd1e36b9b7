"""A recall reaches a real agent within a minute: what waits never starts, what runs is told to its people."""

import asyncio
import json
import time
from pathlib import Path

import httpx
import pytest

from designs.checkpoints import parse_log_key
from designs.provenance import parse_bundle
from designs.proving import Grade, prove
from fabnode.client import Registry
from fabnode.config import TrustSettings
from fabnode.home import Home
from fabnode.protocol import ArtifactRef, ClaimedJob
from fabnode.provenance import Guard, Untrusted
from tests.acceptance.workshop import BRISK, MACHINE, Workshop

WITHIN_SECONDS = 60
REASON = {"reason": "The tag's edge cuts"}


def recall(workshop: Workshop, version: str) -> float:
    """Recall it; when it was answered."""
    told = workshop.ask("ada", "POST", f"/designs/ada/tag/versions/{version}/recall", REASON)
    assert told["version"] == f"ada/tag@{version}"
    return time.monotonic()


async def check(workshop: Workshop, order: str, folder: Path) -> None:
    """What an agent with `[trust] require = "registry"` says of the job of an order, by the registry's own proofs."""
    bundle = parse_bundle(json.dumps(workshop.ask("ben", "GET", f"/orders/{order}/provenance")))
    assert bundle.build is not None
    trusted = tuple(map(parse_log_key, bundle.log_keys))
    made = min(prove(bundle, trusted).artifacts)
    job = ClaimedJob(
        job="job", attempt="attempt", epoch=1, lease_seconds=60, machine="m", order=order, material="PLA",
        design=bundle.version, snapshot=bundle.snapshot_sha256, recipe=workshop.order(order)["build"],
        artifacts=(ArtifactRef(name="model.3mf", sha256=made, size=1),),
    )  # fmt: skip
    async with Registry(workshop.registry.url) as registry:
        await Guard(TrustSettings(require="registry"), Home(folder), registry).check(job)


def test_what_lies_ready_at_the_machine_is_never_started(workshop: Workshop, tmp_path: Path) -> None:
    workshop.publish("1.1.0")
    staged = workshop.place_order("ada/tag@1.1.0", length=11)
    workshop.until_state(staged, "awaiting_operator")
    queued = workshop.place_order("ada/tag@1.1.0", length=12)
    workshop.until(lambda: workshop.order(queued)["jobs"][0]["state"] == "queued", "the second order to wait")
    began = recall(workshop, "1.1.0")
    for order in (staged, queued):
        job = workshop.order(order)["jobs"][0]
        assert (job["state"], job["reason"]) == ("cancelled", f"recalled for safety: {REASON['reason']}")
    workshop.until_state(staged, "cancelled")
    assert time.monotonic() - began < WITHIN_SECONDS
    attempt = workshop.attempts(staged)[-1]["id"]
    assert (workshop.starts_of(attempt), workshop.attempts(queued)) == (0, [])
    workshop.agent.clear_bed(MACHINE)
    after = workshop.place_order(length=13)
    workshop.tend(after)
    assert workshop.starts_of(attempt) == 0
    asyncio.run(check(workshop, after, tmp_path))
    with pytest.raises(Untrusted, match=REASON["reason"]):
        asyncio.run(check(workshop, staged, tmp_path))


def test_a_print_that_runs_is_told_of_and_not_cut_and_its_chain_is_proved(workshop: Workshop) -> None:
    workshop.publish("1.2.0")
    order = workshop.place_order("ada/tag@1.2.0", length=9)
    workshop.until_state(order, "awaiting_operator")
    workshop.octoprint.set_pace(speed=BRISK, command_interval_s=0.05)
    workshop.agent.clear_bed(MACHINE)
    workshop.until(lambda: workshop.attempts(order)[-1]["state"] == "printing", "the registry to hear of the print")
    began = recall(workshop, "1.2.0")

    def is_told() -> bool:
        return any(line.get("recalled") == REASON["reason"] for line in workshop.lines() if line["order"] == order)

    workshop.until(is_told, "the operator to be told")
    assert time.monotonic() - began < WITHIN_SECONDS
    assert workshop.octoprint.state_text() == "Printing"
    workshop.octoprint.set_pace(speed=BRISK)
    workshop.until_state(order, "finished_unverified")
    workshop.tend(order)
    bundle = parse_bundle(json.dumps(workshop.ask("ben", "GET", f"/orders/{order}/provenance")))
    keys = httpx.get(f"{workshop.registry.url}/api/v1/log/checkpoint", trust_env=False).json()["keys"]
    proof = prove(bundle, tuple(map(parse_log_key, keys)))
    grades = {one.step: one.grade for one in proof.findings}
    assert grades == {
        "log": Grade.PROVED,
        "published": Grade.PROVED,
        "recall": Grade.REFUTED,
        "signature": Grade.MISSING,
        "recipe": Grade.PROVED,
        "artifacts": Grade.PROVED,
        "gcode": Grade.TOLD,
    }
    assert bundle.makes[0].model_sha256 in proof.artifacts
