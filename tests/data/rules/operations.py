"""Operations: literals and what is none."""

from orders import scaffold
from orders.scaffold import observed
from orders.scaffold import observed as _observed

NAME = "GET /orders"
VERB = "GET"


# ruleid: spans-operation-not-literal
@observed(NAME)
def by_name():
    return {}


# ruleid: spans-operation-not-literal
@observed(f"{VERB} /orders")
def by_f_string():
    return {}


# ruleid: spans-operation-not-literal
@observed("{} /orders".format(VERB))
def by_format():
    return {}


# ruleid: spans-operation-not-literal
@observed("%s /orders" % VERB)
def by_percent():
    return {}


# ruleid: spans-operation-not-literal
@observed("GET " + NAME)
def by_sum():
    return {}


# ruleid: spans-operation-not-literal
@scaffold.observed(NAME)
async def by_module():
    return {}


# ruleid: spans-operation-not-literal
@_observed(NAME)
def by_alias():
    return {}


# ruleid: spans-operation-not-literal
@observed(operation=NAME)
def by_keyword():
    return {}


class View:
    # ruleid: spans-operation-not-literal
    @observed(NAME)
    def get(self):
        return {}


# ruleid: spans-operation-not-literal
wrapped = observed(NAME)(by_name)


# ok: spans-operation-not-literal
@observed("GET /orders")
def literal():
    return {}


# ok: spans-operation-not-literal
@observed("GET|POST /orders/{order_id}")
def braces():
    return {}


# ok: spans-operation-not-literal
@observed(operation="GET /orders")
def literal_by_keyword():
    return {}


# ok: spans-operation-not-literal
@observed("GET /orders" "/{order_id}")
def adjacent():
    return {}


# ok: spans-operation-not-literal
@scaffold.observed("GET /orders")
def literal_by_module():
    return {}


# ok: spans-operation-not-literal
@other(NAME)
def somebody_elses():
    return {}


# ok: spans-operation-not-literal
@observed_view(get="GET /orders/", post="POST /orders/")
class Literal(ListView):
    pass


# ruleid: spans-operation-not-literal
@observed_view(get=NAME)
class ByName(ListView):
    pass


# ruleid: spans-operation-not-literal
@scaffold.observed_view(get="GET /orders/", post=f"{VERB} /orders/")
class ByFString(ListView):
    pass
