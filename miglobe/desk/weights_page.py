"""How much each criterion of matching counts: a look, a preview on past cases, and the change.

Everybody who coordinates may look and try; only who leads may keep. What was tried stays in the form.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from advisors import learning, matching, reading, weights
from advisors.matching.hindsight import FIRST
from advisors.models import Criterion
from miglobe.accounts.models import User
from miglobe.errors import Refused

VIEW, CHANGE = "advisors.view_criterionweight", "advisors.change_criterionweight"
AS_SHIPPED = "mitgeliefert"  # the name of the button that fills in what was shipped


class WeightField(forms.CharField):
    widget = forms.TextInput(attrs={"inputmode": "decimal", "size": 5, "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        return in_german(value) if isinstance(value, Decimal | float) else value

    def clean(self, value: Any) -> Decimal:
        try:
            return weights.as_weight(value)
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


def in_german(weight: Decimal | float) -> str:
    return f"{float(weight):g}".replace(".", ",")


class WeightsForm(forms.Form):
    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in Criterion:
            self.fields[each.value] = WeightField(label=str(each.label), required=False)

    @property
    def weights(self) -> Mapping[Criterion, Decimal]:
        return {each: self.cleaned_data[each.value] for each in Criterion}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            try:
                weights.require_any(self.weights)
            except Refused as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return given


def page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """GET shows today's weights; POST tries those that were typed, or the shipped ones, and keeps nothing."""
    _require(request, VIEW)
    if request.method != "POST":
        return _show(site, request, WeightsForm(initial=_initial(matching.read_weights())))
    if AS_SHIPPED in request.POST:
        form = WeightsForm({each.value: in_german(weight) for each, weight in weights.SHIPPED.items()})
    else:
        form = WeightsForm(request.POST)
    return _show(site, request, form, tries=True)


def save(site: AdminSite, request: HttpRequest) -> HttpResponse:
    _require(request, CHANGE)
    form = WeightsForm(request.POST)
    if not form.is_valid():
        return _show(site, request, form)
    weights.set_weights(form.weights, by=cast(User, request.user))
    messages.success(request, "Die Gewichte sind gespeichert. Vorschläge rechnen ab jetzt damit.")
    return redirect("admin:weights")


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _initial(of_today: matching.Weights) -> dict[str, Any]:
    return {each.value: weight for each, weight in of_today.items()}


def _show(site: AdminSite, request: HttpRequest, form: WeightsForm, *, tries: bool = False) -> HttpResponse:
    today = matching.read_weights()
    is_fine = form.is_valid() if form.is_bound else True
    tried = {each: float(weight) for each, weight in form.weights.items()} if form.is_bound and is_fine else today
    preview = matching.look_back(tried) if tries and is_fine else None
    if preview:
        reading.listed(len(preview.people), by=cast(User, request.user), page=reading.Page.SUGGESTIONS)
    context = {
        **site.each_context(request),
        "title": "Kriterien und Gewichte",
        "musts": [must.label for must in matching.MUST],
        "rows": _rows(form, today, tried),
        "form": form,
        "errors": not is_fine,
        "may_change": request.user.has_perm(CHANGE),
        "is_shipped": today == matching.SHIPPED,
        "preview": preview,
        "first": FIRST,
        "refusals": learning.refusals(),
        "smallest": learning.SMALLEST,
        "changes": [(changed, in_german(changed.weight)) for changed in weights.last_changes()],
        "as_shipped": AS_SHIPPED,
    }
    return TemplateResponse(request, "admin/weights.html", context, status=200 if is_fine else 422)


def _rows(form: WeightsForm, today: matching.Weights, tried: matching.Weights) -> list[dict[str, Any]]:
    lessons = learning.lessons()
    now, then = matching.shares_of(today), matching.shares_of(tried)
    return [
        {
            "field": form[should.criterion.value],
            "label": should.criterion.label,
            "means": should.means,
            "today": in_german(today[should.criterion]),
            "shipped": in_german(should.weight),
            "share": round(100 * now[should.criterion]),
            "share_then": round(100 * then[should.criterion]),
            "lesson": lessons[should.criterion],
        }
        for should in matching.SHOULD
    ]
