from django.urls import path

from . import views

app_name = "advisors"
urlpatterns = [
    path("angebot/link/", views.lost_link, name="lost_link"),
    path("angebot/link/gesendet/", views.link_sent, name="link_sent"),
    path("angebot/<str:token>/", views.offer, name="offer"),
    path("angebot/<str:token>/anlage/<uuid:file>/", views.offer_file, name="offer_file"),
    path("mein-bereich/<str:token>/", views.me, name="me"),
    path("mein-bereich/<str:token>/wuensche/", views.wishes, name="wishes"),
]
