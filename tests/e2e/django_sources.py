"""A small Django service whose views end in every way that Django and REST framework know."""

from __future__ import annotations

SETTINGS = """\
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "rest_framework"]
LOGIN_URL = "/login"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
]
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": []}
ROOT_URLCONF = "site1.urls"
SECRET_KEY = "only in tests"
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
"""
VIEWS = """\
import asyncio

from django.contrib.auth.decorators import login_not_required as open_to_all
from django.core.exceptions import BadRequest, ObjectDoesNotExist, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse, HttpResponseServerError, JsonResponse, StreamingHttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView


class Late(PermissionDenied):
    pass


@open_to_all
def fine(request, pk):
    return JsonResponse({"id": pk})


def closed(request):
    return HttpResponse()


@csrf_exempt
@open_to_all
def hook(request):
    return HttpResponse()


@open_to_all
def strict(request):
    return HttpResponse()


@open_to_all
def missing(request):
    raise Http404("secret")


@open_to_all
def denied(request):
    raise Late("secret")


@open_to_all
def suspicious(request):
    raise SuspiciousOperation("secret")


@open_to_all
def bad(request):
    raise BadRequest("secret")


@open_to_all
def no_row(request):
    raise ObjectDoesNotExist("secret")


@open_to_all
def bug(request):
    raise ValueError("secret")


@open_to_all
def returned(request):
    return HttpResponseServerError("x")


@open_to_all
def gone(request):
    return HttpResponse(status=410)


@open_to_all
async def waits(request):
    await asyncio.sleep(0)
    return HttpResponse("waited")


@open_to_all
async def waits_in_vain(request):
    await asyncio.sleep(0)
    raise KeyError("secret")


@open_to_all
def stream(request):
    return StreamingHttpResponse(part for part in (b"a", b"b"))


@open_to_all
def broken_stream(request):
    def parts():
        yield b"a"
        raise OSError("secret")

    return StreamingHttpResponse(parts())


@method_decorator(open_to_all, name="dispatch")
class Page(View):
    def get(self, request):
        return HttpResponse("page")


@method_decorator(open_to_all, name="dispatch")
class AsyncPage(View):
    async def get(self, request):
        return HttpResponse("page")

    async def delete(self, request):
        raise Http404


@method_decorator(open_to_all, name="dispatch")
class Template(TemplateView):
    template_name = "there is none"
"""
API = """\
from django.contrib.auth.decorators import login_not_required
from django.utils.decorators import method_decorator
from rest_framework import status
from rest_framework.decorators import action, api_view, permission_classes
from rest_framework.exceptions import APIException, NotFound, Throttled, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.permissions import BasePermission
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet


class Nobody(BasePermission):
    def has_permission(self, request, view):
        return False


class Down(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE


class Stale(APIException):
    status_code = 409


@api_view(["GET", "POST"])
@login_not_required
def plain(request):
    return Response({"ok": True})


@login_not_required
@api_view(["GET"])
@permission_classes([Nobody])
def refused(request):
    return Response()


@method_decorator(login_not_required, name="dispatch")
class Raises(APIView):
    def get(self, request, what):
        errors = {"down": Down, "stale": Stale, "none": NotFound, "many": Throttled, "bad": ValidationError}
        raise errors[what](*([] if what == "many" else ["secret"]))


@method_decorator(login_not_required, name="dispatch")
class Things(ViewSet):
    def list(self, request):
        return Response([], status=500)

    @action(detail=True, methods=["post"])
    def run(self, request, pk):
        raise APIException("secret")


@method_decorator(login_not_required, name="dispatch")
class Inherits(ListAPIView):
    def get_queryset(self):
        raise Down("secret")
"""
URLS = """\
from django.urls import include, path
from rest_framework.routers import SimpleRouter

from site1 import api, views

router = SimpleRouter()
router.register("things", api.Things, basename="thing")

urlpatterns = [
    path("fine/<int:pk>", views.fine),
    path("closed", views.closed),
    path("hook", views.hook),
    path("strict", views.strict),
    path("missing", views.missing),
    path("denied", views.denied),
    path("suspicious", views.suspicious),
    path("bad", views.bad),
    path("no-row", views.no_row),
    path("bug", views.bug),
    path("returned", views.returned),
    path("gone", views.gone),
    path("waits", views.waits),
    path("waits-in-vain", views.waits_in_vain),
    path("stream", views.stream),
    path("broken-stream", views.broken_stream),
    path("page", views.Page.as_view()),
    path("async-page", views.AsyncPage.as_view()),
    path("template", views.Template.as_view()),
    path("plain", api.plain),
    path("refused", api.refused),
    path("raises/<what>", api.Raises.as_view()),
    path("inherits", api.Inherits.as_view()),
    path("", include(router.urls)),
]
"""
WSGI = """\
import os

from django.core.{0} import get_{0}_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")
application = get_{0}_application()
"""
FILES: dict[str, str | bytes] = {
    "manage.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")\n',
    "site1/__init__.py": "",
    "site1/settings.py": SETTINGS,
    "site1/views.py": VIEWS,
    "site1/api.py": API,
    "site1/urls.py": URLS,
    "site1/wsgi.py": WSGI.format("wsgi"),
    "site1/asgi.py": WSGI.format("asgi"),
}
