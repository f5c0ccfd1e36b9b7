"""Members' words become HTML that can do nothing."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.web.markdown import TAGS, path_inside, render_markdown

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[click](vbscript:msgbox)",
    '![x](x.png"onerror="alert(1))',
    "<svg/onload=alert(1)>",
    "<style>body{display:none}</style>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "```\n</code></pre><script>alert(1)</script>\n```",
    '<a href="x" style="position:fixed">x</a>',
    "[x]: javascript:alert(1)\n\n[x]",
    "<!-- --><form action=//evil.example><button>",
]


class Elements(HTMLParser):
    """Every element and attribute that a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def assert_harmless(html: str) -> None:
    seen = Elements(html)
    assert seen.tags <= TAGS
    for name, value in seen.attributes:
        assert name in {"href", "src", "alt", "title", "loading", "rel", "start", "class"}
        if name in {"href", "src"}:
            assert urlsplit(value.strip()).scheme.lower() in {"", "http", "https", "mailto"}


@pytest.mark.parametrize("text", ATTACKS)
def test_attacks_become_words(text: str) -> None:
    assert_harmless(str(render_markdown(text)))


@given(st.text(alphabet="<>&\"'=/ #[]()!`*_-\nahrefsconjvpti:", max_size=200))
def test_no_text_makes_an_element_outside_the_list(text: str) -> None:
    assert_harmless(str(render_markdown(text)))


def test_headings_stay_below_those_of_the_page() -> None:
    html = str(render_markdown("# One\n\n## Two\n\n##### Five"))
    assert "<h3>One</h3>" in html
    assert "<h4>Two</h4>" in html
    assert "<h6>Five</h6>" in html


def test_relative_links_and_pictures_lead_to_the_designs_files() -> None:
    html = str(
        render_markdown(
            "[s](src/bin.py) ![p](img/a%20b.png) [e](https://example.org)",
            file_url=lambda path: f"/f/{path}",
            image_url=lambda path: f"/i/{path}",
        )
    )
    assert 'href="/f/src/bin.py"' in html
    assert 'src="/i/img/a b.png"' in html
    assert 'href="https://example.org" rel="nofollow noopener ugc"' in html


def test_a_picture_from_elsewhere_is_not_loaded() -> None:
    html = str(render_markdown("![a cat](https://example.org/cat.png)"))
    assert "<img" not in html
    assert "a cat" in html


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("a.png", "a.png"),
        ("./docs/../a.png", "a.png"),
        ("../secret", None),
        ("docs/../../secret", None),
        ("/etc/passwd", None),
        ("//evil.example/x", None),
        ("https://example.org/a", None),
        ("#part", None),
        ("%2e%2e/secret", None),
        (".", None),
    ],
)
def test_a_link_never_leaves_the_folder(link: str, path: str | None) -> None:
    assert path_inside(link) == path
