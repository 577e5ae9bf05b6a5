from django.urls import path, re_path
from django.views.decorators.cache import never_cache

from reports import views

app_name = "reports"

urlpatterns = [
    path("loans.csv", views.export_loans, name="loans"),
    path("integrity", never_cache(views.integrity)),
    path("valuation", views.valuation),
    path("fines", views.Fines.as_view()),
]
urlpatterns += [re_path(r"^archive/(?P<name>.+)$", views.archive)]
