from django.urls import path

from . import views

app_name = "advisors"
urlpatterns = [
    path("link/", views.lost_link, name="lost_link"),
    path("link/gesendet/", views.link_sent, name="link_sent"),
    path("<str:token>/", views.offer, name="offer"),
    path("<str:token>/anlage/<uuid:file>/", views.offer_file, name="offer_file"),
]
