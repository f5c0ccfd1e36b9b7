"""The main job, once through: publish, fork, order with changed parameters, build, slice, print, accept."""

from designs.digest import digest_file
from printers.gcode import Box, MachineLimits, judge, material_limits
from tests.acceptance.workshop import Workshop

PURGE_MM = 30


def test_a_fork_is_ordered_with_other_parameters_and_made_once(workshop: Workshop) -> None:
    forked = workshop.ask("ben", "POST", "/designs/ada/tag/versions/1.0.0/fork", {"namespace": "ben"})
    version = forked["version"] if "@" in str(forked["version"]) else f"ben/tag@{forked['version']}"
    order = workshop.place_order(version, length=20.5, hole=4)
    workshop.tend(order)

    placed = workshop.order(order)
    assert placed["parameters"] == {"length": "20.5", "hole": "4"}
    (attempt,) = workshop.attempts(order)
    assert attempt["state"] == "good"
    assert attempt["starts_seen"] == 1 == workshop.starts_of(attempt["id"])
    assert attempt["figures"]["filament_g"] > 0
    workshop.assert_accounted(order)
    for moment in ("start", "end"):
        workshop.until(
            lambda moment=moment: workshop.picture("ben", order, attempt["id"], moment) is not None,
            f"the picture of the {moment}",
        )
    assert (workshop.picture("ben", order, attempt["id"], "end") or b"").startswith(b"\x89PNG")
    assert workshop.picture("fay", order, attempt["id"], "failure") is None

    build = workshop.ask("ben", "GET", f"/builds/{placed['build']}")
    box = build["measurements"]["bounding_box"]
    assert [round(high - low, 3) for low, high in zip(box["min"], box["max"], strict=True)] == [20.5, 8.0, 1.2]

    lineage = workshop.ask("ben", "GET", "/designs/ben/tag/lineage")
    assert any("ada/tag" in str(node) for node in lineage["nodes"])
    kinds = [entry["kind"] for entry in workshop.ask("ben", "GET", "/log?limit=200")["entries"]]
    for kind in ("design.published", "design.forked", "order.placed", "attempt.good"):
        assert kind in kinds


def test_the_file_on_the_machine_is_the_one_that_was_judged(workshop: Workshop) -> None:
    order = workshop.place_order(length=16)
    workshop.until_state(order, "awaiting_operator")
    (uploaded,) = (workshop.octoprint.folder / "uploads").glob("*.gcode")
    on_machine = digest_file(uploaded)
    limits = MachineLimits.for_bed(250, 210, 210, max_nozzle_c=280, max_bed_c=110, purge=Box(0, -4, 0, 120, 0, 1))
    verdict = judge(uploaded, limits, material_limits("PLA"))
    assert verdict.explain() == ""
    assert workshop.octoprint.print_counts().get(uploaded.name) is None

    workshop.tend(order)
    workshop.assert_accounted(order)
    (attempt,) = workshop.attempts(order)
    assert attempt["gcode_sha256"] == on_machine
    assert workshop.octoprint.print_counts()[uploaded.name] == 1
    assert verdict.figures.layers == attempt["figures"]["layers"]
    # The slicer does not count the purge line of its own start sequence.
    assert 0 <= verdict.figures.filament_mm - attempt["figures"]["filament_mm"] < PURGE_MM


def test_several_copies_are_made_one_after_another(workshop: Workshop) -> None:
    order = workshop.place_order(quantity=2, length=10)
    workshop.tend(order)
    attempts = workshop.attempts(order)
    assert [attempt["state"] for attempt in attempts] == ["good", "good"]
    assert [workshop.starts_of(attempt["id"]) for attempt in attempts] == [1, 1]
    workshop.assert_accounted(order)
