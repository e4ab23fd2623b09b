from django.urls import path

from . import views

app_name = "privacy"
urlpatterns = [
    path("", views.ask, name="ask"),
    path("gesendet/", views.asked, name="asked"),
    path("<str:token>/", views.own_data, name="own_data"),
    path("<str:token>/datei/", views.own_file, name="own_file"),
    path("<str:token>/loeschen/", views.erasure, name="erasure"),
]
