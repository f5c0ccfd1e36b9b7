"""What tests need of a browser's page beyond Playwright."""

from collections.abc import Callable

from playwright.sync_api import ConsoleMessage, Page


class Errors(list[str]):
    """What a page complained about."""

    def hear(self, page: Page) -> None:
        def console(message: ConsoleMessage) -> None:
            if message.type == "error" or "Content Security Policy" in message.text:
                self.append(message.text)

        page.on("console", console)
        page.on("pageerror", lambda error: self.append(str(error)))


Open = Callable[..., Page]


def tab_to(page: Page, name: str, *, most: int = 80) -> None:
    """Press Tab until the focus is on what is called so."""
    for _ in range(most):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "(() => { const e = document.activeElement; return (e.labels?.[0] ?? e).textContent.trim(); })()"
        )
        if found == name:
            return
    raise AssertionError(f"Tab never came to {name!r}")
