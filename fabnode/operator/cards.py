"""The local page's cards: a machine, and a part or an uncertain attempt that waits for a person's word."""

from datetime import datetime

from fabnode.operator.markup import NOTHING, Html, html, joined
from fabnode.operator.summary import AttemptLine, MachineLine, short_id
from fabnode.protocol import AttemptState, BedState

_BED_WORDS = {BedState.CLEAR: "bed clear", BedState.OCCUPIED: "bed occupied", BedState.UNKNOWN: "bed not known"}


def machine_card(line: MachineLine, token: str) -> Html:
    """Everything about a machine that is wanted at a glance, and its buttons."""
    facts = [line.model, *line.materials]
    if line.nozzle_c is not None:
        facts.append(f"nozzle {line.nozzle_c:.0f} °C")
    if line.bed_c is not None:
        facts.append(f"bed {line.bed_c:.0f} °C")
    return html(
        """<article class="card{needed}" id="machine-{key}">
<h3><a href="/machines/{key}">{name}</a> <span class="state {state}">{state}</span></h3>
<p class="quiet">{facts}</p>{trouble}{needs}{progress}{attempt}{bed}</article>""",
        key=line.key,
        name=line.name,
        state=line.state,
        needed=" decide" if line.needs else "",
        facts=" · ".join(facts),
        trouble=html('<p class="trouble">{words}</p>', words=line.trouble) if line.trouble else NOTHING,
        needs=_needs(line),
        progress=_progress(line),
        attempt=_attempt(line.attempt, token) if line.attempt else NOTHING,
        bed=_bed(line, token),
    )


def machine_row(line: MachineLine) -> Html:
    """The same in one row, for a workshop with many."""
    return html(
        """<li class="row" id="machine-{key}"><a href="/machines/{key}">{name}</a>
<span class="state {state}">{state}</span><span class="quiet what">{what}</span>{progress}</li>""",
        key=line.key,
        name=line.name,
        state=line.state,
        what=line.attempt.design if line.attempt else line.trouble or " · ".join(line.materials),
        progress=_progress(line),
    )


def _needs(line: MachineLine) -> Html:
    """What is not said already by the attempt and the bed."""
    said = {"a job waits for a clear bed", line.trouble}
    words = [need for need in line.needs if need not in said]
    words += [line.waits] if line.waits else []
    return joined(html('<p class="need">{word}</p>', word=word[:1].upper() + word[1:]) for word in words)


def _progress(line: MachineLine) -> Html:
    if line.progress is None or line.state not in {"printing", "paused", "busy"}:
        return NOTHING
    left = f", {duration(line.seconds_left)} left" if line.seconds_left is not None else ""
    return html(
        '<p><progress max="1" value="{value}" aria-label="progress of {file}"></progress> {percent} %{left}</p>',
        value=f"{line.progress:.3f}", file=line.file, percent=f"{line.progress * 100:.0f}", left=left,
    )  # fmt: skip


def _notes(line: AttemptLine) -> Html:
    note = html("<p>{note}</p>", note=line.note) if line.note else NOTHING
    return html("{note}{source}", note=note, source=_source(line))


def _source(line: AttemptLine) -> Html:
    """Where the source is, as text: a registry does not say where this page leads to."""
    if not line.source_url:
        return NOTHING
    return html('<p class="quiet">Its source, to give along with the part: {url}</p>', url=line.source_url)


def _attempt(line: AttemptLine, token: str) -> Html:
    cancel = (
        html(
            "<details><summary>Cancel …</summary>{form}</details>",
            form=form(f"/attempts/{line.attempt}/cancel", token, html('<button class="mild">Yes, stop it</button>')),
        )
        if line.cancellable
        else NOTHING
    )
    return html(
        '<p><strong>{design}</strong> {state}{reason}</p>{recall}<p class="quiet">{figures}</p>{note}{hold}{cancel}',
        design=line.design,
        state=line.state.value.replace("_", " "),
        reason=_why(line),
        recall=_recall(line),
        figures=_figures(line),
        note=_notes(line),
        hold=_hold(line, token),
        cancel=cancel,
    )


def _recall(line: AttemptLine) -> Html:
    if line.recalled is None:
        return NOTHING
    words = "Recalled for safety: {why} Stop it, or let it end, and hand out no part of it."
    return html('<p class="trouble" role="alert"><strong>{words}</strong></p>', words=words.format(why=line.recalled))


def _hold(line: AttemptLine, token: str) -> Html:
    """The button that holds a print, or lets it go on."""
    if line.pausable:
        return form(f"/attempts/{line.attempt}/pause", token, html('<button class="mild">Pause</button>'))
    if line.resumable:
        return form(f"/attempts/{line.attempt}/resume", token, html('<button class="strong">Go on</button>'))
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
    return html("{words}{form}", words=words, form=form(f"/machines/{line.key}/bed-clear", token, button))


def decision_card(line: AttemptLine, token: str) -> Html:
    uncertain = line.state is AttemptState.UNCERTAIN
    action = f"/attempts/{line.attempt}/{'settle' if uncertain else 'verdict'}"
    return html(
        '<article class="card decide" id="attempt-{id}"><h3>{design} <span class="state">{state}</span></h3>'
        '<p class="quiet">on {machine}, since {since}; {figures}</p>{recall}{picture}{question}{source}'
        "{form}{some}</article>",
        id=line.attempt,
        design=line.design,
        state="uncertain" if uncertain else "finished",
        machine=line.machine,
        since=clock(line.since),
        figures=_figures(line),
        recall=_recall(line),
        picture=_picture(line),
        question=_question(line),
        source=_source(line),
        form=form(action, token, _verdicts(line)),
        some=form(action, token, _some_are_good(line)) if line.copies > 1 else NOTHING,
    )


def _picture(line: AttemptLine) -> Html:
    """The newest of those that were taken of the print."""
    if not line.pictures:
        return NOTHING
    return html(
        '<img class="shot" src="/pictures/{attempt}/{moment}" alt="{alt}" loading="lazy">',
        attempt=line.attempt, moment=line.pictures[-1], alt=f"the machine at the {line.pictures[-1]} of the print",
    )  # fmt: skip


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


def recent_line(line: AttemptLine) -> Html:
    return html(
        '<li><span class="state {state}">{state}</span> {design} on {machine}, {since}{reason}</li>',
        state=line.state.value, design=line.design, machine=line.machine, since=clock(line.since),
        reason=f": {line.reason}" if line.reason else "",
    )  # fmt: skip


def form(action: str, token: str, fields: Html) -> Html:
    return html(
        '<form method="post" action="{action}"><input type="hidden" name="token" value="{token}">{fields}</form>',
        action=action, token=token, fields=fields,
    )  # fmt: skip


def _figures(line: AttemptLine) -> str:
    facts = [f"order {short_id(line.order)}", " ".join(filter(None, (line.material, line.colour)))]
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
