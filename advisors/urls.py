from django.urls import path

from . import views

app_name = "advisors"
urlpatterns = [
    path("beraten/", views.apply, name="apply"),
    path("beraten/gesendet/", views.application_sent, name="application_sent"),
    path("beraten/<str:token>/", views.confirm_application, name="confirm_application"),
    path("einladung/<str:token>/", views.invitation, name="invitation"),
    path("einladung/<str:token>/absage/", views.refuse_invitation, name="refuse_invitation"),
    path("angebot/link/", views.lost_link, name="lost_link"),
    path("angebot/link/gesendet/", views.link_sent, name="link_sent"),
    path("angebot/<str:token>/", views.offer, name="offer"),
    path("angebot/<str:token>/abgeben/", views.give_up, name="give_up"),
    path("angebot/<str:token>/anlage/<uuid:file>/", views.offer_file, name="offer_file"),
    path("berater-und-beraterinnen/", views.public_profiles, name="public_profiles"),
    path("angebot/<str:token>/bericht/", views.report, name="report"),
    path("angebot/<str:token>/bericht/speichern/", views.save_report, name="save_report"),
    path("rueckmeldung/<str:token>/", views.feedback, name="feedback"),
    path("nachfrage/<str:token>/", views.follow_up, name="follow_up"),
    path("mein-bereich/<str:token>/", views.me, name="me"),
    path("mein-bereich/<str:token>/profil/", views.profile, name="profile"),
    path("mein-bereich/<str:token>/pausen/", views.pauses, name="pauses"),
    path("angebot/<str:token>/termine/", views.propose_dates, name="propose_dates"),
    path("angebot/<str:token>/termine/<uuid:proposal>/", views.withdraw_dates, name="withdraw_dates"),
    path("angebot/<str:token>/termin/<uuid:appointment>.ics", views.team_calendar_file, name="team_calendar_file"),
    path("angebot/<str:token>/termin/<uuid:appointment>/<slug:step>/", views.team_appointment, name="team_appointment"),
    path("termine/<str:token>/<uuid:proposal>/", views.dates, name="dates"),
    path("termine/<str:token>/<uuid:appointment>.ics", views.calendar_file, name="calendar_file"),
    path("kalender/<uuid:key>.ics", views.feed, name="feed"),
    path("mein-bereich/<str:token>/kalender/", views.calendar, name="calendar"),
    path("mein-bereich/<str:token>/wuensche/", views.wishes, name="wishes"),
    path("mein-bereich/<str:token>/einwilligungen/", views.my_consents, name="my_consents"),
    path("mein-bereich/<str:token>/abschied/", views.leave, name="leave"),
    path("mein-bereich/<str:token>/taetigkeit/<int:year>/", views.activity_sheet, name="activity_sheet"),
    path("mein-bereich/<str:token>/daten/", views.own_data, name="own_data"),
    path("mein-bereich/<str:token>/daten/datei/", views.own_data_file, name="own_data_file"),
]
