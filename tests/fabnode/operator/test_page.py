"""The local page: who may ask, what it shows, and what its buttons do."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest

from fabnode.agent import Agent
from fabnode.config import OperatorSettings
from fabnode.home import OperatorAddress
from fabnode.operator.cards import duration
from fabnode.operator.markup import Html, html
from fabnode.operator.server import CannotListen, serving
from printers.virtual import Faults, VirtualMachine
from tests.fabnode.conftest import Lab
from tests.simulators.registry import SimulatedRegistry


class Visit:
    """A browser on the page, the agent and its registry behind it."""

    def __init__(self, agent: Agent, address: OperatorAddress, session: aiohttp.ClientSession) -> None:
        self.agent = agent
        self.address = address
        self.session = session
        self.forms = "/"
        """The page whose forms are sent."""

    async def text(self, path: str = "/") -> str:
        async with self.session.get(self.address.url + path) as answer:
            assert answer.status == 200
            return await answer.text()

    async def press(self, action: str, headers: dict[str, str] | None = None, **fields: str) -> tuple[int, str]:
        token = re.search(r'name="token" value="([^"]+)"', await self.text(self.forms))
        form = {"token": token[1] if token else "", **fields}
        async with self.session.post(self.address.url + action, data=form, headers=headers) as answer:
            return answer.status, await answer.text()

    async def until(self, words: str) -> str:
        async with asyncio.timeout(20):
            while words not in (page := await self.text()):
                await asyncio.sleep(0.05)
            return page


@pytest.fixture
async def simulator(lab: Lab) -> AsyncIterator[SimulatedRegistry]:
    async with SimulatedRegistry() as simulator:
        lab.enrol(simulator)
        yield simulator


@asynccontextmanager
async def visiting(agent: Agent) -> AsyncIterator[Visit]:
    running = asyncio.create_task(agent.run())
    async with serving(agent, agent.config.operator) as address, aiohttp.ClientSession() as session:
        yield Visit(agent, address, session)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@pytest.fixture
async def visit(lab: Lab, simulator: SimulatedRegistry) -> AsyncIterator[Visit]:
    async with visiting(Agent(lab.home, lab.config("m1"), lab.home.identity())) as visit:
        yield visit


async def test_the_whole_round_by_its_buttons(visit: Visit, simulator: SimulatedRegistry, cube: bytes) -> None:
    await simulator.order(simulator.blob(cube))
    page = await visit.until("the bed has to be cleared")
    assert "ada/cube@1.0.0" in page
    assert "bed not known" in page
    status, shown = await visit.press("/machines/m1/bed-clear")
    assert (status, "Machines" in shown) == (200, True)
    page = await visit.until("Look at the part")
    assert "Its source, to give along with the part: https://cofab.example/&lt;b&gt;cube&lt;/b&gt;/source.zip" in page
    attempt = re.search(r'action="/attempts/([^/]+)/verdict"', page)
    assert attempt
    await visit.press(f"/attempts/{attempt[1]}/verdict", verdict="scrap", reason="<b>warped</b>")
    page = await visit.until("Done lately")
    assert "scrapped by the operator: &lt;b&gt;warped&lt;/b&gt;" in page
    assert "bed occupied" in page


async def test_a_plate_is_paused_let_go_on_and_judged_copy_by_copy(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube), copies=4)
    async with visiting(Agent(lab.home, lab.config("m1", print_seconds=3), lab.home.identity())) as visit:
        await visit.until("the bed has to be cleared")
        await visit.press("/machines/m1/bed-clear")
        attempt = job.attempts[0]
        await visit.until("Pause</button>")
        status, words = await visit.press(f"/attempts/{attempt}/resume")
        assert (status, "only a paused print can go on" in words) == (409, True)
        await visit.press(f"/attempts/{attempt}/pause")
        await visit.until("Go on</button>")
        await visit.press(f"/attempts/{attempt}/resume")
        page = await visit.until("Look at the 4 parts")
        assert "4 copies on one plate" in page
        status, words = await visit.press(f"/attempts/{attempt}/verdict", verdict="good", good_copies="5")
        assert (status, "the plate holds 4 copies: 5 of them cannot be good" in words) == (409, True)
        await visit.press(f"/attempts/{attempt}/verdict", verdict="good", good_copies="3")
        await visit.until("3 of 4 copies accepted by the operator")
        await simulator.until(lambda: "good" in simulator.told(attempt))
    assert simulator.attempts[attempt].reports[-1].good_copies == 3
    assert simulator.told(attempt).count("paused") == 1


async def test_an_uncertain_attempt_is_shown_with_its_evidence_and_settled(
    visit: Visit, simulator: SimulatedRegistry, lab: Lab, cube: bytes
) -> None:
    VirtualMachine(lab.machine("m1")).inject(Faults(unreachable=("start",)))
    job = await simulator.order(simulator.blob(cube))
    await visit.until("the bed has to be cleared")
    await visit.press("/machines/m1/bed-clear")
    page = await visit.until("What do you find on the machine?")
    assert "it counts 0 starts; no run of it is recorded as ended" in page
    status, words = await visit.press("/machines/m1/bed-clear")
    assert status == 409
    assert "settle it first" in words
    await visit.press(f"/attempts/{job.attempts[0]}/settle", verdict="not-started")
    await visit.until("the machine never began it")


async def test_a_page_that_is_not_ours_cannot_press_a_button(visit: Visit) -> None:
    await visit.until("bed not known")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        status, words = await visit.press("/machines/m1/bed-clear", headers)
        assert (status, "sent from another page" in words) == (403, True)
    status, words = await visit.press("/machines/m1/bed-clear", token="guessed")
    assert (status, "out of date" in words) == (403, True)
    assert "bed not known" in await visit.text()


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1:1", "127.0.0.1.evil.example:{port}"]
)
async def test_another_name_for_this_address_is_not_answered(visit: Visit, host: str) -> None:
    port = visit.address.url.rpartition(":")[2]
    for path in ("/", "/now", "/api/status", "/static/style.css"):
        headers = {"Host": host.format(port=port), "Authorization": f"Bearer {visit.address.key}"}
        async with visit.session.get(visit.address.url + path, headers=headers) as answer:
            assert answer.status == 421


async def test_the_json_side_wants_the_key(visit: Visit) -> None:
    for key in ("", "Bearer", "Bearer wrong"):
        async with visit.session.get(visit.address.url + "/api/status", headers={"Authorization": key}) as answer:
            assert answer.status == 401
    headers = {"Authorization": f"Bearer {visit.address.key}"}
    async with visit.session.get(visit.address.url + "/api/status", headers=headers) as answer:
        assert (await answer.json())["machines"][0]["key"] == "m1"
    url = visit.address.url + "/api/attempts/nothing/verdict"
    async with visit.session.post(url, headers=headers, json={"verdict": "good"}) as answer:
        assert (answer.status, "no attempt 'nothing'" in (await answer.json())["error"]) == (404, True)
    async with visit.session.post(url, headers=headers, data=b"nonsense") as answer:
        assert answer.status == 422
    async with visit.session.post(url, headers=headers, data=b"x" * 100_000) as answer:
        assert answer.status == 413


async def test_every_answer_carries_the_guards(visit: Visit) -> None:
    for path in ("/", "/now", "/missing", "/static/style.css"):
        async with visit.session.get(visit.address.url + path) as answer:
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_taken_port_is_said_with_what_to_do(visit: Visit) -> None:
    port = int(visit.address.url.rpartition(":")[2])
    with pytest.raises(CannotListen, match=r"set another \[operator\] port"):
        async with serving(visit.agent, OperatorSettings(port=port)):
            pass


def test_values_are_escaped_and_markup_is_not() -> None:
    assert html("<p>{a}{b}{c}</p>", a="<&>", b=Html("<i>"), c=None) == "<p>&lt;&amp;&gt;<i></p>"


@pytest.mark.parametrize(("seconds", "words"), [(5, "5 s"), (720, "12 min"), (3900, "1 h 5 min")])
def test_durations_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


MANY = 30


@pytest.fixture
async def hall(lab: Lab, simulator: SimulatedRegistry) -> AsyncIterator[Visit]:
    care = 'maintenance = [{ what = "belts", every_days = 90 }]'
    config = lab.config(*(f"m{number:02}" for number in range(MANY)), more=care)
    async with visiting(Agent(lab.home, config, lab.home.identity())) as visit:
        yield visit


async def test_many_machines_are_rows_and_those_that_need_somebody_cards_before_them(
    hall: Visit, simulator: SimulatedRegistry, cube: bytes
) -> None:
    await simulator.order(simulator.blob(cube), machines=("m17",))
    page = await hall.until("1 needs somebody")
    assert page.count('<li class="row"') == MANY - 1
    assert page.index('id="machine-m17"') < page.index('id="machine-m00"')
    needy = await hall.text("/?show=needs")
    assert ('id="machine-m17"' in needy, 'id="machine-m00"' in needy) == (True, False)
    ready = await hall.text("/now?show=ready")
    assert ('id="machine-m17"' in ready, 'id="machine-m00"' in ready) == (False, True)
    assert 'aria-current="page">all 30' in await hall.text("/?show=nonsense")
    assert "No machine is like that now" in await hall.text("/?show=offline")


async def test_a_machines_own_page_loads_fits_and_cares(hall: Visit) -> None:
    hall.forms = "/machines/m03"
    assert "belts: 0 of 90 days" in await hall.text("/machines/m03")
    form = {"material": "PLA", "grams": "640", "colour": "black", "name": "<b>Prusament</b>"}
    assert (await hall.press("/spools", **form))[0] == 200
    page = await hall.text("/machines/m03")
    assert "1: PLA black &lt;b&gt;Prusament&lt;/b&gt;, 640 g" in page
    status, _ = await hall.press("/machines/m03/outfit/load", spool="1", by="ada")
    assert status == 200
    page = await hall.text("/machines/m03")
    assert "PLA black, 640 g left" in page
    assert "PLA black from spool 1, said by ada" in page
    status, words = await hall.press("/machines/m03/outfit/load", material="moon dust")
    assert (status, "moon dust" in words) == (409, True)
    status, words = await hall.press("/machines/m03/outfit/fit", nozzle_mm="9")
    assert status == 422
    assert (await hall.press("/machines/m03/outfit/done", what="belts"))[0] == 200
    async with hall.session.get(f"{hall.address.url}/machines/m99") as answer:
        assert answer.status == 404
    async with hall.session.post(f"{hall.address.url}/machines/m03/outfit/unload", data={"token": "x"}) as answer:
        assert answer.status == 403
    assert "said by ada" in await hall.text("/machines/m03")


async def test_a_picture_is_shown_beside_its_part(
    visit: Visit, simulator: SimulatedRegistry, lab: Lab, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube))
    await visit.until("the bed has to be cleared")
    await visit.press("/machines/m1/bed-clear")
    await visit.until("Look at the part")
    (attempt,) = job.attempts
    held = await visit.agent._ledger.attempt(attempt)
    folder = lab.home.snapshots / held.attempt.file.removesuffix(".gcode")
    folder.mkdir(parents=True)
    (folder / "end.jpg").write_bytes(b"\xff\xd8\xffpicture")
    assert f'src="/pictures/{attempt}/end"' in await visit.text()
    async with visit.session.get(f"{visit.address.url}/pictures/{attempt}/end") as answer:
        assert (answer.headers["Content-Type"], await answer.read()) == ("image/jpeg", b"\xff\xd8\xffpicture")
    for path in (f"/pictures/{attempt}/start", "/pictures/none/end", f"/pictures/{attempt}/..%2fabout"):
        async with visit.session.get(visit.address.url + path) as answer:
            assert answer.status == 404
