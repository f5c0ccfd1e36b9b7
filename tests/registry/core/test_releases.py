"""Which number may be published, what it revises, which one is the latest."""

import semver
from hypothesis import given
from hypothesis import strategies as st

from registry.core.releases import Release, latest, may_publish, revised_by_default

NUMBERS = st.builds(
    lambda a, b, c, preview: f"{a}.{b}.{c}" + (f"-{preview}" if preview else ""),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 3),
    st.sampled_from(["", "alpha", "RC.1", "rc.2"]),
)
RELEASES = st.lists(
    st.builds(Release, NUMBERS, withdrawn=st.booleans()), max_size=8, unique_by=lambda r: r.version.lower()
)


@given(NUMBERS, RELEASES)
def test_a_number_is_free_exactly_when_nobody_used_it_in_any_spelling(number: str, existing: list[Release]):
    decision = may_publish(semver.Version.parse(number), existing)
    assert decision.allowed == (number.lower() not in {release.version.lower() for release in existing})
    assert decision.allowed or number in decision.reasons[0]


@given(NUMBERS, RELEASES)
def test_the_advised_number_is_free(number: str, existing: list[Release]):
    decision = may_publish(semver.Version.parse(number), existing)
    if not decision.allowed:
        advised = decision.reasons[0].rsplit(" ", 1)[-1]
        assert may_publish(semver.Version.parse(advised), existing).allowed


@given(NUMBERS, RELEASES)
def test_what_is_revised_is_the_nearest_below(number: str, existing: list[Release]):
    version = semver.Version.parse(number)
    revised = revised_by_default(version, existing)
    assert (revised is None) == (not existing)
    below = [release for release in existing if release.number < version]
    if below:
        assert revised in below
        assert all(release.number <= revised.number for release in below)


@given(RELEASES.filter(bool))
def test_the_latest_is_neither_withdrawn_nor_a_preview_if_it_can_be_helped(existing: list[Release]):
    chosen = latest(existing)
    good = [release for release in existing if not release.withdrawn]
    stable = [release for release in good if not release.number.prerelease]
    assert chosen in (stable or good or existing)
    assert all(release.number <= chosen.number for release in (stable or good or []))
