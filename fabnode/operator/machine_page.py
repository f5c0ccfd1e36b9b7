"""One machine's own page: its card, and the forms for what is changed at it by hand."""

from fabnode.operator.cards import decision_card, form, machine_card
from fabnode.operator.markup import NOTHING, Html, html, joined
from fabnode.operator.page import page_of
from fabnode.operator.summary import AttemptLine, CareLine, MachineLine, Summary
from fabnode.stock import Load


def machine_page(now: Summary, line: MachineLine, loads: tuple[Load, ...], spools: list[dict[str, object]],
                 token: str) -> str:  # fmt: skip
    mine = [one for one in now.to_decide if one.machine == line.key]
    body = html(
        '<p><a href="/">All machines</a></p>{decide}{card}{load}{fitting}{care}{pictures}',
        decide=joined(decision_card(one, token) for one in mine),
        card=machine_card(line, token),
        load=_load(line, loads, spools, token),
        fitting=_fitting(line, token),
        care=_care(line, token),
        pictures=_pictures([*mine, *(one for one in now.recent if one.machine == line.key)]),
    )
    return page_of(f"{line.name}: {now.facility}", line.name, body)


def _load(line: MachineLine, loads: tuple[Load, ...], spools: list[dict[str, object]], token: str) -> Html:
    said = joined(
        html(
            "<p>{words}, said by {by}</p>",
            words=" ".join(
                filter(None, (load.material, load.colour, f"from spool {load.spool}" if load.spool else ""))
            ),
            by=load.by,
        )
        for load in loads
    )
    choices = joined(
        html('<option value="{id}">{words}</option>', id=one["id"],
             words=f"{one['id']}: {one['material']} {one['colour'] or ''} {one['name']}, {one['grams']:.0f} g")
        for one in spools
    )  # fmt: skip
    fields = html(
        '<div class="fields"><label>Material <input name="material" maxlength="40" placeholder="PLA"></label>'
        '<label>Colour <input name="colour" maxlength="40"></label>'
        '<label>Spool <select name="spool"><option value="">not counted</option>{choices}</select></label>'
        '<label>Slot <input name="slot" type="number" min="1" max="32" value="1"></label></div>'
        '<button class="strong">This is loaded now</button>',
        choices=choices,
    )
    base = f"/machines/{line.key}/outfit"
    short = form(f"{base}/allow-short", token, Html('<button class="mild">Begin prints all the same</button>'))
    undo = form(f"{base}/unload", token, Html('<button class="mild">As the configuration says</button>'))
    return html(
        '<section class="card"><h2>Material</h2>{said}{form}{short}{undo}{spool}</section>',
        said=said or html("<p>{words} (fabnode.toml)</p>", words=" · ".join(line.materials) or "nothing"),
        form=form(f"{base}/load", token, fields),
        short=short if line.short else NOTHING,
        undo=undo if loads else NOTHING,
        spool=_new_spool(token) if not any(one["spoolman"] for one in spools) else NOTHING,
    )


def _new_spool(token: str) -> Html:
    fields = Html(
        '<div class="fields"><label>Material <input name="material" maxlength="40" required></label>'
        '<label>Colour <input name="colour" maxlength="40"></label>'
        '<label>Grams on it <input name="grams" type="number" min="0" max="100000" step="any" required></label>'
        '<label>Name <input name="name" maxlength="80"></label></div><button class="mild">Keep the spool</button>'
    )
    return html("<details><summary>A new spool …</summary>{form}</details>", form=form("/spools", token, fields))


def _fitting(line: MachineLine, token: str) -> Html:
    fields = Html(
        '<div class="fields"><label>Nozzle or tool, mm <input name="nozzle_mm" type="number" step="any" min="0.05"'
        ' max="5"></label><label>Profile <input name="profile" maxlength="500"></label></div>'
        '<button class="mild">This is mounted now</button>'
    )
    size = f"{line.nozzle_mm:g} mm, " if line.nozzle_mm else ""
    return html(
        '<section class="card"><h2>Nozzle and profile</h2><p>{now}</p><p class="quiet">What is left empty is as'
        " fabnode.toml says.</p>{form}</section>",
        now=f"{size}profile {line.profile}",
        form=form(f"/machines/{line.key}/outfit/fit", token, fields),
    )


def _care(line: MachineLine, token: str) -> Html:
    if not line.care:
        return NOTHING
    return html(
        '<section class="card"><h2>Maintenance</h2>{rows}</section>',
        rows=joined(_care_row(line.key, care, token) for care in line.care),
    )


def _care_row(key: str, care: CareLine, token: str) -> Html:
    fields = html(
        '<input type="hidden" name="what" value="{what}">'
        '<button class="mild" aria-label="{what} is done">Done</button>',
        what=care.what,
    )
    return html(
        '<div class="care"><p class="{kind}">{words}</p>{form}</div>',
        kind="need" if care.share >= 1 else "quiet",
        words=care.words + (": no new job until it is done" if care.stop and care.share >= 1 else ""),
        form=form(f"/machines/{key}/outfit/done", token, fields),
    )


def _pictures(lines: list[AttemptLine]) -> Html:
    shots = [(line, moment) for line in lines for moment in line.pictures]
    if not shots:
        return NOTHING
    images = joined(
        html(
            '<figure><img class="shot" src="/pictures/{attempt}/{moment}" alt="" loading="lazy">'
            "<figcaption>{design}, {moment}</figcaption></figure>",
            attempt=line.attempt, moment=moment, design=line.design,
        )
        for line, moment in shots
    )  # fmt: skip
    return html('<section><h2>Pictures</h2><div class="shots">{images}</div></section>', images=images)
