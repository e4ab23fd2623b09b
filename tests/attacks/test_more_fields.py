"""Fields that a form does not have, sent along with it: they change nothing, on no page, for no role.

Each form is sent twice, as it stands and with a field more for every column of our tables. Both must write the same.
"""

import pytest
from django.db import models, transaction
from django.test import Client
from django.urls import reverse

from requests.forms import STEPS
from tests.attacks import pages, world
from tests.desk import test_roles as desk
from tests.login import signs_in

pytestmark = pytest.mark.django_db


def surplus(party) -> dict[str, str]:
    """One field per column, with a value that would be taken if anybody took it: rows are those of the party."""
    found = {}
    for model in world.stored():
        for each in model._meta.concrete_fields:
            for name in (each.name, each.attname):
                found[name] = value_for(each, party)
    return found | {"is_superuser": "on", "is_staff": "on", "groups": "1", "by": str(party.rows["person"].pk)}


def value_for(each: models.Field, party) -> str:
    if each.choices:
        return str(each.flatchoices[-1][0])
    if each.is_relation:
        rows = party.pks.get(each.related_model)
        return str(next(iter(rows))) if rows else "1"
    if isinstance(each, models.BooleanField):
        return "on"
    if isinstance(each, models.DateTimeField):
        return "2020-01-01T10:00"
    if isinstance(each, models.DateField):
        return "2031-01-01"
    if isinstance(each, models.IntegerField | models.DecimalField):
        return "7"
    return "00000000-0000-4000-8000-000000000000" if isinstance(each, models.UUIDField) else "Untergeschoben"


def stored_in(tables: set[str], known: dict) -> list:
    """What is stored there, without what differs from time to time; rows made since `known` are all one."""
    found = []
    for model in (each for each in world.stored() if each._meta.db_table in tables):
        fields = [
            each
            for each in model._meta.concrete_fields
            if not isinstance(each, models.DateTimeField | models.UUIDField | models.AutoField)
            and each.attname not in DIFFERING
        ]
        rows = model._default_manager.values(*(each.attname for each in fields))
        found.append(
            (model.__name__, sorted(repr([told(each, row[each.attname], known) for each in fields]) for row in rows))
        )
    return found


DIFFERING = ("reference", "file", "password", "session_data", "session_key", "digest", "figures")
"""Drawn by lot, or (of a round) measured."""


def told(each: models.Field, value, known: dict):
    is_new = each.is_relation and value is not None and value not in known.get(each.related_model, (value,))
    return "new" if is_new else value


def keys() -> dict:
    return {model: set(model._default_manager.values_list("pk", flat=True)) for model in world.stored()}


def outcome(client, path, sent, known):
    before = world.writes()
    with transaction.atomic():
        response = client.post(path, sent)
        tables = world.written(before)
        stored = stored_in(tables, known)
        transaction.set_rollback(True)
    assert response.status_code < 500, path
    return (response.status_code, tables), stored


def assert_nothing_more_is_taken(client, path, more, known, tried) -> None:
    """`known`: the rows there are; `tried`: the forms that were looked at, once each, wherever they stand."""
    page = client.get(path)
    html = world.body(page)
    if page.status_code != 200 or not page.headers["Content-Type"].startswith("text/html"):
        return
    for form in pages.read(html).forms:
        kind = (form.action or path, *sorted(form.fields))
        if form.method != "post" or "abmelden" in form.action or kind in tried:
            continue
        tried.add(kind)
        sent = {name: values for name, values in form.checked.items() if name != "sprache"}
        extra = {name: value for name, value in more.items() if name not in form.fields}
        target = form.action or path
        status, plain = outcome(client, target, sent, known)
        other_status, stored = outcome(client, target, sent | extra, known)
        assert status == other_status, (path, target)
        differing = [(one, other) for one, other in zip(plain, stored, strict=True) if one != other]
        assert not differing, (path, target, differing)


def test_no_page_behind_a_link_and_no_step_takes_a_field_more(client, parties):
    ours, theirs = parties
    more = surplus(theirs)
    paths = [ours.path(name, pattern) for name, pattern in world.by_token()]
    paths += [reverse("requests:step", kwargs={"key": ours.rows["draft"].key, "name": name}) for name in STEPS]
    paths += [reverse(name) for name in ("advisors:apply", "pages:report_barrier", "codes:ask", "requests:lost_link")]
    known, tried = keys(), set()
    for path in paths:
        assert_nothing_more_is_taken(client, path, more, known, tried)
    assert len(tried) > 20


@pytest.mark.parametrize("who", [desk.OURS, desk.LEAD, desk.TECHNICAL])
def test_no_form_of_the_desk_takes_a_field_more(everywhere, db, who):
    client = Client(raise_request_exception=False)
    signs_in(client, everywhere.people[who], "password")
    more, known, tried = surplus(everywhere.party), keys(), set()
    for name, path in everywhere.paths:
        if name.startswith(("admin:", "account_", "mfa_")):
            assert_nothing_more_is_taken(client, path, more, known, tried)
    assert len(tried) > MANY[who]


MANY = {desk.OURS: 40, desk.LEAD: 60, desk.TECHNICAL: 10}
