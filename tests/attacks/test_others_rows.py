"""What belongs to somebody else: no link and no session reaches it, whatever stands in the address or in the form."""

from itertools import product
from uuid import UUID, uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import reverse

from advisors import links as offer_links
from advisors.models import Pause
from miglobe.accounts.models import SavedView
from miglobe.desk import roles
from miglobe.outbox import texts as mail_texts
from miglobe.outbox.texts import Words
from miglobe.pages import editing
from miglobe.pages.models import Page
from requests.models import BulkRun
from tests import factories
from tests.attacks import pages, world
from tests.attacks.conftest import OURS, THEIRS
from tests.attacks.world import BY_TOKEN
from tests.desk.test_roles import BUTTONS
from tests.login import signs_in

pytestmark = pytest.mark.django_db


def leaks(text: str) -> bool:
    return THEIRS.lower() in text.lower()


# --- Links -------------------------------------------------------------------------------------------------


def test_every_address_with_a_token_says_which_link_opens_it():
    assert {name for name, _ in world.by_token()} == BY_TOKEN.keys(), "Bitte in BY_TOKEN (world.py) einordnen."


def test_every_link_opens_its_own_pages(client, parties):
    """Else the tests below would prove nothing."""
    ours, _ = parties
    for name, pattern in world.by_token():
        response = client.get(ours.path(name, pattern))
        takes_a_post = name in ("advisors:save_report", "advisors:own_data_file", "privacy:own_file")
        assert response.status_code == (405 if takes_a_post else 200), name
        world.body(response)


def test_behind_a_link_nothing_of_another_case_is_reached(client, parties):
    ours, theirs = parties
    tried = 0
    for name, pattern in world.by_token():
        for part in parts_of_rows(pattern):
            path = ours.path(name, pattern, **{part: theirs.ids(name)[part]})
            tried += 1
            for method in (client.get, client.head, client.post):
                before = world.writes()
                response = method(path)
                # Of a case that was merged the dates lead to the status of the one that goes on.
                to_own_status = name == "advisors:dates" and response.status_code == 302
                assert response.status_code in (404, 405) or to_own_status, path
                assert not leaks(world.body(response) + str(response.headers)), path
                assert world.written(before) == set(), path
    assert tried >= 7


def parts_of_rows(pattern) -> set[str]:
    return world.parts(pattern) - {"token", *world.FIXED}


def test_the_key_of_a_draft_opens_no_file_of_another(client, parties):
    ours, theirs = parties
    for file in (theirs.files["draft"], ours.files["case"]):
        path = reverse("requests:draft_file", kwargs={"key": ours.rows["draft"].key, "file": file.key})
        assert client.get(path).status_code == 404


OPEN_BY_KEY = {"pages:barrier_reported", "codes:enter", "advisors:feed"}
OF_A_DRAFT = {
    f"requests:{name}"
    for name in ("draft_file", "pause", "paused", "throw_away", "review", "receipt", "receipt_pdf", "step")
}


def test_every_address_with_a_random_key_has_its_place():
    by_key = {name for name, pattern in world.routes() if "key" in world.parts(pattern)}
    others = {"account_reset_password_from_key", "admin:requests_consultationrequest_recording"}
    assert by_key == OPEN_BY_KEY | OF_A_DRAFT | others, "Was zeigt diese Adresse, und wem?"


def test_the_key_of_a_case_that_is_filed_shows_its_reference_and_changes_nothing(client, parties):
    """The key stands in every link: what was a draft's must not stay open by it."""
    ours, _ = parties
    case = ours.rows["case"]
    for name, pattern in world.routes():
        if name not in OF_A_DRAFT:
            continue
        ids = {"key": case.key, "file": ours.files["case"].key, "name": "anliegen"}
        path = reverse(name, kwargs={part: ids[part] for part in world.parts(pattern)})
        for method in (client.get, client.post):
            before = world.writes()
            text = world.body(method(path, follow=True))
            assert OURS not in text, path
            assert world.written(before) <= {"cache"}, path


def test_no_key_opens_what_another_key_opens(client, parties):
    """Keys are random and of one shape: the one of a row of another kind, or of nobody, is none."""
    ours, _ = parties
    keys = {row.key for row in (*ours.rows.values(), *ours.files.values()) if isinstance(getattr(row, "key", 0), UUID)}
    cases = {ours.rows[name].key for name in ("draft", "unconfirmed", "case", "asked", "closed")}
    for name, pattern in world.routes():
        if name in OF_A_DRAFT:
            for key in (keys - cases) | {uuid4()}:
                path = reverse(
                    name, kwargs={"key": key} | {p: ours.ids(name)[p] for p in world.parts(pattern) - {"key"}}
                )
                response = client.get(path)
                assert response.status_code in (404, 405), path
                assert OURS not in world.body(response), path
    for key in keys:
        assert client.get(reverse("advisors:feed", kwargs={"key": key})).status_code == 404
    assert client.get(reverse("advisors:feed", kwargs={"key": ours.rows["advisor"].feed_key})).status_code == 200


def test_no_form_behind_a_link_takes_an_id_of_somebody_else(client, parties):
    """What a form says of rows is exchanged for rows of the others, field by field."""
    ours, theirs = parties
    Pause.objects.create(advisor=theirs.rows["advisor"], starts_on="2031-01-01")
    own, others = ids(ours), ids(theirs)
    before, tried = world.of(theirs), 0
    for name, pattern in world.by_token():
        path = ours.path(name, pattern)
        with transaction.atomic():
            response = client.get(path)
            for form in pages.read(world.body(response)).forms:
                for field in [key for key, values in form.fields.items() if set(values) & own and key != "text"]:
                    for other in sorted(others - set(form.fields[field])):
                        tried += 1
                        answer = client.post(form.action or path, form.checked | {field: other})
                        assert answer.status_code < 500, (path, field, other)
                        assert not leaks(world.body(answer)), (path, field, other)
            assert world.of(theirs) == before, path
            transaction.set_rollback(True)
    assert tried > 20


def ids(party) -> set[str]:
    """Keys, and the numbers that only this party's rows have among the two."""
    keys = {str(row.key) for row in (*party.rows.values(), *party.files.values()) if hasattr(row, "key")}
    listed = (party.rows["proposal"].options.all(), party.rows["advisor"].pauses.all(), party.rows["case"].offers.all())
    return keys | {str(row.pk) for rows in listed for row in rows}


@pytest.mark.parametrize("field", ["anlage", "entfernen"])
def test_a_message_takes_no_file_of_somebody_else_along(client, parties, field):
    ours, theirs = parties
    before = world.of(theirs)
    status = ours.path("requests:status", dict(world.routes())["requests:status"])
    steps = [
        reverse("requests:step", kwargs={"key": ours.rows["draft"].key, "name": name})
        for name in ("unterlagen", "anliegen")
    ]
    for path in (status, *steps):
        for file in theirs.files.values():
            assert client.post(path, {"text": "Hallo", field: str(file.key)}).status_code < 500
    assert world.of(theirs) == before


def test_a_link_shows_nothing_of_another_party(client, parties):
    """Whoever comes with a link of ours sees our word, on whatever page, and never theirs."""
    ours, theirs = parties
    for name, pattern in world.by_token():
        assert not leaks(world.body(client.get(ours.path(name, pattern)))), name
    assert leaks(world.body(client.get(theirs.path("requests:status", dict(world.routes())["requests:status"]))))


def test_an_advisor_who_has_left_the_case_gets_to_the_offer_alone(client, parties):
    """The link is still theirs; the files, the dates and the report are no longer."""
    ours, _ = parties
    type(ours.rows["offer"]).objects.filter(pk=ours.rows["offer"].pk).update(state="cancelled")
    to_the_offer = ours.path("advisors:offer", dict(world.routes())["advisors:offer"])
    for name, pattern in world.by_token():
        if BY_TOKEN[name] == offer_links.OFFER and name != "advisors:offer":
            for method in (client.get, client.post):
                before = world.writes()
                response = method(ours.path(name, pattern))
                assert response.status_code in (302, 405), name
                assert response.get("Location", to_the_offer) == to_the_offer, name
                assert world.written(before) == set(), name


# --- The desk ----------------------------------------------------------------------------------------------


MIXED = {
    "note_pk": ("case", "note"),
    "offer_pk": ("asked", "open_offer"),
    "appointment_pk": ("case", "appointment"),
    "proposal_pk": ("case", "proposal"),
    "file": ("case", "file"),
    "version": (None, None),  # of a page or a text of mails: below
    "case_pk": (None, None),  # of a round: below
}
"""Parts of an address that name a row of a row: of which case, and what."""
ALONE = {
    "pk",
    "object_id",
    "name",
    "year",
    "purpose",
    "language",
    "template",
    "content_type_id",
    "app_label",
    "url",
    "key",
}
ALONE |= {"other"}  # any two cases of a municipality can be compared; who may, tests/desk/test_roles.py says


def of_desk():
    return [(name, pattern) for name, pattern in world.routes() if name.startswith("admin:")]


def test_every_part_of_an_address_of_the_desk_has_its_place():
    found = {part for _, pattern in of_desk() for part in world.parts(pattern)}
    assert found == MIXED.keys() | ALONE, "Gehört dieser Teil zu einer Zeile?"


def test_at_the_desk_a_row_of_another_case_is_not_found(parties):
    ours, theirs = parties
    client, tried = signed_in(factories.UserFactory(is_superuser=True)), set()
    for name, pattern in of_desk():
        for part in world.parts(pattern) & {key for key, (case, _) in MIXED.items() if case}:
            case, what = MIXED[part]
            for button in BUTTONS.get(name.removeprefix("admin:"), [""]):
                for owner, expected in ((ours, False), (theirs, True)):
                    row = owner.files["case"].key if what == "file" else owner.rows[what].pk
                    given = {"pk": ours.rows[case].pk, part: row, "name": button}
                    path = reverse(name, kwargs={each: given[each] for each in world.parts(pattern)})
                    for method in (client.get, client.post):
                        answers_with_404(method, path, is_expected=expected)
                    tried.add(part)
    assert tried == {part for part, (case, _) in MIXED.items() if case}


def answers_with_404(method, path, *, is_expected):
    before = world.writes()
    with transaction.atomic():
        response = method(path)
        text = world.body(response)
        transaction.set_rollback(True)
    assert response.status_code < 500, path
    assert (response.status_code in (404, 405)) == is_expected or response.status_code == 405, path
    if is_expected:
        assert not leaks(text), path
        assert world.written(before) - {"accounts_session", "requests_look"} == set(), path


def test_at_the_desk_a_version_belongs_to_its_page_and_its_text(parties):
    editing.load()
    lead = factories.UserFactory(is_superuser=True)
    client = signed_in(lead)
    faq, start = (Page.objects.get(slug=slug, language="de") for slug in ("fragen", "start"))
    path = "admin:pages_page_version"
    assert client.get(reverse(path, args=[faq.pk, faq.versions.get().pk])).status_code == 200
    assert client.get(reverse(path, args=[faq.pk, start.versions.get().pk])).status_code == 404
    words = mail_texts.shipped("requests/rejected", "de")._asdict()
    made = mail_texts.save(
        "requests/rejected", "de", Words("[{{ Aktenzeichen }}] X", words["body"]), seen=None, by=lead
    )
    path = "admin:outbox_mailtext_version"
    assert client.get(reverse(path, args=["requests/rejected", "de", made.pk])).status_code == 200
    assert client.get(reverse(path, args=["requests/rejected", "en", made.pk])).status_code == 404
    assert client.get(reverse(path, args=["requests/asked", "de", made.pk])).status_code == 404


def test_a_round_takes_note_of_its_own_cases_alone(parties):
    ours, theirs = parties
    client = signed_in(factories.UserFactory(is_superuser=True))
    path = reverse("admin:advisors_round_note", args=[factories.RoundFactory().pk, theirs.rows["asked"].pk])
    before = world.of(theirs)
    assert client.post(path).status_code in (302, 404, 409)
    assert world.of(theirs) == before
    assert ours


def signed_in(person) -> Client:
    client = Client(raise_request_exception=False)
    signs_in(client, person, "password")
    return client


@pytest.mark.parametrize("role", [roles.COORDINATION, roles.LEAD, roles.FIGURES, roles.TECHNICAL, None])
def test_what_is_ones_own_at_the_desk_stays_so_for_every_role(role):
    """Selections of cases, private views, passkeys and logins are their person's alone."""
    owner = factories.CoordinatorFactory()
    other = factories.UserFactory(organisation=owner.organisation)
    if role:
        roles.load()
        other.groups.add(Group.objects.get(name=role))
    signed_in(owner)
    run = BulkRun.objects.create(move=BulkRun.EXPORT, by=owner, count=0)
    view = SavedView.objects.create(owner=owner, name="Meine", query="q=Soest")
    passkey = Authenticator.objects.create(user=owner, type="webauthn", data={})
    handle = owner.session_set.get().handle if hasattr(owner, "session_set") else ""
    attempts = [
        (reverse("admin:requests_bulkrun_change", args=[run.pk]), {}),
        (reverse("admin:requests_bulkrun_again", args=[run.pk]), {}),
        (reverse("admin:requests_consultationrequest_change_view", args=[view.pk]), {"delete": "1"}),
        (reverse("admin:requests_consultationrequest_change_view", args=[view.pk]), {"name": "Deine", "sharing": "me"}),
        (reverse("admin:requests_consultationrequest_begin_with"), {"view": view.pk}),
        (reverse("mfa_remove_webauthn", args=[passkey.pk]), {}),
        (reverse("end_session"), {"session": handle}),
    ]
    client, before = signed_in(other), kept(owner)
    for path, data in attempts:
        assert client.get(path).status_code in (302, 403, 404, 405), path
        assert client.post(path, data).status_code in (302, 403, 404, 409, 422), path
        assert kept(owner) == before, path


def kept(person) -> list:
    rows = (BulkRun.objects.filter(by=person), SavedView.objects.all(), Authenticator.objects.filter(user=person))
    return [list(found.values()) for found in rows] + [list(type(person).objects.filter(pk=person.pk).values())]


def test_a_coordinator_changes_nothing_of_another_organisation_by_exchanging_ids(parties):
    """Every form on the page of our own case, with rows of theirs in it. Advisors are a pool that all share."""
    ours, theirs = parties
    client = signed_in(ours.rows["person"])
    before, tried = world.of(theirs, alone=True), 0
    others = [str(theirs.rows[name].pk) for name in ("asked", "open_offer")]
    path = reverse("admin:requests_consultationrequest_change", args=[ours.rows["asked"].pk])
    for form in pages.read(world.body(client.get(path))).forms:
        named = [name for name, values in form.fields.items() if any(value.isdecimal() for value in values)]
        with transaction.atomic():
            for field, other in product(named, others) if form.method == "post" else ():
                tried += 1
                answer = client.post(form.action or path, form.checked | {field: other})
                assert answer.status_code < 500, (form.action, field)
            after = world.of(theirs, alone=True)
            transaction.set_rollback(True)
        assert after == before, form.action
    assert tried
