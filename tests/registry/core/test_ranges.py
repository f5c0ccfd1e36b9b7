"""Range and entity tags."""

from hypothesis import given
from hypothesis import strategies as st

from registry.core.ranges import OutsideError, Part, asked_part, names_etag

HEADERS = st.one_of(
    st.text(max_size=30),
    st.builds(
        "bytes={}-{}".format, st.one_of(st.just(""), st.integers(0, 300)), st.one_of(st.just(""), st.integers(0, 300))
    ),
)


@given(HEADERS, st.integers(0, 200))
def test_a_part_always_lies_within(header: str, size: int):
    try:
        part = asked_part(header, size)
    except OutsideError:
        return
    if part is not None:
        assert 0 <= part.start < part.end <= size


@given(st.integers(0, 100), st.integers(0, 100), st.integers(1, 200))
def test_first_and_last_are_both_meant(first: int, length: int, size: int):
    if first >= size:
        return
    assert asked_part(f"bytes={first}-{first + length}", size) == Part(first, min(first + length + 1, size))


@given(st.integers(1, 300), st.integers(1, 200))
def test_the_last_bytes(length: int, size: int):
    assert asked_part(f"bytes=-{length}", size) == Part(max(0, size - length), size)


def test_tags_are_compared_whole():
    assert names_etag('"a"', '"a"')
    assert names_etag('"b", W/"a"', '"a"')
    assert not names_etag('"ab"', '"a"')
    assert not names_etag(None, '"a"')
