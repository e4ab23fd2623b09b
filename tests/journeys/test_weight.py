"""What somebody loads who comes for the first time: as a browser asks for it and as WhiteNoise has compressed it."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from advisors import links as offer_links
from advisors import offers
from advisors.models import Offer
from miglobe.outbox.models import Mail
from requests import links as request_links
from requests.forms import STEPS
from requests.models import State, Topic
from tests.factories import CaseFactory, DraftFactory
from tests.house.test_house import PUBLIC
from tests.requests.test_form import fill

pytestmark = pytest.mark.django_db(transaction=True)

MOST_BYTES = 100_000
NO_PAGES = {"alive"}  # a word
BY_PROXY = 5  # the quality with which a proxy compresses pages as they come


def public_pages(place, advisors):
    """[(name of the view, path)]"""
    topics = list(Topic.objects.all()[:2])
    draft = DraftFactory()
    fill(Client(), draft)
    unconfirmed = CaseFactory(state=State.UNCONFIRMED)
    case = CaseFactory(state=State.SEARCHING, topics=topics, person=place, organisation=place.organisation)
    offers.propose(case, advisors=[advisor.pk for advisor in advisors], by=place)
    offers.send(case, by=place)
    first, second = Offer.objects.all()
    offers.accept(first)
    links = {
        "requests:review": {"key": draft.key},
        "requests:receipt": {"key": unconfirmed.key},
        "requests:confirm": {"token": request_links.token(request_links.CONFIRM, unconfirmed)},
        "requests:status": {"token": request_links.token(request_links.STATUS, case)},
        "requests:withdraw": {"token": request_links.token(request_links.STATUS, case)},
        "codes:enter": {"key": draft.key},
        "outbox:demo_mail": {"pk": Mail.objects.first().pk},
    }
    several = {
        "requests:step": [{"key": draft.key, "name": name} for name in STEPS],
        "advisors:offer": [{"token": offer_links.token(offer)} for offer in (first, second)],
    }
    return [
        (name, reverse(name, kwargs=kwargs))
        for name in sorted(PUBLIC - NO_PAGES)
        for kwargs in several.get(name, [links.get(name)])
    ]


def test_no_public_page_asks_for_more_than_100_kilobytes(chromium, live_server, place, two_advisors):
    served = Path(settings.STATIC_ROOT)
    manifest = json.loads((served / "staticfiles.json").read_text())["paths"]

    def compressed(path):
        file = served / manifest[path.removeprefix(settings.STATIC_URL)]
        smaller = file.with_name(f"{file.name}.br")
        return (smaller if smaller.exists() else file).stat().st_size

    def first_view(path):
        """{what the browser asked for: bytes}"""
        asked = []
        context = chromium.new_context()
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        response = page.goto(live_server.url + path)
        if page.locator("select[data-autocomplete]").count():
            page.locator(".autocomplete__wrapper").first.wait_for(state="attached")
        asked.append(page.locator("link[rel=icon]").evaluate("link => link.href"))  # without a window nobody asks
        assert response.status == 200 and page.url == live_server.url + path
        assert all(url.startswith(live_server.url) for url in asked), "somebody else's server"
        html = len(brotli.compress(response.body(), quality=BY_PROXY))
        context.close()
        parts = {urlsplit(url).path for url in asked} - {path}
        return {"HTML": html} | {part: compressed(part) for part in parts}

    weights = {f"{name} {path}": first_view(path) for name, path in public_pages(place, two_advisors)}
    assert not {page: parts for page, parts in weights.items() if sum(parts.values()) > MOST_BYTES}

    for page, parts in weights.items():  # we counted what we meant to count
        kinds = [Path(part).suffix for part in parts]
        assert kinds.count(".woff2") == 2 and kinds.count(".css") >= 3 and kinds.count(".js") >= 1, page
    assert any("accessible-autocomplete" in part for parts in weights.values() for part in parts)
