"""Lending, for desks and kiosks."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAdminUser, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalogue.models import Book
from loans import service
from loans.models import Loan
from members.models import Member


class LoanSerializer(serializers.ModelSerializer[Loan]):
    class Meta:
        model = Loan
        fields = ["id", "book", "member", "due", "returned"]
        read_only_fields = ["member", "due", "returned"]


class ReturnedSerializer(serializers.Serializer[Book]):
    isbn = serializers.CharField()


class LoanViewSet(
    mixins.RetrieveModelMixin,
    mixins.ListModelMixin,
    viewsets.GenericViewSet[Loan],
):
    """A member's own loans; the staff sees all of them."""

    serializer_class = LoanSerializer
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> QuerySet[Loan]:
        loans = Loan.objects.all()
        if self.request.user.is_staff:
            return loans
        return loans.filter(member__user=self.request.user.pk)

    def create(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        member = get_object_or_404(Member, user=request.user.pk)
        loan = service.lend(serializer.validated_data["book"], member)
        return Response(self.get_serializer(loan).data, status=201)

    @action(detail=True, methods=["post"])
    def renew(self, request: Request, pk: str) -> Response:
        loan = service.renew(self.get_object())
        return Response(self.get_serializer(loan).data)

    @action(detail=True, methods=["post", "put"], url_path="return")
    def take_back(self, request: Request, pk: str) -> Response:
        loan = service.take_back(self.get_object())
        return Response(self.get_serializer(loan).data)

    @action(detail=False, permission_classes=[IsAdminUser])
    def overdue(self, request: Request) -> Response:
        late = self.get_queryset().filter(returned=None, due__lt=service.today())
        return Response(self.get_serializer(late, many=True).data)


class Desk(APIView):
    """The desk: whether it is open, and books that come back through the flap."""

    permission_classes = [IsAuthenticated]
    is_open = True

    def get(self, request: Request) -> Response:
        return Response({"open": self.is_open})

    def post(self, request: Request) -> Response:
        if not self.is_open:
            raise service.DeskClosed
        returned = ReturnedSerializer(data=request.data)
        returned.is_valid(raise_exception=True)
        book = get_object_or_404(Book, isbn=returned.validated_data["isbn"])
        loan = book.loans.filter(returned=None).first()
        if loan is None:
            raise serializers.ValidationError({"isbn": "nobody has this one"})
        return Response(LoanSerializer(service.take_back(loan)).data)
