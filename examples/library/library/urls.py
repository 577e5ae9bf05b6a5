"""All routes of the service."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from library import views

accounts = [
    path("login/", LoginView.as_view(template_name="catalogue/login.html")),
    path("logout/", LogoutView.as_view(next_page="/")),
]

urlpatterns = [
    path("healthz", views.health, name="health"),
    path("readyz", views.ready),
    path("admin/", admin.site.urls),
    path("accounts/", include(accounts)),
    path("api/", include("library.api")),
    path("members/", include("members.urls")),
    path("reports/", include("reports.urls", namespace="reports")),
] + i18n_patterns(
    path("catalogue/", include("catalogue.urls")),
)
