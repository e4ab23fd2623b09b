"""What is agreed on and what comes of it, on the page of a case."""

from dataclasses import replace
from typing import Any, cast

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator

from requests import desk
from requests import history as case_history
from requests.admin import BUTTON_METHODS
from requests.models import ConsultationRequest

from .. import follow_ups, reports, results
from ..desk_forms import (
    AgreementForm,
    FeedbackForm,
    FollowUpForm,
    QuestionForm,
    ReportForm,
    initial_of_report,
    initial_of_result,
    report_form,
)
from ..models import Agreement, Feedback, FollowUp, Report, WorkRecord

TEAMWORK = frozenset({case_history.STATE, case_history.TEAM})

type Kept = Agreement | Report | Feedback | FollowUp

RESULTS: dict[str, tuple[type[Kept], desk.Button]] = {
    "agreement": (
        Agreement,
        desk.Button(
            "Vereinbarung festhalten",
            "Was Kommune und Team für die Beratung vereinbart haben. Beide lesen es auf ihren Seiten.",
            results.agree,
            AgreementForm,
            heeds=TEAMWORK,
        ),
    ),
    "report": (
        Report,
        desk.Button(
            "Bericht festhalten",
            "Was das Team berichtet hat, zum Beispiel auf Papier. Nur intern; die geleisteten Tage gehen in die "
            "Auswertung und in den Honorarnachweis ein.",
            results.report,
            ReportForm,
            heeds=TEAMWORK,
        ),
    ),
    "feedback": (
        Feedback,
        desk.Button(
            "Rückmeldung festhalten",
            "Was die Kommune im Gespräch oder in einem Brief gesagt hat. Nur intern; die Zufriedenheit geht ohne "
            "Namen in die Auswertung ein.",
            results.feedback,
            FeedbackForm,
            heeds=TEAMWORK,
        ),
    ),
    "follow_up": (
        FollowUp,
        desk.Button(
            "Antwort zur Umsetzung festhalten",
            "Was die Kommune Monate nach dem Ende gesagt hat. Nur intern; der Umfang geht ohne Namen in die Auswertung "
            "ein.",
            follow_ups.answer,
            FollowUpForm,
            heeds=TEAMWORK,
        ),
    ),
}
OF_REPORT = {
    "accept": desk.Button(
        "Bericht annehmen",
        "Der Bericht ist in Ordnung. Er lässt sich dann nur noch hier berichtigen. Das Team erfährt es per E-Mail.",
        reports.accept,
        heeds=TEAMWORK,
    ),
    "return": desk.Button(
        "Beim Team nachfragen",
        "Das Team bekommt Ihre Frage per E-Mail, ergänzt den Bericht und zeichnet ihn noch einmal.",
        reports.give_back,
        QuestionForm,
        heeds=TEAMWORK,
    ),
}


class ResultsOfCase(admin.ModelAdmin):
    """Mixed into the admin of cases."""

    def results_context(self, consultation: ConsultationRequest) -> dict[str, Any]:
        found = {name: _result(model, consultation) for name, (model, _) in RESULTS.items()}
        may = consultation.state in results.RECORDABLE
        return {**found, "work": _work(found["report"]), "may_have_results": may}

    def get_urls(self) -> list[URLPattern]:
        views = (
            ("<int:pk>/result/<slug:name>/", self.result, "result"),
            ("<int:pk>/report/<slug:name>/", self.report, "report"),
        )
        own = [
            path(route, self.admin_site.admin_view(view), name=f"requests_consultationrequest_{name}")
            for route, view, name in views
        ]
        return own + super().get_urls()

    def button(self, name: str) -> desk.Button | None:
        """A Beratung begins with what is agreed on."""
        button: desk.Button | None = super().button(name)  # type: ignore[misc]
        return replace(button, command=results.begin, form=AgreementForm) if button and name == "start" else button

    def initial_of_move(self, consultation: ConsultationRequest, name: str) -> dict[str, Any]:
        """After a search in between it goes on with what was agreed on before."""
        return initial_of_result(AgreementForm, _result(Agreement, consultation)) if name == "start" else {}

    def case_for(self, request: HttpRequest, pk: int) -> ConsultationRequest:
        """As the admin of cases has it."""
        consultation: ConsultationRequest = super().case_for(request, pk)  # type: ignore[misc]
        return consultation

    @method_decorator(BUTTON_METHODS)
    def result(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        consultation = self.case_for(request, pk)
        if name not in RESULTS:
            raise Http404
        model, button = RESULTS[name]
        found = _result(model, consultation)
        initial = initial_of_result(button.form, found)
        if model is Report:
            button = replace(button, form=report_form(results.who_worked(consultation)))
            initial = initial_of_report(cast(Report | None, found))
        return desk.press(self.admin_site, request, consultation, button, target=consultation, initial=initial)

    @method_decorator(BUTTON_METHODS)
    def report(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """What the desk says to a report that the team has handed in."""
        consultation = self.case_for(request, pk)
        if name not in OF_REPORT:
            raise Http404
        return desk.press(self.admin_site, request, consultation, OF_REPORT[name], target=consultation)


def _result(model: type[Kept], consultation: ConsultationRequest) -> Kept | None:
    return model._default_manager.filter(consultation=consultation).select_related("by").first()


def _work(report: Any) -> list[WorkRecord]:
    """What each of the team has recorded; before they have sent it, it is theirs alone."""
    if report is None or report.state == Report.State.DRAFT:
        return []
    return list(report.work.select_related("offer__advisor"))
