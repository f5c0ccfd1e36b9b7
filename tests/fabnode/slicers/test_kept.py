"""What was sliced is kept: for equal requests alone, verified, bounded, and made once however many want it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from designs.digest import digest_file
from fabnode.protocol import Envelope, PrintHints
from fabnode.slicers.interface import Sliced, SliceError, SliceProblem, SliceRequest
from fabnode.slicers.kept import KeptSlicer, SliceCache, request_key
from fabnode.slicers.profiles import load_material, load_profile, load_quality
from tests.fabnode.conftest import box_stl


@dataclass
class CountingSlicer:
    """Writes what it was asked for, when it is let."""

    name: str = "PaperSlicer 1"
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[SliceRequest] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    length: int = 1000

    async def version(self) -> str:
        return self.name

    async def slice(self, request: SliceRequest) -> Sliced:
        self.asked.append(request)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.go_on.wait()
            if request.model.read_bytes() == b"bad":
                raise SliceError(SliceProblem.EMPTY, "nothing is left")
            request.into.mkdir(parents=True, exist_ok=True)
            gcode = request.into / "out.gcode"
            gcode.write_bytes(request.model.read_bytes().ljust(self.length, b"\n"))
            return Sliced(gcode, self.name, 60.0, 1.5, 500.0, 12, request.copies)
        finally:
            self.at_once -= 1


@dataclass
class Shop:
    """A slicer behind a cache, and requests to it."""

    folder: Path
    slicer: CountingSlicer
    kept: KeptSlicer
    plain: SliceRequest

    def request(self, number: int, **changed: object) -> SliceRequest:
        return replace(self.plain, into=self.folder / f"work{number}", **changed)  # type: ignore[arg-type]

    def files(self) -> list[Path]:
        return sorted((self.folder / "slices").glob("*.gcode"))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path)


def make_shop(folder: Path, max_bytes: int = 1 << 20) -> Shop:
    model = folder / "model.stl"
    model.write_bytes(box_stl(1, 2, 3))
    slicer = CountingSlicer()
    slicer.go_on.set()
    plain = SliceRequest(model, load_profile("generic"), load_material("PLA"), PrintHints(), folder / "work")
    return Shop(folder, slicer, KeptSlicer(slicer, SliceCache(folder / "slices", max_bytes)), plain)


async def test_an_equal_request_is_answered_from_what_is_kept(shop: Shop) -> None:
    made = await shop.kept.slice(shop.request(1, copies=3))
    again = await shop.kept.slice(shop.request(2, copies=3))
    assert len(shop.slicer.asked) == 1
    assert again == replace(made, gcode=shop.folder / "work2" / "out.gcode")
    assert digest_file(again.gcode) == digest_file(made.gcode)


async def test_it_is_kept_beyond_the_agents_life(shop: Shop) -> None:
    await shop.kept.slice(shop.request(1))
    await make_shop(shop.folder).kept.slice(shop.request(2))
    assert len(shop.files()) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda request: replace(request, copies=2),
        lambda request: replace(request, hints=PrintHints(infill_percent=40)),
        lambda request: replace(request, material=load_material("PETG")),
        lambda request: replace(request, profile=load_profile("prusa-mk4")),
        lambda request: replace(request, profile=request.profile.with_nozzle(0.6)),
        lambda request: replace(request, profile=request.profile.with_quality("fine")),
        lambda request: replace(request, quality=load_quality("draft")),
        lambda request: replace(request, profile=request.profile.within(Envelope(x=100, y=100, z=50))),
    ],
)
def test_whatever_changes_the_gcode_changes_the_key(shop: Shop, change: Callable[[SliceRequest], SliceRequest]) -> None:
    assert request_key(change(shop.plain), "PaperSlicer 1") != request_key(shop.plain, "PaperSlicer 1")


def test_another_model_or_slicer_has_another_key_and_another_folder_has_not(shop: Shop) -> None:
    key = request_key(shop.plain, "PaperSlicer 1")
    assert request_key(shop.plain, "PaperSlicer 2") != key
    assert request_key(shop.request(7), "PaperSlicer 1") == key
    titled = replace(shop.plain, profile=replace(shop.plain.profile, title="Another of the same"))
    assert request_key(titled, "PaperSlicer 1") == key, "machines with equal profiles share"
    shop.plain.model.write_bytes(box_stl(1, 2, 4))
    assert request_key(shop.plain, "PaperSlicer 1") != key


async def test_many_who_want_the_same_wait_for_one(shop: Shop) -> None:
    shop.slicer.go_on.clear()
    wanted = [asyncio.create_task(shop.kept.slice(shop.request(number))) for number in range(8)]
    async with asyncio.timeout(5):
        while not shop.slicer.asked:
            await asyncio.sleep(0)
    shop.slicer.go_on.set()
    sliced = await asyncio.gather(*wanted)
    assert len(shop.slicer.asked) == 1
    assert len({digest_file(one.gcode) for one in sliced}) == 1
    assert len({one.gcode for one in sliced}) == 8


async def test_different_ones_are_sliced_one_after_the_other(shop: Shop) -> None:
    await asyncio.gather(*(shop.kept.slice(shop.request(number, copies=number)) for number in range(1, 6)))
    assert len(shop.slicer.asked) == 5
    assert shop.slicer.most_at_once == 1


async def test_who_gives_up_leaves_the_others_to_slice(shop: Shop) -> None:
    shop.slicer.go_on.clear()
    first = asyncio.create_task(shop.kept.slice(shop.request(1)))
    async with asyncio.timeout(5):
        while not shop.slicer.asked:
            await asyncio.sleep(0)
    second = asyncio.create_task(shop.kept.slice(shop.request(2)))
    first.cancel()
    shop.slicer.go_on.set()
    assert (await second).gcode.is_file()
    assert len(shop.slicer.asked) == 2


async def test_a_failure_is_not_kept(shop: Shop) -> None:
    shop.plain.model.write_bytes(b"bad")
    for number in (1, 2):
        with pytest.raises(SliceError, match="nothing is left"):
            await shop.kept.slice(shop.request(number))
    assert len(shop.slicer.asked) == 2
    assert shop.files() == []


@pytest.mark.parametrize("harm", ["changed", "shorter", "gone", "unreadable"])
async def test_what_has_changed_on_the_disk_is_made_anew(shop: Shop, harm: str) -> None:
    made = await shop.kept.slice(shop.request(1))
    (kept,) = shop.files()
    if harm == "gone":
        kept.unlink()
    elif harm == "unreadable":
        kept.with_suffix(".json").write_text("{")
    else:
        kept.write_bytes(b"G1 X999" if harm == "changed" else kept.read_bytes()[:-1])
    again = await shop.kept.slice(shop.request(2))
    assert len(shop.slicer.asked) == 2
    assert digest_file(again.gcode) == digest_file(made.gcode)
    await shop.kept.slice(shop.request(3))
    assert len(shop.slicer.asked) == 2


async def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, max_bytes=3500)
    for copies in (1, 2, 3, 1, 4):
        await shop.kept.slice(shop.request(copies, copies=copies))
    assert len(shop.slicer.asked) == 4
    assert sum(path.stat().st_size for path in shop.files()) <= 3500
    await shop.kept.slice(shop.request(1, copies=1))
    assert len(shop.slicer.asked) == 4, "it was used in between"
    await shop.kept.slice(shop.request(2, copies=2))
    assert len(shop.slicer.asked) == 5


async def test_what_is_larger_than_the_cache_is_sliced_and_not_kept(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, max_bytes=100)
    assert (await shop.kept.slice(shop.request(1))).gcode.stat().st_size == 1000
    assert shop.files() == []


async def test_what_a_killed_agent_left_half_written_goes(tmp_path: Path) -> None:
    (tmp_path / "slices").mkdir()
    (tmp_path / "slices" / "abc.part").write_bytes(bytes(1000))
    make_shop(tmp_path)
    assert list((tmp_path / "slices").iterdir()) == []


async def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "slices").write_text("a file stands where the folder should be")
    shop = make_shop(tmp_path)
    assert (await shop.kept.slice(shop.request(1))).gcode.is_file()
