"""The local page as HTML: what waits for a decision first, then the machines, then what was done."""

from fabnode.operator.cards import decision_card, machine_card, machine_row, recent_line
from fabnode.operator.markup import NOTHING, Html, html, joined
from fabnode.operator.summary import GROUPS, Group, Summary

_SHELL = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/style.css">
<script src="/static/refresh.js" defer></script>
<noscript><meta http-equiv="refresh" content="15"></noscript>
</head>
<body>
<header><h1>{heading}</h1></header>
<main id="now">{body}</main>
</body>
</html>
"""
MANY = 12
"""From so many machines on, one that needs nobody is a row and not a card."""
_GROUP_WORDS: dict[Group, tuple[str, str]] = {
    "needs": ("needs somebody", "need somebody"),
    "offline": ("not to be reached", "not to be reached"),
    "working": ("at work", "at work"),
    "ready": ("ready", "ready"),
}
"""Of one, and of any other number."""


def whole_page(now: Summary, token: str, show: str = "") -> str:
    title = f"{now.facility}: machines"
    return html(_SHELL, title=title, heading=now.facility, body=Html(changing_part(now, token, show)))


def page_of(title: str, heading: str, body: Html) -> str:
    """Another page in the same clothes."""
    return html(_SHELL, title=title, heading=heading, body=body)


def error_page(status: int, message: str) -> str:
    body = html(
        '<p class="trouble" role="alert">{message}</p><p><a href="/">Back to the machines</a></p>', message=message
    )
    return html(_SHELL, title=f"Error {status}", heading="That did not work", body=body)


def changing_part(now: Summary, token: str, show: str = "") -> str:
    """`show`: one of the groups; anything else shows all."""
    parts = [_link(now)]
    if now.to_decide:
        cards = joined(decision_card(line, token) for line in now.to_decide)
        parts.append(
            html(
                '<section aria-labelledby="decide"><h2 id="decide">Waiting for you</h2>'
                '<div class="grid">{cards}</div></section>',
                cards=cards,
            )
        )
    parts.append(_machines(now, token, show))
    if now.recent:
        rows = joined(recent_line(line) for line in now.recent)
        parts.append(
            html(
                '<section aria-labelledby="recent"><h2 id="recent">Done lately</h2>'
                '<ul class="recent">{rows}</ul></section>',
                rows=rows,
            )
        )
    return joined(parts)


def _machines(now: Summary, token: str, show: str) -> Html:
    """Those that need somebody first, then the others in the order of the configuration."""
    chosen = [line for line in now.machines if show not in GROUPS or line.group == show]
    chosen.sort(key=lambda line: GROUPS.index(line.group))
    large = [line for line in chosen if len(now.machines) <= MANY or line.needs]
    small = [line for line in chosen if line not in large]
    empty = "" if chosen else "No machine is like that now."
    if not now.machines:
        empty = "No machines yet. Look for some with fabnode discover, and add one with fabnode machine add."
    return html(
        '<section aria-labelledby="machines"><h2 id="machines">Machines</h2>{choice}{empty}'
        '<div class="grid">{large}</div>{small}</section>',
        choice=_choice(now, show) if len(now.machines) > 1 else NOTHING,
        empty=html("<p>{words}</p>", words=empty) if empty else NOTHING,
        large=joined(machine_card(line, token) for line in large),
        small=html('<ul class="rows">{rows}</ul>', rows=joined(map(machine_row, small))) if small else NOTHING,
    )


def _choice(now: Summary, show: str) -> Html:
    """The filters, each with how many there are."""
    links = [_filter("", f"all {len(now.machines)}", chosen=show not in GROUPS)]
    for group in GROUPS:
        count = sum(line.group == group for line in now.machines)
        links.append(_filter(group, f"{count} {_GROUP_WORDS[group][count != 1]}", chosen=show == group))
    return html('<nav class="filters" aria-label="Which machines are shown">{links}</nav>', links=joined(links))


def _filter(group: str, words: str, *, chosen: bool) -> Html:
    current = Html(' aria-current="page"') if chosen else NOTHING
    where = f"/?show={group}" if group else "/"
    return html('<a href="{where}"{current}>{words}</a>', where=where, current=current, words=words)


def _link(now: Summary) -> Html:
    if now.trouble:
        reports = {0: "", 1: "; one report waits to be sent"}
        waiting = reports.get(now.owed_reports, f"; {now.owed_reports} reports wait to be sent")
        text = f"{now.trouble}{waiting}. Prints that run go on."
        return html('<p class="trouble" role="status">{text}</p>', text=text)
    reached = "in touch with" if now.reached_at else "looking for"
    return html('<p class="quiet" role="status">{reached} {registry}</p>', reached=reached, registry=now.registry)
