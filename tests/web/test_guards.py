"""Where a redirect may lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.web.guards import CONTENT_SECURITY_POLICY, safe_next


@pytest.mark.parametrize("target", ["/", "/orders", "/designs/ada/bin?p.wall=2&next=//x", "/orders#copies"])
def test_paths_of_this_site_are_kept(target: str) -> None:
    assert safe_next(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "orders",
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/orders\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        " //evil.example",
    ],
)
def test_everything_else_leads_home(target: str | None) -> None:
    assert safe_next(target) == "/"


@given(st.text(max_size=60))
def test_the_result_is_always_a_path_of_this_site(target: str) -> None:
    found = safe_next(target)
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))


def test_the_policy_allows_no_inline_code() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
