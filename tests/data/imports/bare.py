# A file without imports


def handler(request):
    def inner():
        return request

    return inner
