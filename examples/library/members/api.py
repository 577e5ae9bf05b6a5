"""Members, for the staff."""

from rest_framework import generics, serializers, status
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response

from members.models import Member


class MemberSerializer(serializers.ModelSerializer[Member]):
    class Meta:
        model = Member
        fields = ["id", "user", "card", "suspended"]


class MemberList(generics.ListCreateAPIView[Member]):
    queryset = Member.objects.all()
    serializer_class = MemberSerializer
    permission_classes = [IsAdminUser]


class MemberDetail(generics.RetrieveUpdateAPIView[Member]):
    queryset = Member.objects.all()
    serializer_class = MemberSerializer
    permission_classes = [IsAdminUser]

    def delete(self, request: Request, pk: int) -> Response:
        """Suspend: loans point to members, so none ever goes."""
        member = self.get_object()
        member.suspended = True
        member.save()
        return Response(status=status.HTTP_204_NO_CONTENT)
