from collections.abc import Iterable
from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.views.main import ALL_VAR
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from miglobe.accounts import second_factor
from miglobe.accounts.views import no_desk

from . import fairness_page, fees_page, figures_page, jobs, queues, rights_page, weights_page

# Roles are code (`roles.py`), everybody's second factors their own; the queue's pages are for developers.
FOREIGN = ("auth", "account", "mfa", "procrastinate")

GROUPS = {  # the start page by work, not by app; what is not named here comes last
    "Arbeit": (
        "ConsultationRequest",
        "Advisor",
        "Candidacy",
        "Round",
        "Mail",
        "Delivery",
        "AccessibilityReport",
        "BulkRun",
    ),
    "Datenschutz": ("AdvisorAccess", "Consent", "LegalHold", "RetentionRun"),
    "Auswahllisten": ("Topic", "Format", "Language", "Region", "Reason", "DeclineReason", "TextBlock"),
    "Portal": ("Page", "MailText", "ConsentText", "Organisation", "User", "Portal", "Municipality"),
}


PAGES = {  # of no model: in which group, as what, for whom
    "fairness": ("Arbeit", "Verteilung der Einsätze", fairness_page.PERMISSION),
    "weights": ("Arbeit", "Kriterien und Gewichte", weights_page.VIEW),
    "rights": ("Datenschutz", "Auskunft und Löschung", rights_page.PERMISSION),
}


class DeskSite(AdminSite):
    """The coordinators' desk."""

    site_title = "MiGlobe-Schreibtisch"
    site_header = "MiGlobe-Schreibtisch"
    index_title = "Übersicht"
    site_url = "/"
    enable_nav_sidebar = False  # with it, wide lists overflow the page
    empty_value_display = "–"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        models = model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        ours = [model for model in models if model._meta.app_label not in FOREIGN]
        super().register(ours, admin_class, **options)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.user.has_perm(figures_page.PERMISSION) and not self.get_app_list(request):
            return redirect("admin:figures")  # for those who see nothing else
        return super().index(request, queues.context(request) | (extra_context or {}))

    def get_urls(self) -> list[Any]:
        own = [
            path("auswertung/", self.admin_view(self.figures), name="figures"),
            path("auswertung/csv/", self.admin_view(self.figures_csv), name="figures_csv"),
            path("honorare/", self.admin_view(self.fees), name="fees"),
            path("honorare/datei/", self.admin_view(self.fees_file), name="fees_file"),
            path("gewichte/", self.admin_view(self.weights), name="weights"),
            path("gewichte/speichern/", self.admin_view(self.save_weights), name="save_weights"),
            path("verteilung/", self.admin_view(self.fairness), name="fairness"),
            path("verteilung/datei/", self.admin_view(self.fairness_file), name="fairness_file"),
            path("hintergrund/", self.admin_view(self.jobs), name="jobs"),
            *rights_page.urls(self),
        ]
        return own + super().get_urls()

    @method_decorator(require_safe)
    def figures(self, request: HttpRequest) -> HttpResponse:
        return figures_page.page(self, request)

    @method_decorator(require_safe)
    def fees(self, request: HttpRequest) -> HttpResponseBase:
        return fees_page.page(self, request)

    @method_decorator(require_POST)
    def fees_file(self, request: HttpRequest) -> HttpResponseBase:
        return fees_page.file(request)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def weights(self, request: HttpRequest) -> HttpResponse:
        return weights_page.page(self, request)

    @method_decorator(require_POST)
    def save_weights(self, request: HttpRequest) -> HttpResponse:
        return weights_page.save(self, request)

    @method_decorator(require_safe)
    def fairness(self, request: HttpRequest) -> HttpResponseBase:
        return fairness_page.page(self, request)

    @method_decorator(require_POST)
    def fairness_file(self, request: HttpRequest) -> HttpResponseBase:
        return fairness_page.file(request)

    @method_decorator(require_safe)
    def jobs(self, request: HttpRequest) -> HttpResponse:
        return jobs.page(self, request)

    @method_decorator(require_safe)
    def figures_csv(self, request: HttpRequest) -> HttpResponseBase:
        return figures_page.csv(request)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """For the start page grouped by what people do with it; for one app as Django has it."""
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        left = {model["object_name"]: model for app in apps for model in app["models"]}
        grouped = {title: [left.pop(name) for name in names if name in left] for title, names in GROUPS.items()}
        grouped["Weiteres"] = list(left.values())
        for view, (title, name, permission) in PAGES.items():
            if request.user.has_perm(permission):
                grouped[title].append({"name": name, "admin_url": reverse(f"admin:{view}")})
        return [
            {"name": title, "app_label": title.lower(), "app_url": "", "has_module_perms": True, "models": models}
            for title, models in grouped.items()
            if models
        ]

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and second_factor.opens_the_desk(request)

    @method_decorator((never_cache, login_not_required))
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Whom the desk did not let in comes here, and is sent where what they lack can be had."""
        wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
        if not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
            wanted = reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(wanted)
        if self.has_permission(request):
            return redirect(wanted)
        if not super().has_permission(request):
            return no_desk(request)
        return redirect(second_factor.way_to(wanted, request.user))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_change_password")

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("mfa_index")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Lists are filtered by a plain form, whose address is tidied before the list reads it."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def tidy_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "GET" and "from" in request.GET:
                query = tidied(request.GET).urlencode()
                return redirect(f"{request.path}?{query}" if query else request.path)
            response: HttpResponse = inner(request, *args, **kwargs)
            return response

        return tidy_view


def tidied(sent: QueryDict) -> QueryDict:
    """The parameters that a list understands, from what templates/admin/search_form.html sends.

    `from` is the query the person came with, every `filter` the query of one choice: `from` with that choice
    made. What differs between the two is what the choice means. `field` names parameters that the form has fields
    for: what they say replaces what was, also when they say nothing.
    """
    before = _query(sent["from"])
    after = before.copy()
    for name in sent.getlist("field"):
        after.pop(name, None)
    for choice in map(_query, sent.getlist("filter")):
        for name in {*before, *choice}:
            if choice.getlist(name) != before.getlist(name):
                after.setlist(name, choice.getlist(name))
    for name in sent:
        if name not in ("from", "filter", "field"):
            after.setlist(name, [value for value in sent.getlist(name) if value])
    for name in [name for name in after if not any(after.getlist(name))]:
        del after[name]
    if len(after) > 1:
        after.pop(ALL_VAR, None)  # "all" is what a list shows to whom no other wish is known
    return after


def _query(text: Any) -> QueryDict:
    return QueryDict(str(text).removeprefix("?"))
