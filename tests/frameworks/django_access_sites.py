"""Small projects whose middleware asks, or may ask, as in `django_access_projects`."""

SESSIONS = """    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
"""
LOGIN = f"""MIDDLEWARE = [
{SESSIONS}    "django.contrib.auth.middleware.LoginRequiredMiddleware",
]
"""
ONE = """
from django.urls import path
import views
urlpatterns = [path("x/", views.x)]
# file: views.py
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
"""


def own(entry: str, says: str, source: str) -> str:
    """A project with one middleware of its own."""
    middleware = f'# file: settings.py\nMIDDLEWARE = [\n{SESSIONS}    "middleware.{entry}",\n]\n'
    return f"{ONE}def x(request): return HttpResponse()  #: {says}\n{middleware}# file: middleware.py\n{source}"


SITES = {
    "login middleware": """
from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.generic import TemplateView
import views
urlpatterns = [
    path("plain/", views.plain),
    path("open/", views.opened),
    path("open-below/", views.opened_below),
    path("open-in-urls/", login_not_required(views.opened_in_urls)),
    path("private/", views.private),
    path("page/", views.Page.as_view()),
    path("open-page/", views.OpenPage.as_view()),
    path("open-dispatch/", views.OpenDispatch.as_view()),
    path("open-get/", views.OpenGet.as_view()),
    path("heir/", views.Heir.as_view()),
    path("heir-closed/", views.HeirClosed.as_view()),
    path("signed-in/", views.SignIn.as_view()),
    path("api/", views.Api.as_view()),
    path("api-closed/", views.ApiClosed.as_view()),
    path("api-function/", views.api_function),
    path("library/", views.Library.as_view()),
]
# file: views.py
from django.contrib.auth.decorators import login_not_required, login_required
from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from rest_framework.decorators import api_view
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from outside import LibraryMixin

def plain(request): return HttpResponse()  #: guarded
@login_not_required
def opened(request): return HttpResponse()  #: public
@csrf_exempt
@login_not_required
def opened_below(request): return HttpResponse()  #: public
def opened_in_urls(request): return HttpResponse()  #: public
@login_not_required
@login_required
def private(request): return HttpResponse()  #: guarded
class Page(View):
    def get(self, request): return HttpResponse()  #: guarded
@method_decorator(login_not_required, name="dispatch")
class OpenPage(View):
    def get(self, request): return HttpResponse()  #: public
class OpenDispatch(View):
    @method_decorator(login_not_required)
    def dispatch(self, *args, **kwargs):
        return super().dispatch(*args, **kwargs)
    def get(self, request): return HttpResponse()  #: public
class OpenGet(View):
    @method_decorator(login_not_required)
    def get(self, request): return HttpResponse()  #: guarded
class Heir(OpenPage):
    def post(self, request): return HttpResponse()  #: public
class HeirClosed(OpenPage):
    def dispatch(self, request, *args, **kwargs):
        return super().dispatch(request, *args, **kwargs)
    def put(self, request): return HttpResponse()  #: guarded
class SignIn(LoginView):
    def get(self, request): return HttpResponse()  #: public
    def post(self, request): return HttpResponse()  #: public
class Api(APIView):
    def get(self, request): return Response()  #: unguarded
class ApiClosed(APIView):
    permission_classes = [IsAuthenticated]
    def get(self, request): return Response()  #: guarded
@api_view(["GET"])
def api_function(request): return Response()  #: unguarded
class Library(LibraryMixin, View):
    def get(self, request): return HttpResponse()  #: unknown
# file: settings.py
"""
    + LOGIN,
    "login middleware that something turns off": ONE
    + """def x(request): return HttpResponse()  #: unknown
for view in (x,):
    view.login_required = False
# file: settings.py
"""
    + LOGIN,
    "login middleware in one of the settings": ONE
    + """def x(request): return HttpResponse()  #: unknown
# file: base.py
MIDDLEWARE = ["""
    + SESSIONS
    + """]
# file: production.py
from settings import *
MIDDLEWARE = [*MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
# file: settings.py
from base import *
""",
    "login middleware in all of the settings": ONE
    + """def x(request): return HttpResponse()  #: guarded
# file: production.py
from settings import *
MIDDLEWARE.insert(0, "django.middleware.security.SecurityMiddleware")
if DEBUG:
    MIDDLEWARE += ["debug_toolbar.middleware.DebugToolbarMiddleware"]
# file: settings.py
DEBUG = False
"""
    + LOGIN,
    "login middleware that is taken away": ONE
    + """def x(request): return HttpResponse()  #: unknown
# file: testing.py
from settings import *
MIDDLEWARE.remove("django.contrib.auth.middleware.LoginRequiredMiddleware")
# file: settings.py
"""
    + LOGIN,
    "login middleware of its own": ONE
    + """def x(request): return HttpResponse()  #: guarded
# file: middleware.py
from django.contrib.auth.middleware import LoginRequiredMiddleware
class Login(LoginRequiredMiddleware):
    def get_login_url(self, view_func):
        return "/login"
# file: settings.py
"""
    + LOGIN.replace("django.contrib.auth.middleware.LoginR", "middleware.LoginR").replace("RequiredMiddleware", ""),
    "login middleware of its own that decides": ONE
    + """def x(request): return HttpResponse()  #: unknown
# file: middleware.py
from django.contrib.auth.middleware import LoginRequiredMiddleware
class Login(LoginRequiredMiddleware):
    def process_view(self, request, view_func, view_args, view_kwargs):
        if request.path.startswith("/x"):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)
# file: settings.py
"""
    + LOGIN.replace("django.contrib.auth.middleware.LoginR", "middleware.LoginR").replace("RequiredMiddleware", ""),
    "settings that are not constant": ONE
    + """def x(request): return HttpResponse()  #: unknown
# file: settings.py
import os
MIDDLEWARE = ["""
    + SESSIONS
    + """] + os.environ.get("MORE_MIDDLEWARE", "").split()
""",
    "middleware from a library": ONE
    + """def x(request): return HttpResponse()  #: unknown
@login_required
def y(request): return HttpResponse()
# file: settings.py
MIDDLEWARE = ["""
    + SESSIONS
    + """    "outside.Middleware",
]
""",
    "middleware that guards": own(
        "Guard",
        "guarded",
        """
from django.http import HttpResponse
class Guard:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        if not request.user.is_authenticated:
            return HttpResponse(status=401)
        return self.get_response(request)
""",
    ),
    "middleware that guards some": own(
        "Guard",
        "unknown",
        """
from django.shortcuts import redirect
OPEN = ["/x/"]
class Guard:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        if not request.user.is_authenticated and request.path not in OPEN:
            return redirect("/login")
        return self.get_response(request)
""",
    ),
    "middleware that only looks": own(
        "Timing",
        "unguarded",
        """
import time
class Timing:
    def __init__(self, get_response):
        self.next = get_response
    def __call__(self, request):
        started = time.monotonic()
        request.started = started
        response = self.next(request)
        if request.user.is_authenticated:
            response["X-Time"] = str(time.monotonic() - started)
        return response
""",
    ),
    "middleware that is a function": own(
        "guard",
        "guarded",
        """
from django.core.exceptions import PermissionDenied
def guard(get_response):
    def middleware(request):
        if request.user.is_anonymous:
            raise PermissionDenied
        return get_response(request)
    return middleware
""",
    ),
    "middleware that is a function and looks": own(
        "tenant",
        "unguarded",
        """
def tenant(get_response):
    def middleware(request):
        request.tenant = request.headers.get("X-Tenant", "none")
        return get_response(request)
    return middleware
""",
    ),
    "middleware of hooks": own(
        "Hooks",
        "guarded",
        """
from django.shortcuts import redirect
from django.utils.deprecation import MiddlewareMixin
class Hooks(MiddlewareMixin):
    def process_view(self, request, view_func, view_args, view_kwargs):
        if request.user.is_authenticated:
            return None
        return redirect("/login")
    def process_response(self, request, response):
        response["X-Seen"] = "1"
        return response
""",
    ),
    "middleware of hooks that look": own(
        "Hooks",
        "unguarded",
        """
from django.utils.deprecation import MiddlewareMixin
class Hooks(MiddlewareMixin):
    def process_request(self, request):
        request.language = request.GET.get("lang", "en")
    def process_view(self, request, view_func, view_args, view_kwargs):
        request.view_name = "x"
""",
    ),
    "no settings here": """
from django.urls import path
import views
urlpatterns = [path("x/", views.x), path("y/", views.y)]
# file: views.py
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
def x(request): return HttpResponse()  #: unguarded
@login_required
def y(request): return HttpResponse()  #: guarded
""",
    "configured in place": """
from django.conf import settings
from django.urls import path
import views
if not settings.configured:
    settings.configure(ROOT_URLCONF="urls", MIDDLEWARE=["django.middleware.common.CommonMiddleware"])
urlpatterns = [path("x/", views.x)]
# file: views.py
from django.http import HttpResponse
def x(request): return HttpResponse()  #: unguarded
""",
    "patterns that are changed": """
from django.urls import include, path
import views
inner = [path("in/", views.inside)]
def closed(patterns):
    from django.contrib.auth.decorators import login_required
    for one in patterns:
        one.callback = login_required(one.callback)
    return patterns
urlpatterns = [path("x/", views.x), path("", include(closed(inner)))]
# file: views.py
from django.http import HttpResponse
def x(request): return HttpResponse()  #: unknown
def inside(request): return HttpResponse()  #: unknown
""",
    "an admin's wrapper": """
from django.contrib import admin
from django.urls import path
import views
urlpatterns = [
    path("x/", admin.site.admin_view(views.x)),
    path("y/", views.site.admin_view(views.y)),
    path("z/", views.open_site.admin_view(views.z)),
    path("admin/login/", admin.site.urls),
]
# file: views.py
from django.contrib.admin import AdminSite
from django.http import HttpResponse
class Site(AdminSite):
    site_header = "x"
class OpenSite(AdminSite):
    def has_permission(self, request):
        return True
site, open_site = Site(), OpenSite()
def x(request): return HttpResponse()  #: guarded
def y(request): return HttpResponse()  #: guarded
def z(request): return HttpResponse()  #: unknown
# file: settings.py
INSTALLED_APPS += ["django.contrib.admin", "django.contrib.messages"]
""",
}

#: Nobody can say which route leads to `y` and `z` here.
DECORATED_INCLUDE = """
from django.contrib.auth.decorators import login_required
from django.urls import include, path
from including import decorated
import views
urlpatterns = [path("x/", views.x), path("in/", decorated(login_required, "inner"))]
# file: inner.py
from django.urls import path
import views
urlpatterns = [path("y/", views.y), path("z/", views.z)]
# file: including.py
from importlib import import_module
from django.urls import URLPattern
def decorated(decorator, dotted):
    patterns = import_module(dotted).urlpatterns
    return [URLPattern(one.pattern, decorator(one.callback)) for one in patterns], None, None
# file: views.py
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
def x(request): return HttpResponse()  #: unguarded
def y(request): return HttpResponse()  #: unknown
@login_required
def z(request): return HttpResponse()  #: guarded
"""

#: Who may call them stands behind each.
LIBRARY_VIEWS = """
from django.contrib import admin
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView, TemplateView
from django.views.i18n import JavaScriptCatalog
from rest_framework.authtoken.views import obtain_auth_token
import outside
urlpatterns = [
    path("admin/", admin.site.urls),  #: guarded
    path("page/", TemplateView.as_view(template_name="page.html")),  #: unguarded
    path("closed/", login_required(TemplateView.as_view(template_name="page.html"))),  #: guarded
    path("away/", RedirectView.as_view(url="/page/")),  #: unguarded
    path("login/", auth.LoginView.as_view(template_name="page.html")),  #: public
    path("logout/", auth.LogoutView.as_view(next_page="/page/")),  #: unguarded
    path("password/", auth.PasswordChangeView.as_view(template_name="page.html")),  #: guarded
    path("reset/", auth.PasswordResetView.as_view(template_name="page.html")),  #: public
    path("catalog/", JavaScriptCatalog.as_view()),  #: unguarded
    path("token/", obtain_auth_token),  #: unguarded
    path("lambda/", lambda request: HttpResponse()),  #: unguarded
    path("library/", outside.view),  #: unknown
    path("rest/", include("rest_framework.urls")),  #: unknown
]
# file: templates/page.html
page
# file: settings.py
"""
LIBRARY_SETTINGS = """
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": ["templates"]}]
INSTALLED_APPS += ["django.contrib.admin", "django.contrib.messages", "rest_framework.authtoken"]
"""
