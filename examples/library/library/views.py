"""What monitors ask for."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from catalogue.models import Book
from library import __version__


@require_GET
def health(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok", "version": __version__})


async def ready(request: HttpRequest) -> JsonResponse:
    """Whether the database answers."""
    return JsonResponse({"status": "ready", "books": await Book.objects.acount()})
