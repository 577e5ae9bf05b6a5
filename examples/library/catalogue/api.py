"""The catalogue for machines."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework.decorators import action
from rest_framework.mixins import CreateModelMixin, ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import (
    GenericViewSet,
    ModelViewSet,
    ReadOnlyModelViewSet,
)

from catalogue.models import Author, Book, Review
from catalogue.serializers import AuthorSerializer, BookSerializer, ReviewSerializer


class AuthorViewSet(ReadOnlyModelViewSet[Author]):
    queryset = Author.objects.all()
    serializer_class = AuthorSerializer


class BookViewSet(ModelViewSet[Book]):
    queryset = Book.objects.all()
    serializer_class = BookSerializer

    @action(detail=True)
    def available(self, request: Request, pk: str) -> Response:
        """How many copies stand on the shelf."""
        book = self.get_object()
        out = book.loans.filter(returned=None).count()
        return Response({"copies": book.copies, "available": book.copies - out})


class ReviewViewSet(CreateModelMixin, ListModelMixin, GenericViewSet[Review]):
    """Reviews of one book."""

    serializer_class = ReviewSerializer

    def get_queryset(self) -> QuerySet[Review]:
        return Review.objects.filter(book=self.kwargs["book_pk"])

    def perform_create(self, serializer: BaseSerializer[Review]) -> None:
        serializer.save(book=get_object_or_404(Book, pk=self.kwargs["book_pk"]))
