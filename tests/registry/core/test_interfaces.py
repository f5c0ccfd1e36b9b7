"""What a version asks of its number, which corners are built, who must approve, and which findings are new."""

import pytest
import semver
from hypothesis import given
from hypothesis import strategies as st

from designs.manifest import Manifest, parse_manifest
from designs.parameters import resolve
from registry.core.corners import MOST_BUILDS, ends_of, trials_of
from registry.core.interfaces import Step, interface_changes, may_step, next_version, smallest_step, step_between
from registry.core.new_findings import new_findings
from registry.core.review_rules import parse_rules, requirements

HEAD = '[design]\nname = "bin"\nlicence = "MIT"\nauthors = ["Ada"]\nengine = "cadquery"\nsource = "bin.py"\n'
WIDTH = '[parameters.width]\ntype = "number"\nunit = "mm"\ndefault = 20\nmin = 10\nmax = 60\nstep = 0.5\n'
KIND = '[parameters.kind]\ntype = "choice"\ndefault = "a"\nchoices = ["a", "b"]\n'
LID = '[parameters.lid]\ntype = "boolean"\ndefault = false\n'
SMALL = "[presets.small]\nvalues = { width = 12 }\n"


def manifest(*parts: str) -> Manifest:
    return parse_manifest(HEAD + "\n".join(parts or (WIDTH, KIND, LID, SMALL)))


CHANGES = [
    ((WIDTH, KIND, SMALL), {"parameter_vanished"}, Step.MAJOR),
    ((WIDTH, KIND, LID), {"preset_vanished"}, Step.MAJOR),
    ((WIDTH.replace("min = 10", "min = 12"), KIND, LID, SMALL), {"range_narrowed"}, Step.MAJOR),
    ((WIDTH.replace("max = 60", "max = 70"), KIND, LID, SMALL), {"range_widened"}, Step.MINOR),
    ((WIDTH.replace("step = 0.5", "step = 1"), KIND, LID, SMALL), {"step_narrowed"}, Step.MAJOR),
    ((WIDTH.replace("step = 0.5", "step = 0.25"), KIND, LID, SMALL), {"step_widened"}, Step.MINOR),
    ((WIDTH.replace("step = 0.5\n", ""), KIND, LID, SMALL), {"step_widened"}, Step.MINOR),
    ((WIDTH.replace('"mm"', '"deg"'), KIND, LID, SMALL), {"unit_changed"}, Step.MAJOR),
    ((WIDTH.replace("default = 20", "default = 22"), KIND, LID, SMALL), {"default_changed"}, Step.MINOR),
    ((WIDTH, KIND.replace('["a", "b"]', '["a"]'), LID, SMALL), {"choice_vanished"}, Step.MAJOR),
    ((WIDTH, KIND.replace('["a", "b"]', '["a", "b", "c"]'), LID, SMALL), {"choice_added"}, Step.MINOR),
    ((WIDTH, KIND, LID, SMALL.replace("12", "13")), {"preset_changed"}, Step.MINOR),
    ((WIDTH, KIND, LID, LID.replace("lid", "foot"), SMALL), {"parameter_added"}, Step.MINOR),
    ((WIDTH, KIND, LID, SMALL, '[[relations]]\nrule = "width < 50"\n'), {"relation_added"}, Step.MAJOR),
    ((WIDTH, KIND, LID, SMALL, '[print]\nprocess = "laser"\nmaterial = "birch"\n'), {"process_changed"}, Step.MAJOR),
    ((WIDTH + 'label = "Width"\n', KIND, LID, SMALL), set(), Step.PATCH),
]


@pytest.mark.parametrize(("parts", "codes", "step"), CHANGES, ids=lambda value: str(value)[:40])
def test_what_users_notice_asks_for_a_step(parts: tuple[str, ...], codes: set[str], step: Step) -> None:
    changes = interface_changes(manifest(), manifest(*parts))
    assert {change.code for change in changes} == codes
    assert smallest_step(changes) is step


def test_too_small_a_step_is_refused_with_what_to_publish_instead() -> None:
    changes = interface_changes(manifest(), manifest(WIDTH, KIND, SMALL))
    before = semver.Version.parse("1.4.2")
    decision = may_step(before, semver.Version.parse("1.5.0"), changes, ["1.4.2", "2.0.0"])
    assert not decision.allowed
    assert decision.reasons[0] == (
        "1.5.0 is a minor step from 1.4.2, but the parameter lid vanished, which asks for a major one: publish 2.0.1"
    )
    for free in ("2.0.0", "1.4.1", "2.0.0-beta.1"):
        assert may_step(before, semver.Version.parse(free), changes, []).allowed
    assert may_step(semver.Version.parse("0.3.0"), semver.Version.parse("0.3.1"), changes, []).allowed


VERSIONS = st.builds(semver.Version, st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))


@given(VERSIONS, st.sampled_from(Step), st.sets(VERSIONS.map(str)))
def test_the_next_version_is_free_and_says_enough(before: semver.Version, step: Step, existing: set[str]) -> None:
    following = next_version(before, step, existing)
    assert str(following) not in existing
    assert following > before
    made = step_between(before, following)
    assert made is None or made >= step


def test_corners_bring_every_pair_of_extremes_together() -> None:
    design = manifest()
    found = trials_of(design)
    assert [trial.label for trial in found.trials[:2]] == ["defaults", "preset small"]
    assert (found.pairs, found.covered) == (12, 12)
    corners = [trial.values for trial in found.trials[2:]]
    for one, other in (("width", "kind"), ("width", "lid"), ("kind", "lid")):
        assert len({(values[one], values[other]) for values in corners}) == 4


def test_corners_that_the_relations_forbid_are_left_out() -> None:
    tall = WIDTH.replace("width", "height")
    design = manifest(WIDTH, tall, '[[relations]]\nrule = "height <= width * 2"\n')
    found = trials_of(design)
    assert (found.pairs, found.covered) == (3, 3)
    for trial in found.trials:
        assert resolve(design, dict(trial.values)).canonical == trial.values


@given(st.integers(1, 12))
def test_builds_are_bounded_however_many_parameters_there_are(number: int) -> None:
    design = manifest(*(LID.replace("lid", f"lid{at}") for at in range(number)))
    found = trials_of(design)
    assert len(found.trials) <= MOST_BUILDS
    assert len({str(trial.values) for trial in found.trials}) == len(found.trials)
    assert found.covered == found.pairs, "twelve switches have all their pairs in fewer builds than that"


def test_the_upper_end_lies_on_a_step() -> None:
    (width,) = manifest(WIDTH.replace("max = 60", "max = 60.3")).parameters
    assert ends_of(width) == ("10", "60")


RULES = "* ada bob\ndocs/ @circle\n*.py ada cy 2\n/bin.py\n"


def test_the_last_rule_that_fits_a_file_holds() -> None:
    rules = parse_rules(RULES)
    assert rules.problems == ("MAINTAINERS, line 4: '/bin.py' names nobody: write who must approve behind it.",)
    found = {
        path: rule.pattern for path in ("a.md", "docs/a/b.md", "x/y.py") for rule in [rules.rule_for(path)] if rule
    }
    assert found == {"a.md": "*", "docs/a/b.md": "docs/", "x/y.py": "*.py"}


def test_nobody_approves_their_own_proposal_by_a_rule() -> None:
    people = {"ada": {"ada"}, "bob": {"bob"}, "cy": {"cy"}, "circle": {"dan", "eve"}}
    asked = requirements(parse_rules(RULES), ["x.py", "docs/a.md", "z.md"], people, {"cy", "eve", "ada"}, {"cy"})
    assert [(each.rule.pattern, each.needed, each.approved_by, each.met) for each in asked] == [
        ("docs/", 1, ("eve",), True),
        ("*.py", 1, ("ada",), True),
        ("*", 1, ("ada",), True),
    ]


def test_a_finding_is_new_unless_the_target_has_it_as_often() -> None:
    def finding(code: str, severity: str = "warning", body: str = "box") -> dict[str, object]:
        return {"code": code, "severity": severity, "message": code, "data": {"body": body}}

    old = [finding("thin"), finding("small")]
    new = [finding("thin"), finding("thin"), finding("open", "error"), finding("small", body="lid")]
    assert [each["code"] for each in new_findings(old, new)] == ["open", "thin", "small"]
