"""The local page as HTML: what waits for a decision first, then the machines, then what was done."""

from datetime import datetime

from fabnode.operator.markup import NOTHING, Html, html, joined
from fabnode.operator.summary import AttemptLine, MachineLine, Summary
from fabnode.protocol import AttemptState, BedState

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
_BED_WORDS = {BedState.CLEAR: "bed clear", BedState.OCCUPIED: "bed occupied", BedState.UNKNOWN: "bed not known"}


def whole_page(now: Summary, token: str) -> str:
    title = f"{now.facility}: machines"
    return html(_SHELL, title=title, heading=now.facility, body=Html(changing_part(now, token)))


def error_page(status: int, message: str) -> str:
    body = html(
        '<p class="trouble" role="alert">{message}</p><p><a href="/">Back to the machines</a></p>', message=message
    )
    return html(_SHELL, title=f"Error {status}", heading="That did not work", body=body)


def changing_part(now: Summary, token: str) -> str:
    parts = [_link(now)]
    if now.to_decide:
        cards = joined(_decision(line, token) for line in now.to_decide)
        parts.append(
            html('<section aria-labelledby="decide"><h2 id="decide">Waiting for you</h2>{cards}</section>', cards=cards)
        )
    machines = joined(_machine(line, token) for line in now.machines)
    empty = (
        html("<p>No machines yet. Add one with <code>fabnode machine add</code>.</p>") if not now.machines else NOTHING
    )
    parts.append(
        html(
            '<section aria-labelledby="machines"><h2 id="machines">Machines</h2>{empty}'
            '<div class="grid">{all}</div></section>',
            empty=empty,
            all=machines,
        )
    )
    if now.recent:
        rows = joined(_recent(line) for line in now.recent)
        parts.append(
            html(
                '<section aria-labelledby="recent"><h2 id="recent">Done lately</h2>'
                '<ul class="recent">{rows}</ul></section>',
                rows=rows,
            )
        )
    return joined(parts)


def _link(now: Summary) -> Html:
    if now.trouble:
        reports = {0: "", 1: "; one report waits to be sent"}
        waiting = reports.get(now.owed_reports, f"; {now.owed_reports} reports wait to be sent")
        text = f"{now.trouble}{waiting}. Prints that run go on."
        return html('<p class="trouble" role="status">{text}</p>', text=text)
    reached = "in touch with" if now.reached_at else "looking for"
    return html('<p class="quiet" role="status">{reached} {registry}</p>', reached=reached, registry=now.registry)


def _machine(line: MachineLine, token: str) -> Html:
    facts = [line.model, *line.materials]
    if line.nozzle_c is not None:
        facts.append(f"nozzle {line.nozzle_c:.0f} °C")
    if line.bed_c is not None:
        facts.append(f"bed {line.bed_c:.0f} °C")
    return html(
        """<article class="card" id="machine-{key}">
<h3>{name} <span class="state {state}">{state}</span></h3>
<p class="quiet">{facts}</p>{trouble}{progress}{attempt}{bed}</article>""",
        key=line.key,
        name=line.name,
        state=line.state,
        facts=" · ".join(facts),
        trouble=html('<p class="trouble">{words}</p>', words=line.trouble) if line.trouble else NOTHING,
        progress=_progress(line),
        attempt=_attempt(line.attempt, token) if line.attempt else NOTHING,
        bed=_bed(line, token),
    )


def _progress(line: MachineLine) -> Html:
    if line.progress is None or line.state not in {"printing", "paused", "busy"}:
        return NOTHING
    left = f", {duration(line.seconds_left)} left" if line.seconds_left is not None else ""
    return html(
        '<p><progress max="1" value="{value}" aria-label="progress of {file}"></progress> {percent} %{left}</p>',
        value=f"{line.progress:.3f}", file=line.file, percent=f"{line.progress * 100:.0f}", left=left,
    )  # fmt: skip


def _attempt(line: AttemptLine, token: str) -> Html:
    cancel = (
        html(
            "<details><summary>Cancel …</summary>{form}</details>",
            form=_form(f"/attempts/{line.attempt}/cancel", token, html('<button class="mild">Yes, stop it</button>')),
        )
        if line.cancellable
        else NOTHING
    )
    return html(
        '<p><strong>{design}</strong> {state}{reason}</p><p class="quiet">{figures}</p>{note}{hold}{cancel}',
        design=line.design,
        state=line.state.value.replace("_", " "),
        reason=_why(line),
        figures=_figures(line),
        note=html("<p>{note}</p>", note=line.note) if line.note else NOTHING,
        hold=_hold(line, token),
        cancel=cancel,
    )


def _hold(line: AttemptLine, token: str) -> Html:
    """The button that holds a print, or lets it go on."""
    if line.pausable:
        return _form(f"/attempts/{line.attempt}/pause", token, html('<button class="mild">Pause</button>'))
    if line.resumable:
        return _form(f"/attempts/{line.attempt}/resume", token, html('<button class="strong">Go on</button>'))
    return NOTHING


def _why(line: AttemptLine) -> str:
    if line.state is AttemptState.UNCERTAIN:
        return ": it waits for you above"
    return f": {line.reason}" if line.reason else ""


def _bed(line: MachineLine, token: str) -> Html:
    words = html(
        '<p><span class="bed {bed}">{words}</span> <span class="quiet">{note}</span></p>',
        bed=line.bed.value, words=_BED_WORDS[line.bed], note=line.bed_note,
    )  # fmt: skip
    if line.bed is BedState.CLEAR:
        return words
    if line.bed_refusal:
        return html('{words}<p class="quiet">{why}</p>', words=words, why=line.bed_refusal)
    button = html('<button class="strong">The bed is clear</button>')
    return html("{words}{form}", words=words, form=_form(f"/machines/{line.key}/bed-clear", token, button))


def _decision(line: AttemptLine, token: str) -> Html:
    uncertain = line.state is AttemptState.UNCERTAIN
    action = f"/attempts/{line.attempt}/{'settle' if uncertain else 'verdict'}"
    return html(
        '<article class="card decide" id="attempt-{id}"><h3>{design} <span class="state">{state}</span></h3>'
        '<p class="quiet">on {machine}, since {since}; {figures}</p>{question}{form}{some}</article>',
        id=line.attempt,
        design=line.design,
        state="uncertain" if uncertain else "finished",
        machine=line.machine,
        since=clock(line.since),
        figures=_figures(line),
        question=_question(line),
        form=_form(action, token, _verdicts(line)),
        some=_form(action, token, _some_are_good(line)) if line.copies > 1 else NOTHING,
    )


def _question(line: AttemptLine) -> Html:
    if line.state is AttemptState.UNCERTAIN:
        return html(
            "<p>{reason}</p><p>The machine's record: {evidence}.</p><p>What do you find on the machine?</p>",
            reason=line.reason,
            evidence=line.evidence,
        )
    if line.copies > 1:
        return html("<p>Look at the {copies} parts: which of them count?</p>", copies=line.copies)
    return html("<p>Look at the part: does it count?</p>")


def _verdicts(line: AttemptLine) -> Html:
    """What can be said of the whole plate."""
    never = (
        html('<button class="mild" name="verdict" value="not-started">It was never begun</button>')
        if line.state is AttemptState.UNCERTAIN
        else NOTHING
    )
    alone = line.copies == 1
    return html(
        '<label>What is wrong with it, if it is scrap <input name="reason" maxlength="500"></label>'
        '<div class="buttons"><button class="strong" name="verdict" value="good">{good}</button>'
        '<button class="mild" name="verdict" value="scrap">{scrap}</button>{never}</div>',
        good="The part is good" if alone else f"All {line.copies} are good",
        scrap="It is scrap" if alone else f"All {line.copies} are scrap",
        never=never,
    )


def _some_are_good(line: AttemptLine) -> Html:
    return html(
        '<label>How many of the {copies} are good <input name="good_copies" type="number" inputmode="numeric"'
        ' min="1" max="{most}" required></label>'
        '<button class="mild" name="verdict" value="good">So many are good, the others scrap</button>',
        copies=line.copies,
        most=line.copies - 1,
    )


def _recent(line: AttemptLine) -> Html:
    return html(
        '<li><span class="state {state}">{state}</span> {design} on {machine}, {since}{reason}</li>',
        state=line.state.value, design=line.design, machine=line.machine, since=clock(line.since),
        reason=f": {line.reason}" if line.reason else "",
    )  # fmt: skip


def _form(action: str, token: str, fields: Html) -> Html:
    return html(
        '<form method="post" action="{action}"><input type="hidden" name="token" value="{token}">{fields}</form>',
        action=action, token=token, fields=fields,
    )  # fmt: skip


def _figures(line: AttemptLine) -> str:
    facts = [f"order {line.order}", " ".join(filter(None, (line.material, line.colour)))]
    if line.copies > 1:
        facts.insert(0, f"{line.copies} copies on one plate")
    if line.print_seconds is not None:
        facts.append(f"about {duration(line.print_seconds)}")
    if line.filament_g is not None:
        facts.append(f"{line.filament_g:.1f} g")
    return " · ".join(facts)


def duration(seconds: float) -> str:
    """1 h 5 min, 12 min, 40 s."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def clock(at: datetime) -> str:
    """A moment as the person at the machine reads it: local time."""
    return at.astimezone().strftime("%d %b %H:%M")
