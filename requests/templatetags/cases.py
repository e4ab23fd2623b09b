"""Where templates of the apps below find a case."""

from django import template
from django.urls import reverse

from ..models import ConsultationRequest

register = template.Library()


@register.simple_tag
def case_address(reference: str) -> str:
    """The page of the case at the desk; empty when the reference belongs to none."""
    found = ConsultationRequest.objects.filed().filter(reference=reference).values_list("pk", flat=True).first()
    return reverse("admin:requests_consultationrequest_change", args=(found,)) if reference and found else ""
