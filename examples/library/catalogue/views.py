"""The pages for readers."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from django.views.generic import CreateView, DetailView, ListView, View

from catalogue.models import Book

PAGES = "catalogue/book_list.html"


class BookList(ListView[Book]):
    paginate_by = 50

    def get_queryset(self) -> QuerySet[Book]:
        return Book.objects.select_related("author")


class BookPage(DetailView[Book]):
    model = Book


class NewBook(LoginRequiredMixin, CreateView[Book, ModelForm[Book]]):
    model = Book
    fields = ["isbn", "title", "author", "year", "copies"]


class Suggestions(View):
    """What readers wish for: kept in the session until somebody at the desk asks."""

    def get(self, request: HttpRequest) -> HttpResponse:
        wishes = ", ".join(request.session.get("wishes", []))
        return HttpResponse(wishes, content_type="text/plain")

    def post(self, request: HttpRequest) -> HttpResponse:
        title = request.POST.get("title", "").strip()
        if not title:
            return HttpResponseBadRequest("title is missing")
        request.session["wishes"] = [*request.session.get("wishes", []), title]
        return redirect("catalogue:suggestions")


@require_http_methods(["GET", "HEAD"])
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    if not text:
        return HttpResponseBadRequest("q is missing")
    return _page(request, title__icontains=text)


def by_year(request: HttpRequest, year: str) -> HttpResponse:
    return _page(request, year=int(year))


def _page(request: HttpRequest, **where: Any) -> HttpResponse:
    books = Book.objects.select_related("author").filter(**where)
    return render(request, PAGES, {"object_list": books})
