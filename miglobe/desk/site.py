from django.contrib.admin import AdminSite


class DeskSite(AdminSite):
    """The coordinators' desk."""

    site_title = "MiGlobe-Schreibtisch"
    site_header = "MiGlobe-Schreibtisch"
    index_title = "Übersicht"
    site_url = "/anfrage/"
    enable_nav_sidebar = False  # with it, wide lists overflow the page
    empty_value_display = "–"
