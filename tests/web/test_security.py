"""What members write stays text, forms are taken from our own pages only, and redirects stay here."""

import httpx
import pytest

from tests.web.browsing import Open
from tests.web.site import HOSTILE, PASSWORD, Site


def browser_like(site: Site, **headers: str) -> httpx.Client:
    return httpx.Client(base_url=site.url, headers={"Sec-Fetch-Site": "same-origin", **headers}, timeout=30)


@pytest.mark.parametrize(
    "address",
    [
        "/designs/ada/hostile",
        "/designs?q=hostile",
        "/designs/ada/hostile/versions/1.0.0/files/README.md",
        "/designs/ada/hostile/lineage",
        "/designs/ada/hostile?p.size=95",
        "/designs/ada/hostile?p.word=" + "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
        "/designs?q=%3Cscript%3Ealert(1)%3C/script%3E&tag=%22%3E%3Csvg/onload=alert(1)%3E",
        "/sign-in?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/activity",
        "/",
    ],
)
def test_what_members_write_stays_text(open_page: Open, address: str) -> None:
    page = open_page()
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.goto(address)
    assert page.locator("img[src='x'], svg[onload], iframe, [onerror], a[href^='javascript']").count() == 0
    scripts = page.locator("script").evaluate_all("all => all.map(one => one.getAttribute('src'))")
    assert all(source and source.startswith("/static/") for source in scripts)
    assert said == []


def test_hostile_words_are_shown_as_they_are(open_page: Open) -> None:
    page = open_page()
    page.goto("/designs/ada/hostile")
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.get_by_label(HOSTILE, exact=True).count() == 1
    assert page.get_by_text("values do not go together", exact=False).count() == 0


def test_pages_carry_a_strict_policy(site: Site) -> None:
    with browser_like(site) as client:
        for address in ("/", "/designs/ada/hostile", "/nowhere", "/sign-in"):
            headers = client.get(address).headers
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "same-origin"


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(site: Site) -> None:
    with browser_like(site) as client:
        answer = client.post("/sign-in", data={"name": "ada", "password": PASSWORD})
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
@pytest.mark.parametrize("address", ["/sign-in", "/sign-out", "/join", "/settings/tokens", "/facilities/new", "/theme"])
def test_forms_of_other_sites_are_refused(site: Site, address: str, headers: dict[str, str]) -> None:
    with httpx.Client(base_url=site.url, headers=headers, cookies={"cofab_session": site.tokens["ada"]}) as client:
        answer = client.post(address, data={"name": "ada", "password": PASSWORD, "label": "x", "theme": "dark"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_redirects_stay_here(site: Site, target: str) -> None:
    with browser_like(site) as client:
        for address, data in (
            ("/sign-in", {"name": "ada", "password": PASSWORD}),
            ("/theme", {"theme": "dark"}),
        ):
            answer = client.post(address, data={**data, "next": target})
            assert answer.status_code == 303
            assert answer.headers["location"] == "/"


def test_a_wrong_password_says_so_and_shows_nothing_of_it(site: Site) -> None:
    with browser_like(site) as client:
        answer = client.post("/sign-in", data={"name": "ada", "password": "wrong and secret"})
    assert answer.status_code == 401
    assert "check both" in answer.text
    assert "wrong and secret" not in answer.text


def test_a_session_that_is_over_makes_a_visitor(site: Site) -> None:
    with httpx.Client(base_url=site.url, cookies={"cofab_session": "cofab_gone"}) as client:
        answer = client.get("/designs")
    assert answer.status_code == 200
    assert "Sign in" in answer.text
    assert 'cofab_session=""' in answer.headers["set-cookie"]


def test_bytes_are_never_served_as_something_a_browser_runs(site: Site) -> None:
    with site.client("ada") as ada:
        readme = next(
            file["sha256"]
            for file in ada.get("/designs/ada/hostile/versions/1.0.0/files").json()["files"]
            if file["path"] == "README.md"
        )
    with browser_like(site) as client:
        for name in ("x.html", "x.js", "x.css", "x.xhtml", "x.mjs", "x"):
            answer = client.get(f"/blobs/{readme}/{name}")
            assert answer.headers["content-type"] == "application/octet-stream"
        assert "sandbox" in client.get(f"/blobs/{readme}/x.svg").headers["content-security-policy"]
        assert client.get("/blobs/not-a-digest/x.png").status_code in {404, 422}


def test_somebody_elses_order_is_not_there(site: Site) -> None:
    with browser_like(site) as client:
        client.cookies.set("cofab_session", site.tokens["ada"])
        assert client.get("/orders/ord_0000000000000000").status_code == 404
