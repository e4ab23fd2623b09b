"""The report of the team, and what the municipality says of the consultation; each behind the link of a mail."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from miglobe import languages
from miglobe.errors import Refused
from miglobe.links import Dead, secret_page
from requests import links as request_links
from requests.models import ConsultationRequest
from requests.views.behind_links import behind_link

from .. import follow_ups, links, reports, results
from ..forms import FeedbackForm, FollowUpForm, ReportForm, WorkForm
from ..models import Agreement, Feedback, FollowUp, Offer, Report
from .finding import show_lost_link


def _of_team(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Finds the offer that the link leads to; whoever is not of a team that reports gets to the offer."""

    @wraps(view)
    def wrapper(request: HttpRequest, token: str) -> HttpResponseBase:
        try:
            found = links.find(token)
        except Dead:
            return show_lost_link(request, dead=True)
        if not reports.may_write(found):
            return redirect("advisors:offer", token=token)
        return view(request, found)

    return login_not_required(secret_page(wrapper))


@_of_team
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, found: Offer) -> HttpResponse:
    """GET shows the report as it is; POST saves it, hands it in, signs it or takes it back to change it."""
    if request.method != "POST":
        return _show_report(request, found)
    if languages.is_switched(request):
        return _show_report(request, found, form=_form_class(found).as_typed(request.POST))
    act = {"send": _send, "sign": _sign, "change": _change}.get(request.POST.get("do", ""), _save)
    return act(request, found)


@_of_team
@require_POST
def save_report(request: HttpRequest, found: Offer) -> HttpResponse:
    """Saves what is typed, while it is typed. Answers with the time and what stands there now, as JSON."""
    form = ReportForm(request.POST)
    form.is_valid()
    try:
        saved = reports.save(found, texts=form.texts, seen=form.seen, work=form.work)
    except Refused as refusal:
        return JsonResponse({"refusal": str(refusal)}, status=409)
    wrong = [str(form[name].label) for name in form.errors]
    says = gettext("Gespeichert um %(time)s Uhr") % {"time": date_format(timezone.localtime(), "H:i")}
    if saved.conflicts:
        says = gettext(
            "Jemand aus Ihrem Team hat inzwischen dieselbe Stelle geändert. Bitte drücken Sie „Zwischenspeichern“: "
            "Dann sehen Sie beide Fassungen."
        )
    elif wrong:
        says = gettext("%(saved)s, noch nicht gespeichert: %(fields)s") % {"saved": says, "fields": ", ".join(wrong)}
    stands = {
        name: {"text": getattr(saved.report, name), "seen": reports.fingerprint(getattr(saved.report, name))}
        for name in reports.TEXTS
        if name not in saved.conflicts and name not in form.errors
    }
    return JsonResponse({"says": says, "conflict": bool(saved.conflicts), "texts": stands})


def _save(request: HttpRequest, found: Offer, *, final: bool = False) -> HttpResponse:
    """Keeps all that is right, whatever else is wrong."""
    form = ReportForm(request.POST, final=final)
    is_valid = form.is_valid()
    try:
        saved = reports.save(found, texts=form.texts, seen=form.seen, work=form.work)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _show_report(request, found, lost=form, status=409)
    if saved.conflicts:
        return _show_report(request, found, form=_knowing(form, saved), conflicts=saved.conflicts, status=409)
    if not is_valid:
        return _show_report(request, found, form=form, status=422)
    if not final:
        messages.success(request, gettext("Gespeichert. Abgeschickt ist der Bericht noch nicht."))
    return _to_report(found)


def _knowing(form: ReportForm, saved: reports.Saved) -> ReportForm:
    """The form as it was typed. What it is saved over next time is what its reader now sees beside it."""
    data = cast(QueryDict, form.data).copy()
    for name in reports.TEXTS:
        stands = getattr(saved.report, name)
        data[f"seen_{name}"] = reports.fingerprint(stands)
        if name not in saved.conflicts and name not in form.errors:
            data[name] = stands
    return ReportForm.as_typed(data)


def _send(request: HttpRequest, found: Offer) -> HttpResponse:
    answer = _save(request, found, final=True)
    if answer.status_code != 302:
        return answer
    typed = {name: reports.fingerprint(request.POST.get(name, "")) for name in reports.TEXTS}
    return _act(request, found, lambda: reports.send(found, seen=typed))


def _sign(request: HttpRequest, found: Offer) -> HttpResponse:
    form = WorkForm(request.POST, final=True)
    if not form.is_valid():
        return _show_report(request, found, form=form, status=422)

    def act() -> Report:
        reports.save(found, texts={}, seen={}, work=form.work)
        return reports.sign(found, seen={name: request.POST.get(f"seen_{name}", "") for name in reports.TEXTS})

    return _act(request, found, act)


def _change(request: HttpRequest, found: Offer) -> HttpResponse:
    return _act(request, found, lambda: reports.change(found), gettext("Sie können den Bericht jetzt ändern."))


def _act(request: HttpRequest, found: Offer, act: Callable[[], Report], says: str = "") -> HttpResponse:
    try:
        report = act()
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _show_report(request, found, status=409)
    messages.success(request, says or _thanks(report))
    return _to_report(found)


def _thanks(report: Report) -> str:
    if report.state == Report.State.SENT:
        return gettext("Abgeschickt. Ihr Team bekommt eine E-Mail und zeichnet mit.")
    return gettext("Vielen Dank, der Bericht liegt jetzt der Koordination vor.")


def _to_report(found: Offer) -> HttpResponse:
    return redirect("advisors:report", token=links.token(found))


def _form_class(found: Offer) -> type[WorkForm]:
    report = reports.of(found.consultation)
    return ReportForm if report is None or report.state in Report.EDITABLE else WorkForm


def _show_report(
    request: HttpRequest,
    found: Offer,
    *,
    form: WorkForm | None = None,
    conflicts: dict[str, str] | None = None,
    lost: ReportForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """`conflicts`: what others have written meanwhile; `lost`: what was typed and can't be taken any more."""
    report, kind = reports.of(found.consultation), _form_class(found)
    own = reports.record_of(report, found)
    shown = form or kind(initial=_initial(report, own))
    labels = ReportForm.base_fields
    context = {
        "offer": found,
        "consultation": found.consultation,
        "token": links.token(found),
        "report": report,
        "own": own,
        "editable": kind is ReportForm,
        "to_sign": report is not None and report.state == Report.State.SENT and not (own and own.signed_at),
        "signatures": _signatures(found, report),
        "seen": {name: reports.fingerprint(getattr(report, name, "")) for name in reports.TEXTS},
        "conflicts": [(str(labels[name].label), text) for name, text in (conflicts or {}).items()],
        "lost": [(str(labels[name].label), lost[name].value()) for name in reports.TEXTS] if lost else [],
        "agreement": Agreement.objects.filter(consultation=found.consultation).first(),
        "form": shown,
    }
    return render(request, "advisors/report.html", context, status=status)


def _initial(report: Report | None, own: Any) -> dict[str, Any]:
    texts = {name: getattr(report, name, "") for name in reports.TEXTS}
    seen = {f"seen_{name}": reports.fingerprint(text) for name, text in texts.items()}
    return texts | seen | {name: getattr(own, name, None) for name in reports.WORK}


def _signatures(found: Offer, report: Report | None) -> list[tuple[Offer, Any]]:
    """Everybody of the team, and when she or he has signed; nobody where the desk has taken it from paper."""
    signed = dict(report.work.values_list("offer", "signed_at")) if report else {}
    if report and report.state == Report.State.ACCEPTED and not any(signed.values()):
        return []
    return [(mate, signed.get(mate.pk)) for mate in results.team_of(found.consultation)]


# --- What the municipality says -----------------------------------------------------------------------------


@behind_link(request_links.STATUS)
@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request: HttpRequest, consultation: ConsultationRequest) -> HttpResponse:
    """GET asks how it was, POST keeps the answer; it may be corrected for some days."""
    given = Feedback.objects.filter(consultation=consultation).first()
    may = results.asks_for_feedback(consultation) and (given is None or results.may_change(given.recorded_at))
    initial = {name: getattr(given, name) for name in FeedbackForm.base_fields} if given else {}

    def keep(**answer: Any) -> None:
        results.feedback(consultation, by=None, **answer)

    context = {"consultation": consultation, "given": given, "may": may}
    return _answered(request, "feedback", FeedbackForm, initial, keep, context)


@behind_link(request_links.STATUS)
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up(request: HttpRequest, consultation: ConsultationRequest) -> HttpResponse:
    """GET asks what has been put into practice, POST keeps the answer; it may be corrected for some days."""
    asked = FollowUp.objects.filter(consultation=consultation).first()
    given = asked if asked and asked.answered_at else None
    initial = {name: getattr(given, name) for name in FollowUpForm.base_fields} if given else {}

    def keep(**answer: Any) -> None:
        follow_ups.answer(consultation, **answer)

    context = {"consultation": consultation, "given": given, "may": follow_ups.may_answer(asked)}
    return _answered(request, "follow_up", FollowUpForm, initial, keep, context)


def _answered(
    request: HttpRequest,
    name: str,
    kind: type[FeedbackForm] | type[FollowUpForm],
    initial: dict[str, Any],
    keep: Callable[..., None],
    context: dict[str, Any],
) -> HttpResponse:
    """A page with one form, thanks after it, and the form again for whoever wants to correct."""
    token = request_links.token(request_links.STATUS, context["consultation"])
    context |= {"token": token, "asking": context["may"] and (not context["given"] or "aendern" in request.GET)}
    if request.method != "POST":
        return render(request, f"advisors/{name}.html", context | {"form": kind(initial=initial)})
    if languages.is_switched(request):
        return render(request, f"advisors/{name}.html", context | {"asking": True, "form": kind.as_typed(request.POST)})
    form = kind(request.POST)
    if not form.is_valid():
        return render(request, f"advisors/{name}.html", context | {"asking": True, "form": form}, status=422)
    try:
        keep(**form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return render(request, f"advisors/{name}.html", context | {"asking": True, "form": form}, status=409)
    return redirect(f"advisors:{name}", token=token)
