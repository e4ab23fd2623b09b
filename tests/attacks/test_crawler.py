"""Every address with every method, as everybody: never an error of ours, and who only looks changes nothing."""

import os
from functools import partial
from itertools import product

import pytest
from django.http import HttpResponse
from django.template.response import SimpleTemplateResponse
from django.test import Client

from tests.advisors.test_links_by_get import everything_stored
from tests.attacks import addresses, world
from tests.desk import test_roles as desk
from tests.login import signs_in

pytestmark = pytest.mark.django_db

SAFE, UNSAFE = ("GET", "HEAD", "OPTIONS", "TRACE"), ("POST", "PUT", "PATCH", "DELETE")
NEVER_OURS = ("PUT", "PATCH", "DELETE")  # no form sends them, so they do nothing, with or without a token
METHODS = (*SAFE, *NEVER_OURS) if "THOROUGH" in os.environ else ("GET", "DELETE")
"""All of them belong to `make scan`: for our own views what they do not know is all the same."""
PEOPLE = (desk.NOBODY, desk.OURS, desk.LEAD, desk.FIGURES, desk.TECHNICAL, desk.NO_ROLE)
MAY_BE_WRITTEN = {
    "accounts_session",  # a login is still in use
    "requests_look",  # who has the case open just now
    "advisors_advisoraccess",  # who has read the record of an advisor
    "cache",  # counted attempts
}


def empty(request, template, context=None, *, status=200):
    return HttpResponse(status=status)


def refuse(request, exception, *, status):
    return HttpResponse(status=status)


@pytest.fixture
def visitor(everywhere, db, request, monkeypatch):
    """The client of somebody who comes by; most pages stay empty, their status is the answer."""
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")
    monkeypatch.setattr("miglobe.errors.render", empty)
    for status in (403, 404):
        monkeypatch.setattr(f"miglobe.urls.handler{status}", partial(refuse, status=status), raising=False)
    person = everywhere.people[request.param]
    client = Client(raise_request_exception=False)
    if person:
        signs_in(client, person, "password")
    return client


def test_every_address_is_visited(everywhere):
    found = {name for name, _ in everywhere.paths}
    assert found == {name for name, _ in world.routes()} - addresses.LEFT_OUT
    assert len(everywhere.paths) > 250


@pytest.mark.parametrize("visitor", PEOPLE, indirect=True)
def test_looking_at_any_address_changes_nothing(visitor, everywhere):
    for name, path in everywhere.paths:
        # Where nobody is asked who they are, a login opens nothing more: one look is enough.
        is_asked = not visitor.cookies or name.startswith("admin:")
        methods = METHODS if is_asked else ("GET",)
        before = world.writes()
        for method in methods:
            response = visitor.generic(method, path)
            world.body(response)
            assert response.status_code in EXPECTED, (method, path, response.status_code)
        if world.written(before) - MAY_BE_WRITTEN:  # rolled back? What would follow from a button is rehearsed so.
            stored = everything_stored()
            for method in methods:
                world.body(visitor.generic(method, path))
            changed = {table for table, rows in everything_stored().items() if rows != stored[table]}
            assert changed <= MAY_BE_WRITTEN, (path, name)


EXPECTED = {200, 301, 302, 400, 403, 404, 405, 409}


def no_token(request, reason=""):
    return HttpResponse(reason, status=403)


@pytest.mark.parametrize("visitor", PEOPLE, indirect=True)
def test_no_address_takes_anything_without_the_token_of_its_form(visitor, everywhere, settings):
    settings.CSRF_FAILURE_VIEW = f"{__name__}.no_token"
    visitor.handler.enforce_csrf_checks = True
    before = world.writes()
    for (_, path), method in product(everywhere.paths, UNSAFE):
        assert visitor.generic(method, path, "answer=accept", "application/x-www-form-urlencoded").status_code == 403
    assert world.written(before) <= MAY_BE_WRITTEN
