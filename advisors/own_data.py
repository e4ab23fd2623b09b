"""What we hold of an advisor (Art. 15 and 20 GDPR): one function per part, in the language of the page."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from miglobe.history.tracking import events
from miglobe.privacy import past
from miglobe.privacy.mails import entry
from miglobe.privacy.others import redactor
from miglobe.privacy.parts import Part, readable
from requests import contacts
from requests.models import ConsultationRequest

from . import known_as, naming
from .models import Advisor, AdvisorAccess, Appointment, Candidacy, Offer, Report, RoundPlace, WorkRecord

STATES = {
    Offer.State.PROPOSED: gettext_noop("vorgemerkt, noch nicht angefragt"),
    Offer.State.RESERVE: gettext_noop("als Ersatz vorgemerkt, noch nicht angefragt"),
    Offer.State.SENT: gettext_noop("angefragt"),
    Offer.State.ACCEPTED: gettext_noop("zugesagt"),
    Offer.State.DECLINED: gettext_noop("abgesagt"),
    Offer.State.EXPIRED: gettext_noop("ohne Antwort abgelaufen"),
    Offer.State.WITHDRAWN: gettext_noop("hat sich erledigt"),
    Offer.State.CANCELLED: gettext_noop("nach der Zusage ausgestiegen"),
}
CANDIDACIES = {
    Candidacy.State.UNCONFIRMED: gettext_noop("Bewerbung, noch nicht bestätigt"),
    Candidacy.State.APPLIED: gettext_noop("beworben"),
    Candidacy.State.INVITED: gettext_noop("eingeladen"),
    Candidacy.State.JOINED: gettext_noop("in den Pool aufgenommen"),
    Candidacy.State.DECLINED: gettext_noop("abgelehnt"),
    Candidacy.State.ENDED: gettext_noop("verzichtet"),
}
REPORTS = {
    Report.State.DRAFT: gettext_noop("in Arbeit"),
    Report.State.SENT: gettext_noop("wartet auf Mitzeichnung"),
    Report.State.SIGNED: gettext_noop("liegt der Koordination vor"),
    Report.State.RETURNED: gettext_noop("mit einer Rückfrage zurückgegeben"),
    Report.State.ACCEPTED: gettext_noop("angenommen"),
}
WISHES = {
    RoundPlace.Wish.PINNED: gettext_noop("für diese Anfrage festgelegt"),
    RoundPlace.Wish.FORBIDDEN: gettext_noop("für diese Anfrage ausgeschlossen"),
}
PAGES = {
    AdvisorAccess.Page.RECORD: gettext_noop("Profil"),
    AdvisorAccess.Page.HISTORY: gettext_noop("Verlauf des Profils"),
}


def everything(advisor: Advisor) -> list[Part]:
    """A constant number of queries."""
    return [read(advisor) for read in PARTS]


def of(email: str) -> list[Part]:
    """The same for whoever has this address: in the pool, or on the way into it."""
    advisor = Advisor.objects.select_related("home").filter(email__iexact=email, anonymised_at=None).first()
    applied = Q(email__iexact=email)
    found = everything(advisor) if advisor else [_candidacies(applied, redactor(email, ())), mails_to(email)]
    return [part for part in found if part.entries]


# --- The parts ---------------------------------------------------------------------------------------


def profile(advisor: Advisor) -> Part:
    entry = {
        _("Name"): advisor.name,
        _("E-Mail-Adresse"): advisor.email,
        _("Telefon"): advisor.phone,
        _("Im Pool aktiv"): advisor.active,
        _("Hat den Pool verlassen"): advisor.left_at,
        _("Über mich"): advisor.about,
        _("Wohnort"): advisor.home.label if advisor.home else "",
        _("Anreise bis (km)"): advisor.travel_km,
        _("Berät auch online"): advisor.online,
        _("Einsätze zur gleichen Zeit"): advisor.capacity,
        _("Befangen bei"): [place.label for place in advisor.biased_for.all()],
        _("Regionalkompetenz"): [str(region) for region in advisor.regions.all()],
        _("Formate"): [str(format_) for format_ in advisor.formats.all()],
        _("Höchstens eine Anfrage in drei Monaten"): advisor.wants_fewer,
        _("Personen, mit denen Sie nicht in einem Team sind"): advisor.apart.count(),
        _("Nur zu diesen Themen"): [str(topic) for topic in advisor.only_topics.all()],
    }
    return Part(_("Profil und Wünsche"), [entry])


def skills(advisor: Advisor) -> Part:
    found = advisor.topic_skills.select_related("topic")
    topics = [{_("Thema"): str(skill.topic), _("Kenntnisse"): skill.get_level_display()} for skill in found]
    spoken = advisor.language_skills.select_related("language")
    languages = [{_("Sprache"): str(skill.language), _("Kenntnisse"): skill.get_level_display()} for skill in spoken]
    return Part(_("Themen und Arbeitssprachen"), topics + languages)


def pauses(advisor: Advisor) -> Part:
    rows = [{_("Von"): pause.starts_on, _("Bis"): pause.ends_on} for pause in advisor.pauses.all()]
    return Part(_("Pausen"), rows)


def consents(advisor: Advisor) -> Part:
    rows = [
        {
            _("Zweck"): consent.get_purpose_display(),
            _("Erteilt"): consent.given_at,
            _("Weg"): consent.get_way_display(),
            _("Widerrufen"): consent.withdrawn_at,
            _("Wortlaut"): consent.text.words if consent.text else "",
        }
        for consent in advisor.consents.select_related("text")
    ]
    return Part(_("Einwilligungen"), rows)


def candidacy(advisor: Advisor) -> Part:
    whose = Q(advisor=advisor) | Q(advisor=None, email__iexact=advisor.email)
    return _candidacies(whose, redactor(advisor.email, [advisor.name]))


def _candidacies(whose: Q, hide: Callable[[str], str]) -> Part:
    rows = [
        {
            _("Stand"): _(CANDIDACIES[Candidacy.State(found.state)]),
            _("Seit"): found.state_since,
            _("Angelegt"): found.created_at,
            _("Name"): found.name,
            _("E-Mail-Adresse"): found.email,
            _("Telefon"): found.phone,
            _("Was bringen Sie mit?"): found.about,
            _("Notiz der Koordination"): hide(found.note),
        }
        for found in Candidacy.objects.filter(whose)
    ]
    return Part(_("Bewerbung oder Einladung"), rows)


def offers(advisor: Advisor) -> Part:
    found = advisor.offers.select_related("consultation__municipality", "reason").order_by("created_at", "pk")
    rows = [
        {
            _("Aktenzeichen"): offer.consultation.reference,
            _("Kommune"): offer.consultation.municipality.label if offer.consultation.municipality else "",
            _("Stand"): _(STATES[Offer.State(offer.state)]),
            _("Vorgemerkt"): offer.created_at,
            _("Angefragt"): offer.sent_at,
            _("Antwort bis"): offer.due_at,
            _("Beantwortet"): offer.answered_at,
            _("Grund"): str(offer.reason or ""),
            _("Notiz"): offer.note,
        }
        for offer in found
    ]
    return Part(_("Angebote und Einsätze"), rows)


def plans(advisor: Advisor) -> Part:
    found = RoundPlace.objects.filter(advisor=advisor).select_related("round", "consultation")
    rows = [
        {
            _("Aktenzeichen"): place.consultation.reference,
            _("Gerechnet"): place.round.created_at,
            _("Im Plan vorgesehen"): place.planned,
            _("Vorgabe der Koordination"): _(WISHES[RoundPlace.Wish(place.wish)]) if place.wish else "",
        }
        for place in found.order_by("round__created_at", "pk")
    ]
    note = _("Die Koordination plant damit mehrere Teams zugleich. Pläne werden nach spätestens 30 Tagen gelöscht.")
    return Part(_("Pläne für Teams"), rows, note if rows else "")


def appointments(advisor: Advisor) -> Part:
    mine = advisor.offers.filter(state=Offer.State.ACCEPTED).values("consultation")
    found = Appointment.objects.standing().filter(consultation__in=mine).select_related("consultation")
    rows = [
        {
            _("Aktenzeichen"): one.consultation.reference,
            _("Art"): one.get_kind_display(),
            _("Beginn"): one.starts_at,
            _("Ende"): one.ends_at,
            _("Ort"): one.place,
        }
        for one in found.order_by("starts_at", "pk")
    ]
    return Part(_("Termine meiner Einsätze"), rows)


def work(advisor: Advisor) -> Part:
    rows = [
        {
            _("Aktenzeichen"): record.report.consultation.reference,
            _("Geleistete Tage"): record.days,
            _("Gefahrene Kilometer"): record.travel_km,
            _("Fahrtkosten in Euro"): record.travel_cost,
            _("Daten der Belege"): record.receipts,
            _("Gezeichnet"): record.signed_at,
            _("Honorar je Tag in Euro"): record.rate,
        }
        for record in WorkRecord.objects.filter(offer__advisor=advisor).select_related("report__consultation")
    ]
    return Part(_("Leistungsnachweise"), rows)


def reports(advisor: Advisor) -> Part:
    """The texts that the person has written or signed with the team, or that the desk has recorded with their days."""
    found = Report.objects.filter(work__offer__advisor=advisor).select_related("consultation").order_by("pk")
    past, hide = _steps(found), redactor(advisor.email, [advisor.name])
    rows = [
        {
            _("Aktenzeichen"): report.consultation.reference,
            _("Stand"): _(REPORTS[Report.State(report.state)]),
            _("Was verabredet wurde"): report.agreed,
            _("Handlungsoptionen"): report.options,
            _("Empfehlungen"): report.recommendations,
            _("Rückfrage der Koordination"): hide(report.question),
            _("Verlauf"): past[report.pk],
        }
        for report in found
    ]
    return Part(_("Berichte meiner Einsätze"), rows)


def _steps(found: QuerySet[Report]) -> dict[int, list[str]]:
    """When each report has come to which state. Who of the team did it, the history does not keep."""
    steps: dict[int, list[str]] = defaultdict(list)
    last: dict[int, str] = {}
    past = events(Report).filter(pgh_obj__in=found.values("pk")).order_by("pgh_id")
    for key, state, at in past.values_list("pgh_obj_id", "state", "pgh_created_at"):
        if last.get(key) != state:
            steps[key].append(f"{_(REPORTS[Report.State(state)])}: {readable(at)}")
        last[key] = state
    return steps


def named(advisor: Advisor) -> Part:
    ways, cases = known_as.of(advisor).patterns, advisor.offers.values("consultation")
    hide = redactor(advisor.email, [advisor.name], contacts.of(ConsultationRequest.objects.filter(pk__in=cases)))
    rows = [
        {
            _("Aktenzeichen"): row.consultation.reference,
            _("Angabe"): str(model._meta.get_field(name).verbose_name),  # type: ignore[union-attr]
            _("Text"): hide(getattr(row, name)),
        }
        for model, *names in naming.OF_CASES
        if model is not Report  # told as a whole, see `reports`
        for row in model._default_manager.filter(consultation__in=cases).select_related("consultation").order_by("pk")
        for name in names
        if any(way and way.search(getattr(row, name)) for way in ways)
    ]
    return Part(_("Texte, die Sie nennen"), rows)


def mails(advisor: Advisor) -> Part:
    return mails_to(*known_as.of(advisor).addresses)


def mails_to(*addresses: str) -> Part:
    found = known_as.mails_to(addresses)
    return Part(_("E-Mails an Sie"), [entry(mail) for mail in found.order_by("created_at", "pk")])


def accesses(advisor: Advisor) -> Part:
    """By role and organisation. Colleagues act under our instructions and are no recipients (Art. 4 no. 9 GDPR; CJEU
    C-579/21): their names are their data. Who has a doubt asks, and the lead looks it up.
    """
    found = advisor.accesses.select_related("by__organisation").prefetch_related("by__groups").order_by("-at", "-pk")
    rows = [
        {
            _("Zeitpunkt"): access.at,
            _("Gelesen"): _(PAGES.get(AdvisorAccess.Page(access.page), PAGES[AdvisorAccess.Page.RECORD])),
            _("Von"): _reader(access.by),
        }
        for access in found
    ]
    note = _(
        "Genannt sind Rolle und Organisation, nicht die einzelne Person. Listen und Vorschläge mit mehreren Personen "
        "vermerken wir ohne Namen; sie lassen sich deshalb niemandem zuordnen."
    )
    return Part(_("Wer Ihr Profil gelesen hat"), rows, note)


def _reader(user: Any) -> str:
    roles = ", ".join(group.name for group in user.groups.all()) or _("ohne Rolle")
    return f"{roles} ({user.organisation.short_name})" if user.organisation else roles


def former(advisor: Advisor) -> Part:
    names = ("name", "email", "phone", "about", "travel_km", "capacity")
    return Part(_("Frühere Angaben"), past.of_row(Advisor, advisor.pk, names))


PARTS: tuple[Callable[[Advisor], Part], ...] = (
    profile,
    skills,
    pauses,
    consents,
    candidacy,
    offers,
    plans,
    appointments,
    work,
    reports,
    named,
    mails,
    accesses,
    former,
)
