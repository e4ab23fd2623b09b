from django.urls import path

from .views import behind_links, filing, pausing

app_name = "requests"
urlpatterns = [
    path("", filing.start, name="start"),
    path("keine-kommune/", filing.no_municipality, name="no_municipality"),
    path("link/", behind_links.lost_link, name="lost_link"),
    path("link/gesendet/", behind_links.link_sent, name="link_sent"),
    path("bestaetigen/<str:token>/", behind_links.confirm, name="confirm"),
    path("bestaetigen/<str:token>/anlage/<uuid:file>/", behind_links.file_to_confirm, name="file_to_confirm"),
    path("stand/<str:token>/", behind_links.status, name="status"),
    path("stand/<str:token>/anlage/<uuid:file>/", behind_links.status_file, name="status_file"),
    path("stand/<str:token>/anfrage.pdf", behind_links.status_pdf, name="status_pdf"),
    path("stand/<str:token>/zurueckziehen/", behind_links.withdraw, name="withdraw"),
    path("<uuid:key>/anlage/<uuid:file>/", filing.draft_file, name="draft_file"),
    path("fortsetzen/<str:token>/", pausing.resume, name="resume"),
    path("<uuid:key>/spaeter/", pausing.pause, name="pause"),
    path("<uuid:key>/spaeter/gesendet/", pausing.paused, name="paused"),
    path("<uuid:key>/loeschen/", pausing.throw_away, name="throw_away"),
    path("<uuid:key>/pruefen/", filing.review, name="review"),
    path("<uuid:key>/eingang/", filing.receipt, name="receipt"),
    path("<uuid:key>/anfrage.pdf", filing.receipt_pdf, name="receipt_pdf"),
    path("<uuid:key>/<slug:name>/", filing.step, name="step"),
]
