"""READMEs and other words of members, as safe HTML.

Raw HTML in the text stays text; what the renderer makes is cleaned once more against a list of elements.
Headings are moved down so that the page keeps its own outline; relative links and images are resolved
against the design's files; pictures from elsewhere become links, because the page loads nothing foreign.
"""

import posixpath
from collections.abc import Callable, Sequence
from urllib.parse import quote, unquote, urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title", "loading"}, "ol": {"start"}, "code": {"class"}}
SCHEMES = {"http", "https", "mailto"}
HIGHEST_HEADING = 3
"""The level that the text's own highest headings get: the page uses those above."""

FileUrl = Callable[[str], str]


def render_markdown(
    text: str, *, title: str = "", file_url: FileUrl | None = None, image_url: FileUrl | None = None
) -> Markup:
    """CommonMark with tables to HTML. `file_url` and `image_url` turn a path inside the design into an address.

    A first heading that only says `title` again is left out.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    tokens = _without_title(parser.parse(text), title)
    highest = min((int(token.tag[1]) for token in tokens if token.type == "heading_open"), default=1)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) - highest + HIGHEST_HEADING)}"
    _rewrite(tokens, file_url or _nowhere, image_url or _nowhere)
    html = parser.renderer.render(tokens, parser.options, {})
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="nofollow noopener ugc",
        strip_comments=True,
    )
    return Markup(clean)  # noqa: S704 (cleaned by nh3 on the line above)


def _without_title(tokens: list[Token], title: str) -> list[Token]:
    repeated = len(tokens) > 2 and tokens[0].type == "heading_open" and tokens[1].content.strip() == title
    return tokens[3:] if repeated else tokens


def _nowhere(path: str) -> str:
    return f"#{quote(path)}"


def _rewrite(tokens: Sequence[Token], file_url: FileUrl, image_url: FileUrl) -> None:
    for token in tokens:
        if token.type == "link_open":
            path = path_inside(str(token.attrGet("href") or ""))
            if path:
                token.attrSet("href", file_url(path))
        elif token.type == "image":
            _rewrite_image(token, image_url)
        if token.children:
            _rewrite(token.children, file_url, image_url)


def _rewrite_image(token: Token, image_url: FileUrl) -> None:
    source = str(token.attrGet("src") or "")
    path = path_inside(source)
    if path:
        token.attrSet("src", image_url(path))
        token.attrSet("loading", "lazy")
        return
    words = token.content or source
    token.type, token.tag, token.attrs, token.content = "text", "", {}, f"[picture elsewhere: {words}]"
    token.children = None


def path_inside(link: str) -> str | None:
    """The path a relative link names inside the design's folder; None for anything else."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("/"):
        return None
    path = posixpath.normpath(unquote(parts.path))
    return None if path.startswith("..") or path == "." else path
