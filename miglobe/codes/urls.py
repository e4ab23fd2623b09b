from django.urls import path

from . import views

app_name = "codes"
urlpatterns = [
    path("", views.ask, name="ask"),
    path("<uuid:key>/", views.enter, name="enter"),
]
