from django.urls import path

from . import views

app_name = "requests"
urlpatterns = [
    path("", views.start, name="start"),
    path("keine-kommune/", views.no_municipality, name="no_municipality"),
    path("link/", views.lost_link, name="lost_link"),
    path("link/gesendet/", views.link_sent, name="link_sent"),
    path("bestaetigen/<str:token>/", views.confirm, name="confirm"),
    path("bestaetigen/<str:token>/anlage/<uuid:file>/", views.file_to_confirm, name="file_to_confirm"),
    path("stand/<str:token>/", views.status, name="status"),
    path("stand/<str:token>/anlage/<uuid:file>/", views.status_file, name="status_file"),
    path("stand/<str:token>/anfrage.pdf", views.status_pdf, name="status_pdf"),
    path("stand/<str:token>/zurueckziehen/", views.withdraw, name="withdraw"),
    path("<uuid:key>/anlage/<uuid:file>/", views.draft_file, name="draft_file"),
    path("<uuid:key>/pruefen/", views.review, name="review"),
    path("<uuid:key>/eingang/", views.receipt, name="receipt"),
    path("<uuid:key>/anfrage.pdf", views.receipt_pdf, name="receipt_pdf"),
    path("<uuid:key>/<slug:name>/", views.step, name="step"),
]
