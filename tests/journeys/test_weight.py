"""What somebody loads who comes for the first time: as a browser asks for it and as WhiteNoise has compressed it."""

import json
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest
from django.test import Client

from tests import pages_walk

pytestmark = pytest.mark.django_db(transaction=True)

MOST_BYTES = 100_000
BY_PROXY = 5  # the quality with which a proxy compresses pages as they come


def public_pages(place, settings):
    """Those that open for whoever comes along; of several that differ in their rows alone, the longest."""
    settings.ROOT_URLCONF = "tests.error_urls"  # the list wants addresses for the error pages, too
    stops = pages_walk.everything(place)
    shown = [stop for stop in stops if not stop.desk and not stop.post and stop.status == 200]
    kinds = defaultdict(list)
    for stop in shown:
        kinds[stop.name.split(",")[0] if stop.view == "requests:step" else stop.view].append(stop)
    return [max(kind, key=lambda stop: len(stop.fetched_by(Client()).content)) for kind in kinds.values()]


def test_no_public_page_asks_for_more_than_100_kilobytes(chromium, live_server, place, settings):
    served = Path(settings.STATIC_ROOT)
    manifest = json.loads((served / "staticfiles.json").read_text())["paths"]

    def compressed(path):
        file = served / manifest[path.removeprefix(settings.STATIC_URL)]
        smaller = file.with_name(f"{file.name}.br")
        return (smaller if smaller.exists() else file).stat().st_size

    def first_view(stop):
        """{what the browser asked for: bytes}, with the longer of both languages' HTML"""
        path, asked = stop.path, []
        context = chromium.new_context()
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        response = page.goto(live_server.url + path)
        if page.locator("select[data-autocomplete]").count():
            page.locator(".autocomplete__wrapper").first.wait_for(state="attached")
        asked.append(page.locator("link[rel=icon]").evaluate("link => link.href"))  # without a window nobody asks
        assert response.status == 200 and page.url == live_server.url + path
        assert all(url.startswith(live_server.url) for url in asked), "somebody else's server"
        pages = [context.request.get(live_server.url + stop.path_in(language)) for language in stop.languages]
        html = max(len(brotli.compress(page.body(), quality=BY_PROXY)) for page in pages)
        context.close()
        parts = {urlsplit(url).path for url in asked} - {urlsplit(path).path}
        return {"HTML": html} | {part: compressed(part) for part in parts}

    weights = {stop.name: first_view(stop) for stop in public_pages(place, settings)}
    assert not {page: parts for page, parts in weights.items() if sum(parts.values()) > MOST_BYTES}

    for page, parts in weights.items():  # we counted what we meant to count
        kinds = [Path(part).suffix for part in parts]
        assert kinds.count(".woff2") == 2 and kinds.count(".css") >= 3 and kinds.count(".js") >= 1, page
    assert any("accessible-autocomplete" in part for parts in weights.values() for part in parts)
