"""A real browser. Every page it passes is looked at by axe, and any word on its console fails the test."""

import os
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Page, sync_playwright

from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from requests.models import Municipality, Topic
from tests import jobs
from tests.factories import AdvisorFactory, CoordinatorFactory

AXE = (Path(settings.BASE_DIR) / "node_modules/axe-core/axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000  # milliseconds: the other core may be busy with other tests
EXPECTED_STATUS = re.compile(r"status of (404|409|422)")


@pytest.fixture(scope="module")
def chromium():
    # Playwright leaves an event loop running in this thread, which Django mistakes for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Walker:
    """Somebody at a browser, who looks at each page that they reach."""

    def __init__(self, page: Page, base: str):
        self.page = page
        self.base = base
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message):
        about_the_page = message.location["url"] == self.page.url and EXPECTED_STATUS.search(message.text)
        if message.type in ("error", "warning") and not about_the_page:
            self.complaints.append(message.text)

    def goes_to(self, address: str):
        self.page.goto(address.replace(settings.BASE_URL, self.base) if "://" in address else self.base + address)
        self.looks()

    def presses(self, name: str):
        self.page.get_by_role("button", name=name).first.click()
        self.looks()

    def follows(self, name: str):
        self.page.get_by_role("link", name=name).first.click()
        self.looks()

    def fills(self, label: str, text: str):
        self.page.get_by_label(label).fill(text)

    def ticks(self, label: str):
        self.page.get_by_label(label).check()

    def reads(self, words: str):
        assert words in self.page.inner_text("body"), words

    def looks(self):
        self.page.wait_for_load_state()
        self.page.evaluate(AXE)
        found = self.page.evaluate("rules => axe.run({runOnly: rules})", RULES)["violations"]
        assert not found, [(v["id"], [node["html"][:200] for node in v["nodes"]], self.page.url) for v in found]
        width = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{self.page.url} ist {width} px zu breit"
        assert not self.complaints, self.complaints


@pytest.fixture
def walk(chromium, live_server):
    """Makes walkers; each has a browser of its own."""
    contexts = []

    def make(**options) -> Walker:
        context = chromium.new_context(locale="de-DE", **({"viewport": {"width": 1280, "height": 900}} | options))
        contexts.append(context)
        return Walker(context.new_page(), live_server.url)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def mailbox():
    """Reads the newest mail of an address: `mailbox(address)` gives its text with working links."""

    def read(address: str) -> str:
        jobs.works_off()
        mail = Mail.objects.filter(to=address).first()
        assert mail, f"keine E-Mail an {address}"
        return outbox.as_text(mail, outbox.addresses(mail))

    return read


def link_in(text: str) -> str:
    found = re.search(r"https?://\S+", text)
    assert found
    return found[0]


@pytest.fixture
def place(live_server):
    """The portal as it opens its doors: reference data, one coordinator."""
    call_command("load_data")
    return CoordinatorFactory()


@pytest.fixture
def two_advisors(place):
    people = []
    for name, home in (("Amina Beispiel", "Unna"), ("Bruno Muster", "Soest")):
        advisor = AdvisorFactory(name=name, home=Municipality.objects.get(name=home))
        advisor.topics.set(Topic.objects.all()[:2])
        people.append(advisor)
    return people
