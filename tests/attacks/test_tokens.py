"""Links that somebody has changed, exchanged, kept or made up: a page that helps, and nothing else."""

import base64
import string

import pytest
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.urls import reverse
from django.utils import timezone
from django.utils.http import int_to_base36

from advisors import links as offer_links
from advisors.models import Candidacy, Offer
from miglobe import links
from miglobe.codes import codes
from miglobe.outbox import outbox, suppression
from miglobe.privacy import asking
from requests import links as request_links
from requests.models import ConsultationRequest, State
from tests import factories
from tests.attacks import pages, world
from tests.attacks.world import BY_TOKEN

pytestmark = pytest.mark.django_db

FIND = {
    request_links.CONFIRM: lambda token: request_links.find(request_links.CONFIRM, token),
    request_links.STATUS: lambda token: request_links.find(request_links.STATUS, token),
    request_links.RESUME: request_links.find_draft,
    offer_links.OFFER: offer_links.find,
    offer_links.ME: offer_links.find_advisor,
    offer_links.CONFIRM: lambda token: offer_links.find_candidacy(offer_links.CONFIRM, token),
    offer_links.INVITATION: lambda token: offer_links.find_candidacy(offer_links.INVITATION, token),
    suppression.STOP: suppression.mailbox,
    asking.PURPOSE: asking.find,
}
OF_NO_ROW = {  # they live as long as they are young
    request_links.RESUME,  # to whoever types an address; bound to the draft alone
    suppression.STOP,  # bound to the mailbox itself
}
SAME_TOKEN = {"advisors.own_page", "advisors.report", "advisors.follow_up", "advisors.dates"}  # of ME, OFFER, STATUS
AT_THE_DESK = {"requests.case", "advisors.candidacy", "advisors.record", "pages.report", "privacy.desk", "watch.state"}
WITHOUT_TOKEN = AT_THE_DESK | {"accounts.login"}
APART = {codes.CODE, "accounts.password"}  # a code: tests/codes; a new password: below


def test_every_purpose_of_a_link_is_attacked():
    assert outbox._resolvers.keys() == FIND.keys() | SAME_TOKEN | WITHOUT_TOKEN | APART, "Was öffnet dieser Link?"
    assert set(BY_TOKEN.values()) == FIND.keys()


def resigned(token: str, *, salt: str, key: str = settings.SECRET_KEY) -> str:
    return signing.TimestampSigner(key=key, salt=salt, sep=".").sign(token.partition(".")[0])


def mangled(token: str, stranger: str, purpose: str, bound: str) -> dict[str, str]:
    """What can be made of a token without the secret key. `stranger`: one of the same purpose for another row."""
    key, moment, signature = token.split(".")
    other_key, other_moment, other_signature = stranger.split(".")
    plain = base64.urlsafe_b64decode(signature + "=")
    return {
        "a byte of the key": f"{'0' if key[0] != '0' else '1'}{key[1:]}.{moment}.{signature}",
        "a byte of the moment": f"{key}.{moment[:-1]}{'0' if moment[-1] != '0' else '1'}.{signature}",
        "a byte of the signature": f"{key}.{moment}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
        "another's key": f"{other_key}.{moment}.{signature}",
        "another's signature": f"{key}.{moment}.{other_signature}",
        "another's moment and signature": f"{key}.{other_moment}.{other_signature}",
        "younger": f"{key}.zzzzzz.{signature}",
        "cut off": token[:-1],
        "cut off in the middle": token[: len(token) // 2],
        "without signature": f"{key}.{moment}.",
        "unsigned": key,
        "without key": f".{moment}.{signature}",
        "twice": f"{token}.{signature}",
        "padded": f"{token}=",
        "in standard base64": f"{key}.{moment}.{base64.b64encode(plain).decode().rstrip('=').replace('/', '_')}~",
        "in capitals": token.upper(),
        "the key in capitals": f"{key.upper()}.{moment}.{signature}" if key.upper() != key else token.upper(),
        "the key with hyphens": f"{key[:8]}-{key[8:]}.{moment}.{signature}",
        "the key as a URN": f"urn:uuid:{key}.{moment}.{signature}",
        "with junk": f"{token}A",
        "with a space": f"{token} ",
        "with a line break": f"{token}\n",
        "with NUL": f"{token}\x00",
        "NUL in the key": f"\x00{token}",
        "not ASCII": f"{key}.{moment}.{signature[:-1]}ä",
        "digits of another script": token.translate({ord(str(n)): chr(0x660 + n) for n in range(10)}),
        "huge": "A" * 100_000,
        "huge after the key": f"{key}.{moment}.{'A' * 100_000}",
        "dots": "." * 50,
        "none": "null",
        "JSON": '{"alg":"none"}.e30.',
        "another salt": resigned(token, salt="django.core.signing"),
        "no address in the salt": resigned(token, salt=f"{purpose}:"),
        "the purpose alone as salt": resigned(token, salt=purpose),
        "another secret": resigned(token, salt=f"{purpose}:{bound}", key="x" * 50),
    }


def bound_of(party, purpose: str) -> str:
    rows = party.rows
    return {
        request_links.CONFIRM: rows["unconfirmed"].contact_email,
        request_links.STATUS: rows["case"].contact_email,
        request_links.RESUME: "",
        offer_links.OFFER: rows["advisor"].email,
        offer_links.ME: rows["advisor"].email,
        offer_links.CONFIRM: rows["applied"].email,
        offer_links.INVITATION: rows["invited"].email,
        suppression.STOP: "",
        asking.PURPOSE: rows["person_asking"].email,
    }[purpose]


def variants(ours, theirs, purpose: str) -> dict[str, str]:
    token, bound = ours.tokens[purpose], bound_of(ours, purpose)
    made = mangled(token, theirs.tokens[purpose], purpose, bound)
    if purpose == request_links.RESUME:  # this is how it is signed
        del made["no address in the salt"]
    if purpose == suppression.STOP:
        del made["the purpose alone as salt"]
    for other, good in ours.tokens.items():
        if other != purpose:
            made[f"for {other}"] = good
            made[f"signed for {other}"] = resigned(token, salt=f"{other}:{bound}")
    return made


@pytest.mark.parametrize("purpose", FIND)
def test_no_changed_token_finds_its_row(parties, purpose):
    ours, theirs = parties
    good = ours.tokens[purpose]
    assert FIND[purpose](good)
    for kind, token in variants(ours, theirs, purpose).items():
        assert token != good, kind
        with pytest.raises(links.Dead):
            FIND[purpose](token)
    for place, letter in enumerate(good):  # the signature's last letter too, half of whose bits mean nothing
        for other in "A0" if place < len(good) - 1 else LETTERS:
            if other != letter:
                with pytest.raises(links.Dead):
                    FIND[purpose](good[:place] + other + good[place + 1 :])


LETTERS = string.ascii_letters + string.digits + "-_"


def test_a_changed_token_leads_to_a_page_that_helps_on_every_address(client, parties):
    ours, theirs = parties
    made = {purpose: variants(ours, theirs, purpose) for purpose in FIND}
    before = world.writes()
    for number, (name, pattern) in enumerate(world.by_token()):
        for turn, (kind, token) in enumerate(made[BY_TOKEN[name]].items()):
            if "/" in token or ((turn + number) % 8 and kind not in ALWAYS):  # each kind on some of the addresses
                continue
            path = ours.path(name, pattern, token)
            for response in (client.get(path), client.post(path, {"answer": "accept", "text": "x"})):
                assert_dead(response, f"{name}, {kind}")
    assert world.written(before) == set()


ALWAYS = {"cut off", "another's key", "a byte of the signature"}
HELPS = ("requests:lost_link", "advisors:lost_link", "privacy:ask")


def assert_dead(response, where: str) -> None:
    assert response.status_code in (404, 405), where
    if response.status_code == 404:
        text = world.body(response)
        assert any(f'"{reverse(name)}"' in text for name in HELPS) or where.startswith("mailbox:stop"), where


def test_a_link_in_capitals_or_under_the_other_language_is_no_other_link(client, parties):
    ours, _ = parties
    for name, pattern in world.by_token():
        path = ours.path(name, pattern)
        statuses = []
        for address in (path, f"/en{path}", path.upper()):
            response = client.get(address)
            world.body(response)
            statuses.append(response.status_code)
        assert statuses[0] == statuses[1] and statuses[2] == 404, name


def test_every_link_dies_of_age(client, parties, settings):
    ours, _ = parties
    settings.LINK_DAYS = -1
    before = world.writes()
    for name, pattern in world.by_token():
        path = ours.path(name, pattern)
        for response in (client.get(path), client.post(path, {"answer": "accept"})):
            assert_dead(response, name)
    assert world.written(before) == set()


def test_every_link_to_a_mailbox_dies_when_the_address_is_corrected(client, parties):
    ours, _ = parties
    paths = {name: ours.path(name, pattern) for name, pattern in world.by_token()}
    rows = ours.rows
    ConsultationRequest.objects.filter(pk__in=[rows["case"].pk, rows["unconfirmed"].pk]).update(
        contact_email="n@x.example"
    )
    type(rows["advisor"]).objects.filter(pk=rows["advisor"].pk).update(email="n@x.example")
    type(rows["person_asking"]).objects.filter(pk=rows["person_asking"].pk).update(email="n@x.example")
    for name in ("applied", "invited"):
        Candidacy.objects.filter(pk=rows[name].pk).update(email=f"{name}@x.example")
    before = world.writes()
    for name, path in paths.items():
        if BY_TOKEN[name] not in OF_NO_ROW:
            for response in (client.get(path), client.post(path, {"answer": "accept"})):
                assert_dead(response, name)
    assert world.written(before) == set()


# --- Replayed when all is over -----------------------------------------------------------------------------


STILL_OPEN = {"advisors:my_consents", "advisors:leave", "mailbox:stop", "privacy:erasure"}
"""To withdraw, to come back, to want no more mails, to be forgotten: it is never too late."""
COUNTED = {"privacy:own_data", "advisors:own_data"}  # a file of what is still there; that it was taken counts


def over(ours) -> None:
    """Everything that the links of a party were sent for has come to its end."""
    rows, now = ours.rows, timezone.now()
    cases = [rows[name].pk for name in ("unconfirmed", "case", "asked")]
    ConsultationRequest.objects.filter(pk__in=cases).update(state=State.WITHDRAWN, due_at=None)
    Offer.objects.filter(pk=rows["offer"].pk).update(state=Offer.State.CANCELLED)
    Candidacy.objects.filter(pk__in=[rows["applied"].pk, rows["invited"].pk]).update(state=Candidacy.State.ENDED)
    type(rows["advisor"]).objects.filter(pk=rows["advisor"].pk).update(active=False, left_at=now)
    type(rows["proposal"]).objects.filter(pk=rows["proposal"].pk).update(state="withdrawn")


def test_what_a_page_would_have_sent_does_nothing_when_all_is_over(client, parties):
    """Every button of every form that stood open in a tab, pressed too late."""
    ours, _ = parties
    stale = []
    for name, pattern in world.by_token():
        path = ours.path(name, pattern)
        if name in STILL_OPEN | COUNTED:
            continue
        for form in pages.read(world.body(client.get(path))).forms:
            if form.method == "post":
                stale += [(name, form.action or path, sent) for sent in presses(form)]
    over(ours)
    for name, path, sent in stale:
        before = world.writes()
        response = client.post(path, sent)
        assert response.status_code in (302, 400, 404, 409, 422), (name, path, sent)
        assert world.written(before) == set(), (name, path, sent)
    assert len(stale) > 40


def presses(form: pages.Form) -> list[dict]:
    """The form as it stands, once per button, radio button and choice that it offers, and filled in."""
    filled = {name: values if any(values) else ["1"] for name, values in form.checked.items()}
    choices = [
        {name: [value]}
        for name, values in form.fields.items()
        if name not in form.checked and name != "sprache"
        for value in values
    ]
    return [filled | choice for choice in [{}, *choices]]


# --- A new password ----------------------------------------------------------------------------------------


def test_the_link_to_a_new_password_opens_once_for_one_person_and_in_time(client, settings):
    ours, theirs = factories.UserFactory(), factories.UserFactory()
    token, uid = default_token_generator.make_token(ours), int_to_base36(ours.pk)

    def follow(uid, token):
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        page = type(client)().get(path, follow=True)
        return page.context and page.context.get("token_fail") is not True and page.status_code == 200

    assert follow(uid, token)
    moment, _, signature = token.partition("-")
    for wrong in (
        (int_to_base36(theirs.pk), token),
        (uid, default_token_generator.make_token(theirs)),
        (uid, f"{moment}-{signature[:-1]}"),
        (uid, f"{moment}-{signature}0"),
        (uid, f"{moment[:-1]}0-{signature}"),
        (uid, f"{'z' * 13}-{signature}"),
        (uid, "set-password"),
        ("z" * 300, token),
        ("0", token),
        (uid, "A" * 5_000),
    ):
        assert not follow(*wrong), wrong
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert not follow(uid, token)
    settings.PASSWORD_RESET_TIMEOUT = 1_000
    ours.set_password("ein-anderes-Passwort-1")
    ours.save()
    assert not follow(uid, token)
