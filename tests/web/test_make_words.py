"""An analysis in the words of the page."""

import json
from dataclasses import replace

import pytest

from designs.analysis import analyse
from designs.analysis.report import Analysis, Proposal
from designs.making import Making
from registry.web.make_words import MOST_BODIES, MOST_WAYS, make_words
from tests.designs.analysis.meshes import box


@pytest.fixture(scope="module")
def plate() -> Analysis:
    return analyse([("plate", box(30, 30, 2))], Making(), "PLA")


def test_the_proposal_comes_first_and_then_the_way_it_is_drawn(plate: Analysis) -> None:
    proposal = Proposal(1, as_drawn=False, reasons=("needs no supports",))
    body = replace(plate.bodies[0], proposal=proposal)
    words = make_words(replace(plate, bodies=(body,)), 0.4).bodies[0]
    assert [way.proposed for way in words.ways] == [True] + [False] * (len(words.ways) - 1)
    assert [way.name for way in words.ways[:2]] == ["Upside down", "As drawn"]
    assert (words.advice, words.as_drawn) == ("Turn it upside down", False)
    assert len(words.ways) <= MOST_WAYS
    assert len({way.name for way in words.ways}) == len(words.ways)


def test_what_the_script_reads_is_a_body_and_a_rotation(plate: Analysis) -> None:
    way = make_words(plate, 0.4).bodies[0].ways[0]
    assert json.loads(way.turn) == {"body": "plate", "quaternion": [1.0, 0.0, 0.0, 0.0]}


def test_figures_have_units(plate: Analysis) -> None:
    body = make_words(plate, 0.4).bodies[0]
    assert body.walls[0] == ("Thinnest wall", "2 mm")
    drawn = next(way for way in body.ways if way.name == "As drawn")
    assert (drawn.support, drawn.contact, drawn.height) == ("none", "900 mm²", "2 mm")
    assert body.thinnest is not None
    assert body.thinnest.words == "2 mm thick"


def test_of_an_assembly_some_bodies_are_shown(plate: Analysis) -> None:
    words = make_words(replace(plate, bodies=plate.bodies * (MOST_BODIES + 3)), 0.4)
    assert (len(words.bodies), words.more_bodies) == (MOST_BODIES, 3)


def test_a_body_that_is_not_closed_has_no_ways(plate: Analysis) -> None:
    torn = replace(plate.bodies[0], walls=None, poses=(), proposal=None)
    words = make_words(replace(plate, bodies=(torn,), notes=("it is torn",)), 0.4)
    assert (words.bodies[0].advice, words.bodies[0].ways, words.bodies[0].chart) == ("", (), None)
    assert words.bodies[0].brief == "not analysed"
    assert words.notes == ("It is torn",)
