from django.db.models import Count, Q
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response

from loans.models import Loan


@api_view(["GET"])
@permission_classes([IsAdminUser])
def stats(request: Request) -> Response:
    """Loans that are open, and all there ever were."""
    return Response(
        Loan.objects.aggregate(
            loans=Count("pk"), open=Count("pk", filter=Q(returned=None))
        )
    )
