"""The words of mails: from files to what people edit and back, what may stand in them, what is sent in the end."""

import pytest
from django.conf import settings

from advisors.models import Offer
from miglobe.errors import Refused
from miglobe.outbox import kinds, outbox, previews, texts
from miglobe.outbox.models import Audience, Mail, MailText
from miglobe.outbox.texts import Words
from miglobe.pages import reports
from miglobe.privacy.models import DataRequest
from requests import mails
from requests.models import State
from tests.factories import (
    CandidacyFactory,
    CaseFactory,
    DeclineReasonFactory,
    OfferFactory,
    OrganisationFactory,
    UserFactory,
)

FILES = [
    (str(path.relative_to(texts.FOLDER)).removesuffix(".txt").removesuffix(".en"), language)
    for language, _ in settings.LANGUAGES
    for path in sorted(texts.FOLDER.rglob("*.txt"))
    if path.name.endswith(".en.txt") == (language == "en")
]
RECEIVED = ("requests/received", "de")


def file(template, language):
    return texts._path(template, language).read_text()


def words(**changes):
    return texts.shipped(*RECEIVED)._replace(**changes)


# --- To and fro ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("template", "language"), FILES)
def test_every_file_can_be_edited_and_comes_back_letter_by_letter(template, language):
    code = file(template, language)
    edited = texts.editable(code, language)
    assert "{%" not in edited
    assert "." not in "".join(found[1] for found in texts._BRACES.finditer(edited))  # no name walks into anything
    assert texts.source(edited, language) == code


@pytest.mark.parametrize(("template", "language"), FILES)
def test_every_shipped_text_passes_the_check(template, language):
    assert texts.problems(template, language, texts.shipped(template, language)) == {}


def test_every_mail_is_told_to_those_who_edit_it():
    mailed = {template for template, _ in FILES if texts.part(template) is None}
    assert {kind.template for audience in Audience for kind in kinds.of(audience)} == mailed
    for template in mailed:
        kind = kinds.find(template)
        assert kind.event
        assert kind.when.endswith(".")
        assert kind.audience == Audience.DESK or template.partition("/")[0] != "outbox"


@pytest.fixture
def examples(db):
    """A case, an offer and a report, so that each mail has something real to tell of."""
    OrganisationFactory()
    DeclineReasonFactory()
    person = UserFactory()
    rejected = CaseFactory(state=State.REJECTED)
    case = CaseFactory(state=State.SEARCHING, person=person, reason=rejected.reason)
    for _ in range(2):
        OfferFactory(consultation=case, state=Offer.State.ACCEPTED)
    OfferFactory(consultation=case)
    import uuid

    CandidacyFactory()
    DataRequest.objects.create(email="frau@example.org")
    reports.file(uuid.uuid4(), barrier="Kontrast", page="", email="frau@example.org")
    return case


@pytest.mark.parametrize(("template", "language"), FILES)
def test_the_shipped_text_saved_as_an_own_one_says_the_same_for_a_real_case(examples, template, language):
    part = texts.part(template)
    shipped = texts.shipped(template, language)
    edited = previews.preview(template, language, shipped)
    with texts.drafted("no/such", language, shipped):
        kind = kinds.find(part.shown_in if part else template)
        untouched = previews.preview(kind.template, language, texts.shipped(kind.template, language))
    case = kind.example("")
    owner = getattr(case, "consultation", case)
    if hasattr(owner, "language"):
        owner.language = language
    plain = next(m for m in outbox.rehearse(lambda: kind.owe(case)) if m.template == kind.template)
    assert (edited.subject, edited.text) == (plain.subject, plain.text) == (untouched.subject, untouched.text)
    assert "{{" not in edited.text + edited.subject
    assert "(Hier" not in edited.subject


@pytest.mark.django_db
def test_a_preview_sends_and_saves_nothing(examples):
    before = Mail.objects.count(), MailText.objects.count(), str(examples.state)
    mail = previews.preview("requests/closed", "en", texts.shipped("requests/closed", "en"), examples.reference)
    assert mail.reference == examples.reference
    assert mail.subject.startswith(f"[{examples.reference}] ")
    examples.refresh_from_db()
    assert (Mail.objects.count(), MailText.objects.count(), examples.state) == before


@pytest.mark.django_db
def test_a_preview_without_a_case_says_so():
    with pytest.raises(Refused, match="noch keinen Vorgang"):
        previews.preview(*RECEIVED, words())
    with pytest.raises(Refused, match="MG-1"):
        previews.preview(*RECEIVED, words(), "MG-1")


# --- What may stand in a text ----------------------------------------------------------------------------

LINK, END = "[[link|Ansehen]]", "{{ Gruß und Kontakt }}"


def found(**changes):
    return texts.problems(*RECEIVED, words(**changes))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "Bitte schreiben Sie einen Text"),
        (f"{{{{ Passwort }}}} {LINK} {END}", "„Passwort“ (Zeile 1)"),
        (f"Hallo\n\n{{{{ consultation.contact_email }}}} {LINK} {END}", "(Zeile 3)"),
        (f"{{{{ Eckdaten der Anfrage }}}} {LINK} {END}", "gibt es hier nicht"),  # known, but not in this mail
        (f"{{{{ settings.SECRET_KEY }}}} {LINK} {END}", "gibt es hier nicht"),
        (f'{{% include "x" %}} {LINK} {END}', "In Zeile 1 steht eine geschweifte Klammer"),
        (f"{{# weg #}} {LINK} {END}", "geschweifte Klammer"),
        (f"Hallo\n{{{{ Ansprechperson {LINK} {END}", "gibt es hier nicht"),
        (f"Hallo\nAnsprechperson }}}} {LINK} {END}", "In Zeile 2"),
        (f"{LINK} {{{{ wenn es ein Wunder gibt }}}}x{{{{ ende }}}} {END}", "Diese Bedingung gibt es hier nicht"),
        (f"{LINK} {{{{ sonst }}}} {END}", "fehlt davor ein „wenn"),
        (f"{LINK} {{{{ ende }}}} {END}", "fehlt davor ein „wenn"),
        (f"{LINK} {{{{ wenn es Anlagen gibt }}}} {END}", "fehlt das „ende“"),
        (END, "Es fehlt [[link|"),
        (LINK, "Es fehlt der Platzhalter „Gruß und Kontakt“"),
        (f"{LINK} [[andere|Seite]] {END}", "Diesen Link gibt es hier nicht: [[andere|…]]"),
        (f"{LINK} [[link|]] {END}", "Bitte prüfen Sie die eckigen Klammern"),
        (f"{LINK} [[link Ansehen]] {END}", "eckigen Klammern"),
        (f"{LINK}\x00 {END}", "Steuerzeichen"),
        (f"{LINK} {END}" + "x" * 9_000, "höchstens"),
    ],
)
def test_a_text_that_must_not_go_out_is_refused_beside_its_field(body, says):
    sentences = found(body=body)["body"]
    assert any(says in sentence for sentence in sentences), sentences


@pytest.mark.parametrize(
    ("subject", "says"),
    [
        ("", "Bitte schreiben Sie einen Betreff"),
        ("[{{ Aktenzeichen }}] ", "Bitte schreiben Sie einen Betreff"),
        ("Ihre Anfrage", "Im Betreff fehlt der Platzhalter „Aktenzeichen“"),
        ("[{{ Aktenzeichen }}] {{ Ansprechperson }}", "darf nicht im Betreff stehen"),
        ("[{{ Aktenzeichen }}] {{ Unsinn }}", "gibt es hier nicht"),
        ("[{{ Aktenzeichen }}] {{ wenn es Anlagen gibt }}x{{ ende }}", "kein „wenn“"),
        ("[{{ Aktenzeichen }}] [[link|Hier]]", "Link kann nicht"),
        ("[{{ Aktenzeichen }}] {% now 'Y' %}", "geschweifte Klammer"),
        ("[{{ Aktenzeichen }}] " + "x" * 150, "höchstens"),
    ],
)
def test_a_subject_that_must_not_go_out_is_refused_beside_its_field(subject, says):
    sentences = found(subject=subject)["subject"]
    assert any(says in sentence for sentence in sentences), sentences


def test_unconfirmed_mailboxes_can_never_be_told_the_name():
    """What goes to a mailbox that may be somebody else's holds nothing personal, whoever edits it."""
    for template in ("requests/please_confirm", "requests/access_code", "requests/draft_link", "advisors/offered"):
        names = {each.name for each in texts.allowed(template, "de").placeholders}
        assert not names & {"Ansprechperson", "E-Mail der Ansprechperson", "Nachricht"}, template


def test_conditions_nest_and_names_are_read_generously():
    known = texts.allowed("advisors/accepted", "de")
    inner = "{{ wenn ein Amt der Ansprechperson bekannt ist }}a{{ oder wenn das Team vollständig ist }}b{{ ende }}"
    body = f"{{{{wenn das Team vollständig ist}}}}{inner}{{{{ SONST }}}}c{{{{ende}}}}"
    assert list(texts._unknown(known, body)) == list(texts._unbalanced(body)) == []
    assert texts.source(body, "de").count("{% endif %}") == 2


@pytest.mark.parametrize(
    "text", ["{{ x.y }}", "{% now 'Y' %}", "{# x #}", "{{ Aktenzeichen|upper }}", "{{{ Aktenzeichen }}}"]
)
def test_nothing_but_registered_pieces_ever_becomes_a_template(text):
    with pytest.raises(texts.Unknown):
        texts.source(text, "de")


# --- What counts -----------------------------------------------------------------------------------------


def save(by, template="requests/received", language="de", seen=None, **changes):
    return texts.save(template, language, texts.shipped(template, language)._replace(**changes), seen=seen, by=by)


@pytest.mark.django_db
def test_a_saved_text_is_what_mails_say_and_a_reset_takes_it_back():
    by, case = UserFactory(), CaseFactory()
    save(
        by, subject="[{{ Aktenzeichen }}] Danke", body=f"Liebe*r {{{{ Ansprechperson }}}}, {{ ok }}\n\n{LINK}\n\n{END}"
    )
    mails.received(case)
    mail = Mail.objects.latest("pk")
    assert mail.subject == f"[{case.reference}] Danke"
    assert mail.text.startswith(f"Liebe*r {case.contact_name}, {{ ok }}\n\n[[link|Ansehen]]\n\nHaben Sie Fragen?")
    texts.reset("requests/received", "de", by=by)
    mails.received(case)
    assert "ist eingegangen" in Mail.objects.latest("pk").text
    assert [version.shipped for version in MailText.objects.all()] == [True, False]


@pytest.mark.django_db
def test_what_people_typed_is_never_read_as_a_template():
    save(UserFactory(), "requests/message", body=f"{{{{ Nachricht }}}}\n\n{LINK}\n\n{END}")
    typed = "{{ settings.SECRET_KEY }} {{ Aktenzeichen }} {% now 'Y' %}"
    mails.message(CaseFactory(), text=typed)
    assert Mail.objects.get().text.startswith(typed)


@pytest.mark.django_db
def test_the_shared_end_of_mails_changes_them_all_in_its_language():
    by = UserFactory()
    body = texts.shipped("signature", "de").body.replace("Ihr MiGlobe-Team", "Ihre Koordination")
    texts.save("signature", "de", Words("", body), seen=None, by=by)
    mails.received(CaseFactory())
    assert Mail.objects.latest("pk").text.endswith("Freundliche Grüße\nIhre Koordination\n")
    mails.received(CaseFactory(language="en"))
    assert Mail.objects.latest("pk").text.endswith("Kind regards\nYour MiGlobe team\n")


@pytest.mark.django_db
def test_who_has_not_seen_the_newest_version_does_not_overwrite_it():
    by = UserFactory()
    first = save(by, subject="[{{ Aktenzeichen }}] Eins")
    with pytest.raises(texts.Conflict) as conflict:
        save(by, subject="[{{ Aktenzeichen }}] Zwei")
    assert conflict.value.newer == first
    assert save(by, subject="[{{ Aktenzeichen }}] Eins") == first  # the same again is no conflict
    assert save(by, subject="[{{ Aktenzeichen }}] Zwei", seen=first.pk) == MailText.objects.first()


@pytest.mark.django_db
def test_saving_refuses_what_the_check_finds():
    with pytest.raises(Refused, match="Es fehlt"):
        save(UserFactory(), body="Nur so.")
    assert not MailText.objects.exists()


@pytest.mark.django_db
def test_a_text_that_no_longer_fits_the_portal_yields_to_the_file(caplog):
    MailText.objects.create(template="requests/received", language="de", subject="x", body="{{ Abgeschafft }}")
    mails.received(CaseFactory())
    assert "ist eingegangen" in Mail.objects.get().text
    assert "passt nicht mehr" in caplog.text
