"""Orders of parts that are cut from a sheet: for which file they wait, which sheet they need, who gets them."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from registry.core.capability import Loaded, Size
from registry.core.orders import OrderState
from registry.ids import BuildId, parse_version_name
from registry.store.builds import add_made
from registry.store.tables.builds import build_artifacts
from registry.store.tables.designs import blobs
from registry.store.tables.orders import jobs
from tests.registry.making.workshop import MANIFEST, MK3S, OrderView, OrderWish, Workshop, digest

PLATE = "ada/plate@2.0.0"
CUT = MANIFEST[: MANIFEST.index("[print]")] + '[print]\nprocess = "laser"\nmaterial = "birch plywood"\ntabs = true\n'
LASER = replace(
    MK3S, key="laser", name="Laser", process="laser", envelope=Size(395, 395, 20), nozzle_mm=None,
    materials=(Loaded("birch plywood", None, 3.1),), profile="diode-laser-400",
)  # fmt: skip
UPRIGHT = (200.0, 3.0, 90.0)
"""Of the model, which stands on its edge."""
SHEET = {
    "code": "sheet", "severity": "info", "message": "", "data": {"thickness_mm": 3.0, "size_mm": [200.0, 90.0]},
}  # fmt: skip


def ordered(workshop: Workshop, thickness_mm: float | None = None) -> OrderView:
    workshop.publish(PLATE, CUT)
    return workshop.order(OrderWish(parse_version_name(PLATE), {}, thickness_mm=thickness_mm))


def give_outline(workshop: Workshop, order: OrderView) -> None:
    content = digest(order.build + "model.dxf")

    def keep(c: sa.Connection) -> None:
        c.execute(sa.insert(blobs).values(sha256=content, size=10, created_at=workshop.now))
        add_made(c, BuildId(order.build), [{"name": "model.dxf", "sha256": content, "size": 10}])

    workshop.write(keep)
    workshop.settle(order.build)


def ready(workshop: Workshop, thickness_mm: float | None = None) -> OrderView:
    order = ordered(workshop, thickness_mm)
    workshop.build_done(order.build, size=UPRIGHT, findings=[SHEET])
    give_outline(workshop, order)
    return workshop.show(order.summary.id)


def test_an_order_waits_for_its_outline_and_not_for_its_mesh(workshop: Workshop) -> None:
    order = ordered(workshop)
    asked = sa.select(build_artifacts.c.name).where(build_artifacts.c.build_id == order.build)
    assert "model.dxf" in workshop.read(lambda c: c.execute(asked).scalars().all())
    workshop.build_done(order.build, size=UPRIGHT, findings=[SHEET])
    assert workshop.show(order.summary.id).summary.state is OrderState.BUILDING
    give_outline(workshop, order)
    assert workshop.show(order.summary.id).summary.state is OrderState.QUEUED


def test_a_job_knows_its_sheet_however_the_model_stands(workshop: Workshop) -> None:
    ready(workshop)
    wanted = sa.select(jobs.c.process, jobs.c.thickness_mm, jobs.c.short_mm, jobs.c.long_mm, jobs.c.high_mm)
    assert workshop.read(lambda c: tuple(c.execute(wanted).one())) == ("laser", 3.0, 90.0, 200.0, 3.0)


def test_a_laser_with_such_a_sheet_gets_the_outline(workshop: Workshop) -> None:
    ready(workshop)
    agent = workshop.agent(MK3S, LASER)
    assert workshop.claim(agent, "mk3s") is None
    at = workshop.must_claim(agent, "laser")
    assert (at.process, at.material, at.thickness_mm, at.print.tabs) == ("laser", "birch plywood", 3.0, True)
    assert "model.dxf" in [artifact.name for artifact in at.artifacts]


@pytest.mark.parametrize(
    "loaded", [Loaded("birch plywood", None, 3.3), Loaded("birch plywood"), Loaded("MDF", None, 3.0)]
)
def test_another_sheet_is_not_cut(workshop: Workshop, loaded: Loaded) -> None:
    ready(workshop)
    agent = workshop.agent(replace(LASER, materials=(loaded,)))
    assert workshop.claim(agent, "laser") is None


def test_an_order_may_ask_for_a_thicker_sheet(workshop: Workshop) -> None:
    ready(workshop, thickness_mm=6.0)
    agent = workshop.agent(LASER, replace(LASER, key="other", materials=(Loaded("birch plywood", None, 6.0),)))
    assert workshop.claim(agent, "laser") is None
    assert workshop.must_claim(agent, "other").thickness_mm == 6.0


def test_a_part_that_is_not_flat_is_not_made(workshop: Workshop) -> None:
    order = ordered(workshop)
    words = "it cannot be cut from a sheet: not flat"
    finding = {"code": "not_flat", "severity": "error", "message": words, "data": {}}
    workshop.build_done(order.build, size=UPRIGHT, findings=[finding])
    workshop.settle(order.build)
    failed = workshop.show(order.summary.id)
    assert failed.summary.state is OrderState.FAILED
    assert failed.summary.reason == f"the built part cannot be made: {words}"
