"""Whoever guesses passwords is kept waiting by API and page alike; words with invisible signs are refused."""

import asyncio

from registry.core.guessing import FREE_GUESSES
from tests.registry.harness import BASE, Person, Registry

PASSWORD = "correct horse battery"
RIGHT = {"name": "ada", "password": PASSWORD}
WRONG = {"name": "ada", "password": "wrong"}


async def test_many_wrong_passwords_at_once_are_stopped(registry: Registry):
    await registry.visitor.post("/members", json=RIGHT)
    guesses = [registry.visitor.post("/sessions", json=WRONG) for _ in range(FREE_GUESSES + 5)]
    answers = await asyncio.gather(*guesses)
    assert sorted(answer.status_code for answer in answers) == [401] * FREE_GUESSES + [429] * 5
    refused = await registry.visitor.post("/sessions", json={**RIGHT, "name": " ADA "})
    told = refused.json()
    assert (refused.status_code, told["code"]) == (429, "rate_limited")
    assert 0 < int(refused.headers["retry-after"]) == told["retry_after_seconds"]


async def test_names_that_nobody_has_are_answered_alike(registry: Registry):
    body = {"name": "nobody", "password": "wrong"}
    answers = [(await registry.visitor.post("/sessions", json=body)).status_code for _ in range(FREE_GUESSES + 1)]
    assert answers == [401] * FREE_GUESSES + [429]


async def test_the_right_password_begins_the_count_anew(registry: Registry):
    await registry.visitor.post("/members", json=RIGHT)
    for _ in range(2):
        for _ in range(FREE_GUESSES - 1):
            assert (await registry.visitor.post("/sessions", json=WRONG)).status_code == 401
        assert (await registry.visitor.post("/sessions", json=RIGHT)).status_code == 201


async def test_the_page_says_when_to_try_again(registry: Registry):
    browser = registry.client(base_url=BASE)
    browser.headers["Sec-Fetch-Site"] = "same-origin"
    pages = [await browser.post("/sign-in", data=WRONG) for _ in range(FREE_GUESSES + 1)]
    assert [page.status_code for page in pages] == [401] * FREE_GUESSES + [429]
    assert int(pages[-1].headers["retry-after"]) > 0
    assert "try again in" in pages[-1].text


async def test_invisible_signs_are_refused_in_words_for_others(registry: Registry, ada: Person):
    for sign in ("\0", "\u202e", "\x1b", "\u2028"):
        joined = await registry.visitor.post("/members", json={**RIGHT, "name": "eve", "display_name": f"E{sign}ve"})
        label = await ada.client.post("/tokens", json={"label": f"a{sign}", "scopes": ["read"]})
        place = await ada.client.post("/facilities", json={"name": "Lab", "slug": "lab", "description": f"a{sign}"})
        for answer in (joined, label, place):
            assert (sign, answer.status_code, answer.json()["code"]) == (sign, 422, "invalid_request")
    place = await ada.client.post("/facilities", json={"name": "Lab", "slug": "lab", "description": "one\ntwo"})
    assert place.status_code == 201
