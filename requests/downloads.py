"""Hands out a file of a request. Who may read it, the view decides that has found the request."""

import logging
from uuid import UUID

from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render

from .models import Attachment, ConsultationRequest

logger = logging.getLogger(__name__)


def serve(request: HttpRequest, consultation: ConsultationRequest, key: UUID) -> HttpResponseBase:
    """The file to be saved, never to be shown by the browser as a part of this site. Raises Http404."""
    cases = Q(consultation=consultation) | Q(consultation__merged_into=consultation)  # both may have had the same file
    attachment = Attachment.objects.filter(cases, key=key).first()
    if attachment is None:
        raise Http404
    try:
        content = attachment.file.open("rb")
    except OSError:
        logger.exception("The file of attachment %s is missing.", attachment.pk)
        return render(request, "requests/file_gone.html", {"name": attachment.name}, status=404)
    response = FileResponse(content, as_attachment=True, filename=attachment.name, content_type=attachment.content_type)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    return response
