"""`cofab hook`: webhooks, what was sent to them, and sending it again."""

import click

from registry.cli.connection import connect
from registry.cli.options import json_option, registry_option
from registry.cli.output import good, note, say, table, write_json


@click.group(short_help="Have what happens sent to an address of yours.")
def hook() -> None:
    """Webhooks: what happens is sent, signed, to an address of yours or your group's.

    \b
    Examples:
      cofab hook create https://example.org/hook --kind design --kind need.opened
      cofab hook deliveries hok_3k7v
      cofab hook resend hok_3k7v msg_9q2v
    """


@hook.command("create", short_help="Make a webhook; its secret is shown once.")
@click.argument("url")
@click.option("--kind", "kinds", multiple=True, help="Only this kind, like need.opened, or design for all of them.")
@click.option("--about", multiple=True, metavar="KEY", help="Only about this, like design:ada/bin or namespace:lab.")
@click.option("--namespace", metavar="NAME", help="Whose it is. [default: yours]")
@click.option("--label", default="", help="What it is for.")
@registry_option
@json_option
def create(
    *,
    url: str,
    kinds: tuple[str, ...],
    about: tuple[str, ...],
    namespace: str | None,
    label: str,
    registry_url: str | None,
    as_json: bool,
) -> None:
    """Make a webhook. Its secret, by which a receiver checks signatures, is written to the output stream this once.

    \b
    Example:
      cofab hook create https://example.org/hook --kind need --about namespace:lab > secret.txt
    """
    with connect(registry_url, needs_login=True) as registry:
        made = registry.post(
            "/hooks",
            {"url": url, "kinds": [*kinds], "about": [*about], "namespace": namespace, "label": label},
        )
    if as_json:
        write_json(made.json)
        return
    note(f"{made.text('id')} sends to {made.text('url')}. Its secret is not shown again:")
    say(made.text("secret"))


@hook.command("list", short_help="List your webhooks.")
@click.option("--namespace", metavar="NAME", help="Those of this namespace. [default: of all that you own]")
@registry_option
@json_option
def list_hooks(namespace: str | None, registry_url: str | None, as_json: bool) -> None:
    """List the webhooks that you direct.

    \b
    Example:
      cofab hook list
    """
    with connect(registry_url, needs_login=True) as registry:
        answer = registry.get("/hooks", {} if namespace is None else {"namespace": namespace})
    if as_json:
        write_json(answer.json)
        return
    table(
        [
            (
                each.text("id"),
                "paused" if each.maybe_text("paused_at") else f"{each.whole('waiting')} wait",
                each.text("url"),
                ", ".join([*each.texts("kinds"), *each.texts("about")]) or "everything",
            )
            for each in answer.parts("hooks")
        ],
        indent="",
    )


@hook.command("deliveries", short_help="See what was sent, and what failed.")
@click.argument("hook_id", metavar="ID")
@click.option("--dead", is_flag=True, help="Only what was given up.")
@registry_option
@json_option
def deliveries(hook_id: str, dead: bool, registry_url: str | None, as_json: bool) -> None:
    """See what was sent to a webhook and what waits, newest first.

    \b
    Examples:
      cofab hook deliveries hok_3k7v
      cofab hook deliveries hok_3k7v --dead --json
    """
    with connect(registry_url, needs_login=True) as registry:
        answer = registry.get(f"/hooks/{hook_id}/deliveries", {"state": "dead"} if dead else {})
    if as_json:
        write_json(answer.json)
        return
    table(
        [
            (each.text("id"), each.text("state"), each.text("kind"), each.text("subject"), each.text("problem"))
            for each in answer.parts("deliveries")
        ],
        indent="",
    )


@hook.command("resend", short_help="Send a delivery again.")
@click.argument("hook_id", metavar="ID")
@click.argument("delivery")
@registry_option
@json_option
def resend(hook_id: str, delivery: str, registry_url: str | None, as_json: bool) -> None:
    """Send a delivery again, under the same id.

    \b
    Example:
      cofab hook resend hok_3k7v msg_9q2v
    """
    _ask(hook_id, f"/deliveries/{delivery}/resend", f"{delivery} is sent again", registry_url, as_json=as_json)


@hook.command("test", short_help="Send a test.")
@click.argument("hook_id", metavar="ID")
@registry_option
@json_option
def test(hook_id: str, registry_url: str | None, as_json: bool) -> None:
    """Send a test of the type hook.test.

    \b
    Example:
      cofab hook test hok_3k7v
    """
    _ask(hook_id, "/test", "a test is on its way", registry_url, as_json=as_json)


@hook.command("rotate", short_help="Give it a new secret; the old one signs too for a day.")
@click.argument("hook_id", metavar="ID")
@registry_option
@json_option
def rotate(hook_id: str, registry_url: str | None, as_json: bool) -> None:
    """Give a webhook a new secret. For a day deliveries carry the signatures of both.

    \b
    Example:
      cofab hook rotate hok_3k7v > secret.txt
    """
    with connect(registry_url, needs_login=True) as registry:
        fresh = registry.post(f"/hooks/{hook_id}/secret")
    if as_json:
        write_json(fresh.json)
        return
    note("The new secret, which is not shown again:")
    say(fresh.text("secret"))


@hook.command("pause", short_help="Send nothing for a while; nothing is lost.")
@click.argument("hook_id", metavar="ID")
@registry_option
@json_option
def pause(hook_id: str, registry_url: str | None, as_json: bool) -> None:
    """Send nothing until `cofab hook resume`. What happens meanwhile is sent then.

    \b
    Example:
      cofab hook pause hok_3k7v
    """
    _ask(hook_id, "/pause", "it is paused", registry_url, as_json=as_json)


@hook.command("resume", short_help="Let it go on where it was.")
@click.argument("hook_id", metavar="ID")
@registry_option
@json_option
def resume(hook_id: str, registry_url: str | None, as_json: bool) -> None:
    """Let a webhook go on where it was, at once.

    \b
    Example:
      cofab hook resume hok_3k7v
    """
    _ask(hook_id, "/resume", "it goes on", registry_url, as_json=as_json)


@hook.command("remove", short_help="Send nothing more.")
@click.argument("hook_id", metavar="ID")
@registry_option
@json_option
def remove(hook_id: str, registry_url: str | None, as_json: bool) -> None:
    """Remove a webhook, with everything that waits for it.

    \b
    Example:
      cofab hook remove hok_3k7v
    """
    with connect(registry_url, needs_login=True) as registry:
        registry.delete(f"/hooks/{hook_id}")
    if as_json:
        write_json({"removed": hook_id})
    else:
        good(f"{hook_id} is removed")


def _ask(hook_id: str, path: str, words: str, registry_url: str | None, *, as_json: bool) -> None:
    with connect(registry_url, needs_login=True) as registry:
        told = registry.post(f"/hooks/{hook_id}{path}")
    if as_json:
        write_json(told.json)
    else:
        good(f"{hook_id}: {words}")
