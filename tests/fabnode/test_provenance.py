"""What a hostile registry, a hostile mirror, and thieves of tokens and keys would do: the agent makes nothing of it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from designs.checkpoints import Checkpoint, sign_checkpoint
from designs.digest import Digest, digest_bytes
from designs.signing import sign_statement, succession_statement
from designs.signing_keys import new_key
from fabnode import protocol as p
from fabnode.client import Registry
from fabnode.config import TrustSettings, parse_config
from fabnode.errors import FabnodeError
from fabnode.events import AcceptedGood
from fabnode.home import Home
from fabnode.operator.summary import summarise
from fabnode.protocol import ArtifactRef, ClaimedJob
from fabnode.provenance import Guard, NotProvedNow, Untrusted, guard_for
from tests.fabnode.conftest import Lab
from tests.fabnode.test_agent import eventually, running, starts, told
from tests.fabnode.test_lying_registry import IMPATIENT
from tests.simulators.registry import SimulatedRegistry
from tests.simulators.signed_log import ORIGIN, ProvingRegistry, SignedLog

MODEL = digest_bytes(b"model")
SNAPSHOT = digest_bytes(b"snapshot")
VERSION = "ada/cube@1.0.0"


@pytest.fixture
def registry() -> ProvingRegistry:
    return ProvingRegistry(VERSION, SNAPSHOT, {"snapshot": SNAPSHOT, "engine": "e"}, {"model.3mf": MODEL})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def guard(home: Home, registry: ProvingRegistry, require: str = "registry", **more: Any) -> Guard:
    return guard_for(TrustSettings.model_validate({"require": require, **more}), home, cast(Registry, registry))


def job(registry: ProvingRegistry, **change: Any) -> ClaimedJob:
    told: dict[str, Any] = {
        "job": "job", "attempt": "attempt", "epoch": 1, "lease_seconds": 60, "machine": "m", "order": "order",
        "design": VERSION, "snapshot": SNAPSHOT, "recipe": registry.digest, "material": "PLA",
        "artifacts": (ArtifactRef(name="model.3mf", sha256=MODEL, size=5),),
    }  # fmt: skip
    return ClaimedJob(**(told | change))


async def refused(guard: Guard, job: ClaimedJob, words: str | None = None) -> None:
    with pytest.raises(Untrusted, match=words):
        await guard.check(job)


async def test_an_honest_registry_is_followed_and_remembered(home: Home, registry: ProvingRegistry) -> None:
    keeper = guard(home, registry)
    await keeper.check(job(registry))
    registry.log.append("order.placed", "x", "ben")
    registry.log.at += timedelta(minutes=1)
    await keeper.check(job(registry))
    assert home.trust.stat().st_mode & 0o777 == 0o600
    assert json.loads(home.trust.read_text())["checkpoint"] == registry.log.checkpoint()


async def test_without_a_policy_nothing_is_asked(home: Home, registry: ProvingRegistry) -> None:
    await guard(home, registry, "none").check(job(registry))
    assert registry.asked == 0
    assert not home.trust.exists()


def _other_content(registry: ProvingRegistry) -> None:
    registry.change["snapshot_sha256"] = "0" * 64


def _other_entry(registry: ProvingRegistry) -> None:
    position = registry.log.append("design.published", "ada/sphere@1.0.0", "ada", snapshot=SNAPSHOT)
    registry.change["published"] = registry.log.entry(position)


def _never_logged(registry: ProvingRegistry) -> None:
    entry = registry.log.entry(registry.published)
    registry.change["published"] = entry.model_copy(update={"leaf": entry.leaf.replace("ada", "eve")})


def _foreign_key(registry: ProvingRegistry) -> None:
    registry.change["checkpoint"] = registry.log.checkpoint(new_key())


def _foreign_builder(registry: ProvingRegistry) -> None:
    mirror = ProvingRegistry(VERSION, SNAPSHOT, registry.recipe, {"model.3mf": MODEL})
    registry.change["build"] = mirror.bundle().build


def _other_recipe(registry: ProvingRegistry) -> None:
    other = {**registry.recipe, "engine": "evil"}
    registry.change["build"] = registry.bundle().build.model_copy(update={"recipe": other})  # type: ignore[union-attr]


def _no_build(registry: ProvingRegistry) -> None:
    registry.change["build"] = None


def _recalled(registry: ProvingRegistry) -> None:
    registry.recalled = registry.log.append("version.recalled", VERSION, "ada", reason="it breaks")


@pytest.mark.parametrize(
    "lie",
    [
        _other_content, _other_entry, _never_logged, _foreign_key, _foreign_builder, _other_recipe, _no_build,
        _recalled,
    ],
)  # fmt: skip
async def test_no_lie_about_a_version_or_its_build_passes(
    home: Home, registry: ProvingRegistry, lie: Callable[[ProvingRegistry], None]
) -> None:
    lie(registry)
    pinned = (registry.log.log_key.text,)
    await refused(guard(home, registry, registry_keys=pinned), job(registry))


@pytest.mark.parametrize(
    "change",
    [
        {"artifacts": (ArtifactRef(name="model.3mf", sha256="f" * 64, size=5),)},
        {"artifacts": ()},
        {"snapshot": "0" * 64},
        {"recipe": "0" * 64},
        {"design": "ada/sphere@1.0.0"},
        {"design": "../../node/claim@1"},
    ],
)
async def test_a_job_that_is_not_what_is_proved_is_refused(
    home: Home, registry: ProvingRegistry, change: dict[str, Any]
) -> None:
    await refused(guard(home, registry), job(registry, **change))


async def test_a_log_that_went_back_is_refused_also_after_a_restart(home: Home, registry: ProvingRegistry) -> None:
    before = registry.log.copy()
    registry.log.append("version.yanked", VERSION, "ada")
    await guard(home, registry).check(job(registry))
    registry.log = before
    await refused(guard(home, registry), job(registry), "it had 2 before")


async def test_an_older_signature_of_the_same_log_is_refused(home: Home, registry: ProvingRegistry) -> None:
    await guard(home, registry).check(job(registry))
    registry.log.at -= timedelta(hours=1)
    await refused(guard(home, registry), job(registry), "was seen")


async def test_a_forked_history_is_refused_for_good_and_the_evidence_is_kept(
    home: Home, registry: ProvingRegistry
) -> None:
    other = registry.log.copy()
    registry.log.append("key.revoked", "ada", "ada", key="x")
    await guard(home, registry).check(job(registry))
    honest, registry.log = registry.log, other
    registry.log.append("order.placed", "order", "ben")
    await refused(guard(home, registry), job(registry), "contradict each other")
    kept = json.loads(home.trust.read_text())
    assert {kept["checkpoint"], kept["evidence"]} == {honest.checkpoint(), registry.log.checkpoint()}
    registry.log = honest
    await refused(guard(home, registry), job(registry), "nothing of this registry is made here")


async def test_a_history_that_is_forked_and_grew_is_refused_too(home: Home, registry: ProvingRegistry) -> None:
    other = registry.log.copy()
    registry.log.append("key.revoked", "ada", "ada", key="x")
    await guard(home, registry).check(job(registry))
    registry.log = other
    for number in range(3):
        registry.log.append("order.placed", f"order {number}", "ben")
    await refused(guard(home, registry), job(registry), "does not continue")


async def test_a_mirror_with_a_key_of_its_own_gets_nothing_made(home: Home, registry: ProvingRegistry) -> None:
    await guard(home, registry).check(job(registry))
    mirror = ProvingRegistry(VERSION, SNAPSHOT, registry.recipe, {"model.3mf": MODEL})
    await refused(guard(home, mirror), job(mirror), "no key that is trusted")


async def test_a_key_that_the_old_one_names_is_followed_and_another_is_not(
    home: Home, registry: ProvingRegistry
) -> None:
    keeper = guard(home, registry)
    await keeper.check(job(registry))
    old, new = registry.log.key, new_key()
    registry.log.key = new
    await refused(keeper, job(registry), "no key that is trusted")
    forged = sign_statement(succession_statement(new.public, new.public, ORIGIN), new)
    registry.change["successions"] = (forged,)
    await refused(keeper, job(registry), "no key that is trusted")
    registry.change["successions"] = (sign_statement(succession_statement(old.public, new.public, ORIGIN), old),)
    await keeper.check(job(registry))
    del registry.change["successions"]
    await guard(home, registry).check(job(registry))


async def test_an_author_is_asked_for_where_the_facility_says_so(home: Home, registry: ProvingRegistry) -> None:
    keeper = guard(home, registry, "author")
    await refused(keeper, job(registry), "signed by no author")
    key = new_key()
    registry.sign("ada", key, registry.register("ada", key))
    await keeper.check(job(registry))
    stranger = guard(home, registry, "author", author_keys=[new_key().public.text])
    await refused(stranger, job(registry), "none of the authors")
    await guard(home, registry, "author", author_keys=[key.public.text]).check(job(registry))


@pytest.mark.parametrize(
    "change", [{"version": "ada/other@1.0.0"}, {"snapshot": Digest("0" * 64)}, {"author": "grace"}]
)
async def test_a_signature_of_something_else_counts_for_nobody(
    home: Home, registry: ProvingRegistry, change: dict[str, Any]
) -> None:
    key = new_key()
    registry.sign("ada", key, registry.register("ada", key), **change)
    await refused(guard(home, registry, "author"), job(registry))


async def test_a_thief_who_can_publish_but_has_no_key_is_refused(home: Home, registry: ProvingRegistry) -> None:
    """With the registry's help: it takes a signature by the thief's key and says that it is Ada's."""
    ada, thief = new_key(), new_key()
    added = registry.register("ada", ada)
    registry.sign("ada", thief, added)
    await refused(guard(home, registry, "author"), job(registry), "not known")
    registry.signatures.clear()
    registry.sign("ada", thief, registry.register("ada", thief))
    pinned = guard(home, registry, "author", author_keys=[ada.public.text])
    await refused(pinned, job(registry), "none of the authors")


async def test_a_stolen_key_counts_up_to_the_theft(home: Home, registry: ProvingRegistry) -> None:
    key = new_key()
    registry.sign("ada", key, registry.register("ada", key))
    registry.revoke("ada", key)
    await guard(home, registry, "author").check(job(registry))
    registry.revoke("ada", key, since=registry.log.at + timedelta(seconds=1))
    await guard(home, registry, "author").check(job(registry))
    registry.revoke("ada", key, since=registry.log.at)
    await refused(guard(home, registry, "author"), job(registry), "strange hands")


async def test_what_is_signed_after_the_revocation_counts_no_more(home: Home, registry: ProvingRegistry) -> None:
    key = new_key()
    added = registry.register("ada", key)
    registry.revoke("ada", key)
    lost = len(registry.log.leaves) - 1
    registry.sign("ada", key, added)
    envelope, signed, _, _ = registry.signatures.pop()
    registry.signatures.append((envelope, signed, added, lost))
    await refused(guard(home, registry, "author"), job(registry), "had been revoked before")


async def test_offline_what_was_proved_is_made_for_a_while_and_nothing_new(
    home: Home, registry: ProvingRegistry
) -> None:
    keeper = guard(home, registry, offline_days=30)
    await keeper.check(job(registry))
    registry.away = True
    await keeper.check(job(registry))
    with pytest.raises(NotProvedNow, match="was not in the last 30 days"):
        await keeper.check(job(registry, recipe="a" * 64))
    told = json.loads(home.trust.read_text())
    told["proved"] = {registry.digest: (datetime.now(UTC) - timedelta(days=31)).isoformat()}
    home.trust.write_text(json.dumps(told))
    with pytest.raises(NotProvedNow, match="nobody is there"):
        await guard(home, registry).check(job(registry))


async def test_a_frozen_mirror_proves_nothing_new(home: Home, registry: ProvingRegistry) -> None:
    registry.log.at -= timedelta(days=3)
    with pytest.raises(NotProvedNow, match="3 days old"):
        await guard(home, registry).check(job(registry))


async def test_a_frozen_mirror_does_not_make_what_was_proved_once_good_for_ever(
    home: Home, registry: ProvingRegistry
) -> None:
    await guard(home, registry).check(job(registry))
    told = json.loads(home.trust.read_text())
    proved = (datetime.now(UTC) - timedelta(days=5)).isoformat()
    home.trust.write_text(json.dumps({**told, "checkpoint": None, "proved": {registry.digest: proved}}))
    registry.log.at -= timedelta(days=3)
    await guard(home, registry, offline_days=30).check(job(registry))
    assert json.loads(home.trust.read_text())["proved"] == {registry.digest: proved}
    with pytest.raises(NotProvedNow, match="was not in the last 4 days"):
        await guard(home, registry, offline_days=4).check(job(registry))


async def test_a_registry_that_withholds_the_consistency_gets_nothing_made(
    home: Home, registry: ProvingRegistry
) -> None:
    keeper = guard(home, registry)
    await keeper.check(job(registry))
    registry.log.append("order.placed", "x", "ben")
    bundle = registry.bundle()

    class Withholding(ProvingRegistry):
        async def consistency(self, first: int, second: int) -> tuple[bytes, ...]:
            return ()

    liar = Withholding(VERSION, SNAPSHOT, registry.recipe, {"model.3mf": MODEL})
    liar.bundle = lambda: bundle  # type: ignore[method-assign]
    await refused(guard(home, liar), job(registry), "too short")
    assert json.loads(home.trust.read_text())["distrusted"] is None


async def test_a_log_of_another_name_is_not_this_log(home: Home, registry: ProvingRegistry) -> None:
    await guard(home, registry).check(job(registry))
    elsewhere = Checkpoint("evil.test/log", len(registry.log.leaves), registry.log.root, registry.log.at)
    registry.change["checkpoint"] = sign_checkpoint(elsewhere, registry.log.key)
    await refused(guard(home, registry), job(registry), "no key that is trusted")


def test_a_damaged_memory_is_not_taken_for_an_empty_one(home: Home, registry: ProvingRegistry) -> None:
    home.trust.write_text("{")
    with pytest.raises(FabnodeError, match="cannot be read"):
        guard(home, registry)


def test_a_pinned_key_that_was_copied_wrongly_is_named(home: Home, registry: ProvingRegistry) -> None:
    text = SignedLog().log_key.text
    with pytest.raises(FabnodeError, match="copied wrongly"):
        guard(home, registry, registry_keys=[text.replace("registry", "regstry")])


def test_the_policy_is_read_from_the_configuration() -> None:
    key = "a" * 64
    config = parse_config(f'[trust]\nrequire = "author"\nauthor_keys = ["{key}"]\noffline_days = 7\n', "fabnode.toml")
    assert (config.trust.require, config.trust.author_keys, config.trust.offline_days) == ("author", (key,), 7)


TRUSTING = IMPATIENT.replace("[operator]", '[trust]\nrequire = "registry"\n[operator]')


async def test_an_agent_prints_what_is_proved_and_begins_nothing_that_is_not(lab: Lab, cube: bytes) -> None:
    """The whole loop: claim, proof over HTTP, print; then the same registry without its proofs."""
    async with SimulatedRegistry() as simulator:
        lab.enrol(simulator)
        model = simulator.blob(cube)
        proofs = ProvingRegistry("ada/cube@1.0.0", Digest("0" * 64), {"snapshot": "0" * 64}, {model.name: model.sha256})
        simulator.proofs = proofs
        first = await simulator.order(model)
        first.template = first.template.model_copy(update={"recipe": proofs.digest})
        async with running(lab, lab.config("m1", agent=TRUSTING)) as agent:
            attempt = await told(simulator, first, "awaiting_operator")
            await agent.clear_bed("m1", "ada")
            await simulator.until(lambda: "finished_unverified" in simulator.told(attempt))
            assert simulator.attempts[attempt].reports[-1].figures is None
            sliced = next(one for one in simulator.attempts[attempt].reports if one.figures is not None)
            assert sliced.figures is not None
            assert sliced.figures.model_sha256 == model.sha256
            await agent.decide(attempt, AcceptedGood("ada"))
            second = await simulator.order(simulator.blob(cube + b"\0" * 50))
            second.template = second.template.model_copy(update={"recipe": proofs.digest})
            await agent.clear_bed("m1", "ada")
            refused = await told(simulator, second, "failed")
            assert "does not sign for" in (simulator.attempts[refused].reports[-1].reason or "")
            simulator.proofs = None
            third = await simulator.order(model)
            unproved = await told(simulator, third, "failed")
            assert simulator.attempts[unproved].reports[-1].retry
        assert simulator.violations == []
    assert starts(lab.machine("m1")) == 1


async def test_a_recall_is_said_loudly_and_cuts_nothing(lab: Lab, cube: bytes) -> None:
    class Recalling(SimulatedRegistry):
        async def _heartbeat(self, message: p.Heartbeat) -> p.HeartbeatReply:
            reply = await super()._heartbeat(message)
            named = [one.attempt for one in message.machines if one.attempt]
            notices = tuple(p.RecallNotice(attempt=one, design=VERSION, reason="it breaks") for one in named)
            return reply.model_copy(update={"recalls": notices})

    async with Recalling() as simulator:
        lab.enrol(simulator)
        job = await simulator.order(simulator.blob(cube))
        async with running(lab, lab.config("m1", print_seconds=1)) as agent:
            attempt = await told(simulator, job, "awaiting_operator")
            await agent.clear_bed("m1", "ada")
            await eventually(lambda: agent.link.recalled == {attempt: "it breaks"})
            await simulator.until(lambda: "finished_unverified" in simulator.told(attempt))
            page = summarise(agent, await agent.overview())
            assert [line.recalled for line in page.to_decide] == ["it breaks"]
        assert simulator.violations == []
    assert starts(lab.machine("m1")) == 1
