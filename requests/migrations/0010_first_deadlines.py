"""Cases that were at work before deadlines were kept get theirs, as if their last move had written it."""

from django.conf import settings
from django.db import migrations
from django.db.models import F, Max, OuterRef, Q, Subquery

from miglobe import workdays

CONTACTS = ("contact", "reply", "ask", "accept", "reject", "refer", "reopen", "resume")
SPOKEN = (*CONTACTS, "answer", "write")
DAYS = {"searching": "OFFER_WORKDAYS", "staffed": "APPOINTMENT_WORKDAYS"}


def fill(apps, schema_editor):
    Case, Transition = (apps.get_model("requests", name) for name in ("ConsultationRequest", "Transition"))
    _note_contacts(Case, Transition)
    for case in Case.objects.filter(state__in=("new", "searching", "staffed")).iterator():
        case.due_at = _due(case)
        case.save(update_fields=["due_at"])
    Case.objects.filter(state="inquiry").update(workdays_left=settings.TRIAGE_WORKDAYS)


def _note_contacts(Case, Transition):
    def last(*moves):
        of_case = Transition.objects.filter(consultation=OuterRef("pk"), move__in=moves)
        return Subquery(of_case.order_by().values("consultation").annotate(at=Max("at")).values("at"))

    at_work = Case.objects.filter(state__in=("new", "inquiry", "searching", "staffed", "running"))
    at_work.update(last_contact_at=last(*SPOKEN))
    answered = Case.objects.filter(state="new").annotate(said=last("answer"), contact=last(*CONTACTS))
    for case in answered.filter(Q(contact=None) | Q(said__gt=F("contact")), said__isnull=False):
        Case.objects.filter(pk=case.pk).update(answered_at=case.said)


def _due(case):
    if case.state != "new":
        return workdays.due(case.state_since, getattr(settings, DAYS[case.state]))
    if case.contacted_at is None:
        return workdays.due(case.confirmed_at, settings.FIRST_CONTACT_WORKDAYS)
    return workdays.due(max(case.state_since, case.contacted_at), settings.TRIAGE_WORKDAYS)


class Migration(migrations.Migration):
    dependencies = [("requests", "0009_deadlines")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
