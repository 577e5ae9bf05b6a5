"""Handlers of Django and DRF that are observed, and that are not."""

from django.views import View
from rest_framework import generics, viewsets
from rest_framework.decorators import action, api_view
from rest_framework.views import APIView

from library.scaffold import observed, observed_view


@api_view(["GET"])
# ruleid: spans-handler-not-observed, metrics-handler-not-observed
def missing(request):
    return {}


@api_view(["GET"])
@observed("GET /x/")
# ok: spans-handler-not-observed, metrics-handler-not-observed
def there(request):
    return {}


class Books(View):
    # ruleid: spans-handler-not-observed, metrics-handler-not-observed
    def get(self, request):
        return {}

    @observed("POST /books/")
    # ok: spans-handler-not-observed, metrics-handler-not-observed
    def post(self, request):
        return {}

    # ok: spans-handler-not-observed, metrics-handler-not-observed
    def get_queryset(self):
        return []


class Loans(APIView):
    # ruleid: spans-handler-not-observed, metrics-handler-not-observed
    async def delete(self, request):
        return {}


@observed_view(post="POST /members/")
class Members(generics.ListCreateAPIView):
    # ruleid: spans-handler-not-observed, metrics-handler-not-observed
    def get(self, request):
        return {}


@observed_view(list="GET /copies/")
class Copies(viewsets.ModelViewSet):
    # ruleid: spans-handler-not-observed, metrics-handler-not-observed
    def create(self, request):
        return {}

    @action(detail=True)
    # ruleid: spans-handler-not-observed, metrics-handler-not-observed
    def lend(self, request, pk):
        return {}

    @action(detail=True)
    @observed("GET /copies/{pk}/give_back/")
    # ok: spans-handler-not-observed, metrics-handler-not-observed
    def give_back(self, request, pk):
        return {}

    # ok: spans-handler-not-observed, metrics-handler-not-observed
    def perform_create(self, serializer):
        return None
