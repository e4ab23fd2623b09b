from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.generic import RedirectView

from . import views

app_name = "pages"
urlpatterns = [
    path("", login_not_required(RedirectView.as_view(pattern_name="requests:start")), name="start"),
    path("impressum/", views.imprint, name="imprint"),
    path("datenschutz/", views.privacy, name="privacy"),
]
