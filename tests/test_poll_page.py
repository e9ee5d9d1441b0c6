"""The voters' page in Chromium: two phones vote, change their vote, lose the server, find it."""

import re
import sys
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from support.disks import full_disk

from lossviz.poll import desk
from lossviz.poll.questions import Poll, load

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
WATCH_POLICY = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (e) => window.violations.push(e.blockedURI));
"""


@pytest.fixture
def server(tmp_path):
    running = desk.start(tmp_path / "votes.sqlite3", poll="entropy_hard")
    yield running
    (desk.find(running.db) or running).stop()


class Phone:
    """A page of its own browser profile, and all it asked for and complained of."""

    def __init__(self, browser, url, **settings):
        self.context = browser.new_context(
            **{"viewport": {"width": 320, "height": 640}, **settings}
        )
        self.context.add_init_script(WATCH_POLICY)
        self.page = self.context.new_page()
        self.requests, self.complaints = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda line: self.complaints.append(line.text))
        self.page.goto(url)
        self.message = self.page.locator("#message")

    def option(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def says(self, text, timeout=20_000):
        playwright.expect(self.message).to_contain_text(text, timeout=timeout)


@contextmanager
def phones(browser, url, *settings):
    pages = [Phone(browser, url, **each) for each in settings]
    try:
        yield pages
    finally:
        for phone in pages:
            phone.context.close()


def test_two_phones_vote_change_lose_the_server_and_find_it_again(browser, server):
    with phones(browser, server.url, {}, {"color_scheme": "dark"}) as (one, two):
        for phone in (one, two):
            phone.says("Voting is open")
            playwright.expect(phone.page.locator("h1")).to_have_text(re.compile("highest entropy"))
        one.option("Box A").click()
        one.says("Your vote is in: “Box A”")
        two.option("A and B, equally").click()
        two.says("Your vote is in: “A and B, equally”")
        one.option("Box C").click()
        one.says("Your vote is in: “Box C”")
        playwright.expect(one.option("Box C")).to_have_attribute("aria-pressed", "true")
        playwright.expect(one.option("Box A")).to_have_attribute("aria-pressed", "false")
        assert server.call("state")["counts"] == [0, 0, 1, 1]

        server.process.kill()
        server.process.wait()
        two.says("Lost connection, trying again")
        one.option("Box B").click()
        one.says("Your vote is not in yet")
        again = desk.start(server.db, poll="entropy_hard")
        one.says("Your vote is in: “Box B”")
        two.says("Your vote is in: “A and B, equally”")
        assert again.call("state")["counts"] == [0, 1, 0, 1]

        again.act("close")
        one.says("Voting is closed. Your vote is in: “Box B”")
        assert one.page.locator(".result:visible").count() == 0
        one.option("Box A").dispatch_event("click")  # asleep, and nothing is sent
        again.act("show")
        playwright.expect(one.page.locator(".result").nth(1)).to_have_text("1 of 2 votes (50 %)")
        again.act("next")
        one.says("Voting is closed. Stay here")
        again.act("open")
        one.says("Voting is open")
        playwright.expect(one.page.locator("#round")).to_contain_text("round 2")
        one.option("Box A").click()
        one.says("Your vote is in: “Box A”")
        assert again.call("state")["counts"] == [1, 0, 0, 0]

        for phone in (one, two):
            origins = {urlsplit(url).netloc for url in phone.requests}
            assert origins == {urlsplit(server.url).netloc}
            assert phone.page.evaluate("window.violations") == []
            lost = [text for text in phone.complaints if "ERR_CONNECTION_REFUSED" not in text]
            assert lost == [], "only the lost server is complained of"


def test_a_vote_that_comes_too_late_is_told(browser, server):
    with phones(browser, server.url, {}) as (phone,):
        phone.says("Voting is open")
        phone.page.route("**/state", lambda route: route.abort())  # it has not seen the closing
        server.act("close")
        phone.option("Box A").click()
        phone.page.wait_for_timeout(300)
        phone.page.unroute("**/state")
        phone.says("Your vote came too late and was not counted")
        assert server.call("state")["voters"] == 0


def test_a_vote_that_is_not_saved_is_kept_told_and_sent_again(browser, server):
    sent = []
    with phones(browser, server.url, {}) as (phone,):
        phone.says("Voting is open")

        def once(route):
            sent.append(route.request.post_data_json["choice"])
            if len(sent) < 3:
                return route.fulfill(status=507, json={"error": "not saved"})
            return route.continue_()

        phone.page.route("**/vote", once)
        phone.option("Box A").click()
        phone.says(
            "Your vote for “Box A” is not counted yet: the poll's computer cannot save it just "
            "now. It is sent again by itself."
        )
        playwright.expect(phone.option("Box A")).to_have_attribute("aria-pressed", "true")
        phone.says("Your vote is in: “Box A”")
        assert sent == [0, 0, 0] and server.call("state")["counts"][0] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process's files")
def test_while_the_disk_is_full_the_page_still_follows_the_poll(browser, server):
    with phones(browser, server.url, {}) as (phone,):
        phone.says("Voting is open")
        with full_disk(server):
            phone.option("Box A").click()
            phone.says("Your vote for “Box A” is not counted yet")
            phone.option("Box B").click()
            phone.says("Your vote for “Box B” is not counted yet")
            assert server.call("state")["voters"] == 0
        phone.says("Your vote is in: “Box B”")
        phone.page.route("**/vote", lambda route: route.fulfill(status=503, body="<busy>"))
        phone.option("Box A").click()
        phone.says("Your vote for “Box A” is not counted yet")
        server.act("next")
        phone.says("Voting is closed. Stay here")


def test_a_lost_cookie_is_replaced_on_the_way(browser, server):
    with phones(browser, server.url, {}) as (phone,):
        phone.says("Voting is open")
        phone.context.clear_cookies()
        phone.option("Box A").click()
        phone.says("Your vote is in: “Box A”")
        assert server.call("state")["voters"] == 1


def test_it_votes_by_keyboard_alone_and_speaks_to_a_screen_reader(browser, server):
    with phones(browser, server.url, {}) as (phone,):
        phone.says("Voting is open")
        phone.page.keyboard.press("Tab")
        phone.page.keyboard.press("Tab")
        playwright.expect(phone.option("Box B")).to_be_focused()
        phone.page.keyboard.press("Enter")
        phone.says("Your vote is in: “Box B”")
        playwright.expect(phone.option("Box B")).to_be_focused()
        assert phone.message.get_attribute("role") == "status"
        assert "8 B, 2 V and 2 G" in phone.page.locator("img").get_attribute("alt")
        assert phone.page.evaluate("document.querySelector('img').naturalWidth") > 0


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 320), ("dark", 1280)])
def test_nothing_overflows_targets_are_large_and_axe_finds_nothing(browser, server, scheme, width):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    )
    size = {"viewport": {"width": width, "height": 640}, "color_scheme": scheme}
    with phones(browser, server.url, size) as (phone,):
        phone.says("Voting is open")
        phone.option("Box A").click()
        phone.says("Your vote is in")
        server.act("show")
        playwright.expect(phone.page.locator(".result").first).to_be_visible(timeout=10_000)
        assert phone.page.evaluate("document.documentElement.scrollWidth") <= width
        for button in phone.page.get_by_role("button").all():
            assert button.bounding_box()["height"] >= 48
        found = axe.Axe().run(phone.page)
        assert [rule["id"] for rule in found.response["violations"]] == []


def test_the_page_works_behind_a_proxy_s_prefix(browser, server):
    """Every request below /some/prefix/ is passed on without it, as a proxy does."""
    with phones(browser, "about:blank", {}) as (phone,):

        def forward(route):
            url = route.request.url.replace("/some/prefix/", "/")
            answer = route.fetch(url=url)
            route.fulfill(response=answer)

        phone.page.route("**/some/prefix/**", forward)
        phone.page.goto(server.url + "some/prefix/")
        phone.says("Voting is open")
        phone.option("Box A").click()
        phone.says("Your vote is in")
        assert all("/some/prefix/" in url for url in phone.requests if url != "about:blank")
        assert server.call("state")["voters"] == 1


def test_a_page_that_is_open_follows_to_the_next_question_and_its_picture(browser, server):
    entropy = load("entropy")
    drawn = replace(entropy.picture, drawn=entropy.picture.content())
    with phones(browser, server.url, {}) as (phone,):
        phone.says("Voting is open")
        picture = phone.page.locator("#picture img")
        playwright.expect(picture).to_have_count(1)
        server.ask(Poll("next", "Without a picture?", ("Yes", "No")))
        playwright.expect(phone.page.locator("h1")).to_have_text("Without a picture?")
        playwright.expect(picture).to_have_count(0)
        phone.option("No").click()
        phone.says("Your vote is in: “No”")
        server.ask(replace(entropy, picture=drawn))
        playwright.expect(picture).to_have_attribute("alt", entropy.picture.alt)
        phone.page.wait_for_function("document.querySelector('#picture img').naturalWidth > 0")
        assert server.call("state")["voters"] == 0, "the last vote was for the question before"
        assert phone.complaints == [] and phone.page.evaluate("window.violations") == []
