"""The node protocol over real HTTP: what each kind of bad answer is called."""

import time
from collections.abc import AsyncIterator

import pytest

from fabnode import protocol as p
from fabnode.client import Registry, RegistryConfused, RegistryError, RegistryRefused, RegistryUnreachable, check_url
from fabnode.retry import Backoff
from tests.simulators.registry import Fault, SimulatedRegistry

CARD = p.MachineCard(
    key="m1", name="One", model="MK4", driver="virtual", envelope=p.Envelope(x=250, y=210, z=220),
    materials=(p.LoadedMaterial(material="PLA"),),
)  # fmt: skip


@pytest.fixture
async def simulator() -> AsyncIterator[SimulatedRegistry]:
    async with SimulatedRegistry() as simulator:
        yield simulator


@pytest.fixture
async def registry(simulator: SimulatedRegistry) -> AsyncIterator[Registry]:
    async with Registry(simulator.url) as stranger:
        enrolled = await stranger.enrol(p.Enrol(code="code-1", name="lab", software="test"))
    async with Registry(simulator.url, enrolled.token, timeout_seconds=5) as registry:
        await registry.announce(p.Announce(software="test", machines=(CARD,)))
        yield registry


async def test_a_code_enrols_once(simulator: SimulatedRegistry) -> None:
    async with Registry(simulator.url) as stranger:
        enrolled = await stranger.enrol(p.Enrol(code="code-1", name="lab", software="test"))
        assert enrolled.facility_name == "The lab"
        with pytest.raises(RegistryRefused, match=r"403, unknown_code\): this enrolment code") as refused:
            await stranger.enrol(p.Enrol(code="code-1", name="lab", software="test"))
    assert not refused.value.credentials


async def test_a_claim_whose_answer_was_lost_is_asked_again_under_its_key(
    simulator: SimulatedRegistry, registry: Registry
) -> None:
    await simulator.order()
    claim = p.Claim(idempotency_key="k1", machines=("m1",), wait_seconds=1)
    simulator.misbehave("/node/claim", Fault.LOSE_ANSWER)
    with pytest.raises(RegistryUnreachable):
        await registry.claim(claim)
    job = await registry.claim(claim)
    assert job
    assert job.epoch == 1
    assert len(simulator.attempts) == 1


async def test_a_claim_without_work_comes_back_empty_after_the_hold(registry: Registry) -> None:
    before = time.monotonic()
    assert await registry.claim(p.Claim(idempotency_key="k2", machines=("m1",), wait_seconds=0.2)) is None
    assert time.monotonic() - before < 5


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.FAIL, RegistryUnreachable),
        (Fault.LOSE_REQUEST, RegistryUnreachable),
        (Fault.LOSE_ANSWER, RegistryUnreachable),
        (Fault.NONSENSE, RegistryConfused),
    ],
)
async def test_bad_answers_have_their_names(
    simulator: SimulatedRegistry, registry: Registry, fault: Fault, error: type[RegistryError]
) -> None:
    simulator.misbehave("/node/heartbeat", fault)
    with pytest.raises(error):
        await registry.heartbeat(p.Heartbeat(machines=()))
    assert (await registry.heartbeat(p.Heartbeat(machines=()))).leases == ()


async def test_an_unknown_token_is_a_matter_of_credentials(simulator: SimulatedRegistry) -> None:
    async with Registry(simulator.url, "stolen") as registry:
        with pytest.raises(RegistryRefused) as refused:
            await registry.heartbeat(p.Heartbeat(machines=()))
    assert refused.value.credentials


async def test_another_server_is_not_taken_for_a_registry(simulator: SimulatedRegistry) -> None:
    async with Registry(simulator.url + "/elsewhere", "x") as registry:
        with pytest.raises(RegistryConfused, match="is it a Cofab registry"):
            await registry.heartbeat(p.Heartbeat(machines=()))


async def test_nobody_there_is_said_with_the_address() -> None:
    async with Registry("http://127.0.0.1:9", "x", timeout_seconds=2) as registry:
        with pytest.raises(RegistryUnreachable, match=r"http://127\.0\.0\.1:9 cannot be reached"):
            await registry.heartbeat(p.Heartbeat(machines=()))


@pytest.mark.parametrize(
    ("given", "kept"),
    [("cofab.example.org", "https://cofab.example.org"), ("http://10.0.0.2:8440/", "http://10.0.0.2:8440")],
)
def test_addresses_are_kept_in_one_form(given: str, kept: str) -> None:
    assert check_url(given) == kept


@pytest.mark.parametrize("given", ["", "ftp://x", "https://", "https://u:p@x", "https://x?y=1"])
def test_what_is_no_address_is_said(given: str) -> None:
    with pytest.raises(RegistryError, match="address"):
        check_url(given)


def test_waiting_grows_is_bounded_and_spread() -> None:
    backoff = Backoff(1, 60)
    assert [backoff.after(n, 0.999999) for n in (1, 2, 3, 50)] == pytest.approx([1, 2, 4, 60], rel=1e-4)
    assert backoff.after(3, 0.0) == 2.0
