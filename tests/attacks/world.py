"""Two parties that have nothing to do with each other, the addresses of the portal, and what was written.

Every text of a party holds a word of its own: where the word of another stands, something has leaked.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError, IntegrityError, ProgrammingError, connection, models, transaction
from django.http import QueryDict
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from advisors import links as offer_links
from advisors.models import Candidacy, ConsentText, DeclineReason, Pause, TopicSkill
from miglobe import links
from miglobe.accounts.models import Organisation
from miglobe.outbox import suppression
from miglobe.privacy import asking
from miglobe.privacy.models import DataRequest
from requests import attachments, drafts, notes
from requests import links as request_links
from requests.models import Format, Language, Municipality, Reason, Region, State, Topic
from tests import factories

# --- Addresses ---------------------------------------------------------------------------------------------


def routes(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Name and pattern of every address there is."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}", pattern


def parts(pattern: URLPattern) -> set[str]:
    """What of the address differs from row to row."""
    return {*pattern.pattern.converters, *pattern.pattern.regex.groupindex}


BY_TOKEN = {
    "requests:confirm": request_links.CONFIRM,
    "requests:file_to_confirm": request_links.CONFIRM,
    "requests:status": request_links.STATUS,
    "requests:status_file": request_links.STATUS,
    "requests:status_pdf": request_links.STATUS,
    "requests:withdraw": request_links.STATUS,
    "requests:resume": request_links.RESUME,
    "advisors:feedback": request_links.STATUS,
    "advisors:follow_up": request_links.STATUS,
    "advisors:dates": request_links.STATUS,
    "advisors:calendar_file": request_links.STATUS,
    "advisors:confirm_application": offer_links.CONFIRM,
    "advisors:invitation": offer_links.INVITATION,
    "advisors:refuse_invitation": offer_links.INVITATION,
    **{
        f"advisors:{name}": offer_links.OFFER
        for name in ("offer", "give_up", "offer_file", "report", "save_report", "propose_dates", "withdraw_dates")
    },
    "advisors:team_calendar_file": offer_links.OFFER,
    "advisors:team_appointment": offer_links.OFFER,
    **{
        f"advisors:{name}": offer_links.ME
        for name in ("me", "profile", "pauses", "calendar", "wishes", "my_consents", "leave", "activity_sheet")
    },
    "advisors:own_data": offer_links.ME,
    "advisors:own_data_file": offer_links.ME,
    "mailbox:stop": suppression.STOP,
    **{f"privacy:{name}": asking.PURPOSE for name in ("own_data", "own_file", "erasure")},
}
"""The purpose of the link that opens each address with a token."""
BY_POST_ALONE = {"advisors:save_report", "advisors:own_data_file"}
FIXED = {"step": "absagen", "name": "anliegen", "year": timezone.localdate().year}


def by_token() -> list[tuple[str, URLPattern]]:
    return [(name, pattern) for name, pattern in routes() if "token" in parts(pattern)]


# --- A party -----------------------------------------------------------------------------------------------


@dataclass
class Party:
    """Somebody with a row of everything: a municipality at several stages, an advisor, somebody who wants to be one."""

    word: str
    rows: dict[str, Any] = field(default_factory=dict)
    """By what they are: draft, unconfirmed, case, offer, advisor, applied, invited, appointment, proposal."""
    files: dict[str, Any] = field(default_factory=dict)
    pks: dict[type[models.Model], set[Any]] = field(default_factory=dict)

    @property
    def tokens(self) -> dict[str, str]:
        """By purpose, as they are now: a link lives as long as the address that it was sent to."""
        rows = self.rows
        return {
            asking.PURPOSE: asking.token(rows["person_asking"]),
            request_links.CONFIRM: request_links.token(request_links.CONFIRM, rows["unconfirmed"]),
            request_links.STATUS: request_links.token(request_links.STATUS, rows["case"]),
            request_links.RESUME: links.token(request_links.RESUME, rows["draft"].key, bound=""),
            offer_links.OFFER: offer_links.token(rows["offer"]),
            offer_links.ME: offer_links.token_of(rows["advisor"]),
            offer_links.CONFIRM: offer_links.token_for(rows["applied"], offer_links.CONFIRM),
            offer_links.INVITATION: offer_links.token_for(rows["invited"], offer_links.INVITATION),
            suppression.STOP: suppression.token(rows["case"].contact_email),
        }

    def ids(self, name: str) -> dict[str, Any]:
        """What stands in the party's address of this name, without the token."""
        file = self.files["unconfirmed" if name == "requests:file_to_confirm" else "case"]
        rows = self.rows
        return FIXED | {
            "file": file.key,
            "appointment": rows["appointment"].key,
            "proposal": rows["proposal"].key,
        }

    def path(self, name: str, pattern: URLPattern, token: str = "", **others: Any) -> str:
        """`others`: parts of the address that are not the party's own."""
        given = self.ids(name) | {"token": token or self.tokens[BY_TOKEN[name]]} | others
        return reverse(name, kwargs={part: given[part] for part in parts(pattern)})


def party(word: str) -> Party:
    before = {model: set(model._default_manager.values_list("pk", flat=True)) for model in stored()}
    made = Party(word)
    _build(made)
    for model in stored():
        made.pks[model] = set(model._default_manager.values_list("pk", flat=True)) - before[model]
    for model, pks in made.pks.items():
        if model not in COMMON:
            speak(model, pks, word)
    for row in (*made.rows.values(), *made.files.values()):
        row.refresh_from_db()
    return made


COMMON = {Organisation, Municipality, Topic, Format, Language, Region, Reason, DeclineReason, ConsentText}
"""Anybody may read them."""


def _build(made: Party) -> None:
    organisation = factories.OrganisationFactory()
    person = factories.CoordinatorFactory(organisation=organisation)
    owner = {"organisation": organisation, "person": person}
    rows = made.rows
    rows["person"] = person
    rows["draft"] = factories.DraftFactory()
    rows["unconfirmed"] = factories.CaseFactory(state=State.UNCONFIRMED)
    rows["case"] = factories.CaseFactory(state=State.RUNNING, **owner)
    rows["asked"] = factories.CaseFactory(state=State.SEARCHING, **owner)
    rows["person_asking"] = DataRequest.objects.create(email=rows["case"].contact_email)
    rows["closed"] = factories.CaseFactory(state=State.CLOSED, **owner)
    rows["advisor"] = advisor = factories.AdvisorFactory(feed_key=uuid4())
    rows["offer"] = factories.OfferFactory(consultation=rows["case"], advisor=advisor, state="accepted")
    rows["open_offer"] = factories.OfferFactory(consultation=rows["asked"], advisor=advisor)
    factories.OfferFactory(consultation=rows["closed"], advisor=advisor, state="accepted")
    rows["applied"] = factories.CandidacyFactory(state=Candidacy.State.APPLIED)
    rows["invited"] = factories.CandidacyFactory(state=Candidacy.State.INVITED)
    rows["appointment"] = factories.AppointmentFactory(consultation=rows["case"], by=person)
    rows["proposal"] = factories.DateProposalFactory(consultation=rows["case"], of_team=rows["offer"])
    report = factories.ReportFactory(consultation=rows["closed"], state="sent", by=None)
    factories.WorkFactory(report=report, offer=rows["closed"].offers.get())
    factories.FeedbackFactory(consultation=rows["closed"], by=None)
    factories.FollowUpFactory(consultation=rows["closed"], extent=2)
    factories.AgreementFactory(consultation=rows["case"], by=person)
    Pause.objects.create(advisor=advisor, starts_on=timezone.localdate() + timezone.timedelta(days=9))
    TopicSkill.objects.create(advisor=advisor, topic=rows["case"].topics.get())
    rows["note"] = notes.write(rows["case"], text="Notiz", mentioned=[], by=person)
    rows["case"].messages.create(move="ask", text="Frage", by=person)
    drafts.store(rows["draft"], "anliegen", QueryDict(f"concern={made.word}&hope={made.word}"))
    for stage in ("draft", "unconfirmed", "case"):
        by = person if stage == "unconfirmed" else None
        upload = SimpleUploadedFile(f"{made.word}.pdf", f"%PDF-1.7 {made.word} {stage}".encode())
        made.files[stage] = _file(rows[stage], upload, by)


def _file(case: Any, upload: SimpleUploadedFile, by: Any) -> Any:
    """Also of a request that is not confirmed yet: it had the file as a draft."""
    state, case.state = case.state, State.DRAFT
    with transaction.atomic():
        type(case).objects.filter(pk=case.pk).update(state=State.NEW if case.confirmed_at else State.DRAFT)
        file = attachments.add(case, upload, by=by)
        type(case).objects.filter(pk=case.pk).update(state=state)
    case.state = state
    return file


# --- Words -------------------------------------------------------------------------------------------------


def stored() -> list[type[models.Model]]:
    """Our own models with rows that are not history."""
    labels = {"requests", "advisors", "accounts", "outbox", "pages", "codes", "privacy"}
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in labels and model._meta.managed and not hasattr(model, "pgh_tracked_model")
    ]


def texts(model: type[models.Model]) -> list[models.Field]:
    """The fields into which somebody types."""
    return [
        each
        for each in model._meta.concrete_fields
        if isinstance(each, models.CharField | models.TextField)
        and not isinstance(each, models.FileField)
        and not each.choices
        and not each.primary_key
        and each.name not in MACHINES
    ]


MACHINES = {
    *("reference", "language", "purpose", "template", "sha256", "content_type", "password", "state", "move", "slug"),
    *("ags", "district_ags", "audience", "page", "kind", "email_key", "way", "withdrawn_way", "address"),
}
"""Fields that hold words of the program, not of people."""


def speak(model: type[models.Model], pks: set[Any], word: str) -> None:
    """Puts the word into every text of these rows, as far as the rules of the database allow it."""
    for each in texts(model):
        said = f"{word}{{}}@{word}.example" if isinstance(each, models.EmailField) else word
        for number, pk in enumerate(sorted(pks, key=str)):
            write(model, pk, each, said.format(number if isinstance(each, models.EmailField) else ""))


def write(model: type[models.Model], pk: Any, each: models.Field, text: str) -> bool:
    """Whether the rules of the database allow it."""
    try:
        with transaction.atomic():
            model._default_manager.filter(pk=pk).update(**{each.name: text[: each.max_length]})
    except (IntegrityError, DataError, ProgrammingError):  # a constraint, the length, a trigger
        return False
    return True


# --- What was written --------------------------------------------------------------------------------------


def of(made: Party, *, alone: bool = False) -> list[Any]:
    """All that is stored of a party: its rows, and (unless `alone`) those of others that point to them."""
    found = []
    for model, pks in made.pks.items():
        points = models.Q(pk__in=pks)
        for each in model._meta.concrete_fields:
            if each.is_relation and each.related_model in made.pks and not alone:
                points |= models.Q(**{f"{each.name}__in": made.pks[each.related_model]})
        found.append((model, sorted(map(repr, model._default_manager.filter(points).values_list()))))
    return found


def writes() -> dict[str, int]:
    """How many rows of each table this transaction has touched so far, whatever became of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
        )
        return dict(cursor.fetchall())


def written(before: dict[str, int]) -> set[str]:
    """The tables that were touched since."""
    return {table for table, count in writes().items() if count != before.get(table, 0)}


def body(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    for close in response._resource_closers:  # `close()` would end the connection with the database as well
        close()
    return content.decode(errors="replace")
