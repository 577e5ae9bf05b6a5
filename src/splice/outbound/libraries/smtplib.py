"""https://docs.python.org/3/library/smtplib.html"""

from splice.outbound.library import Client, Library, Limit

library = Library(
    tokens=(b"smtplib",),
    constant="SMTP_TIMEOUT",
    clients={
        "smtplib.SMTP": Client(limit=Limit(position=3)),
        "smtplib.SMTP_SSL": Client(limit=Limit(position=5)),  # by keyword only since Python 3.12
        "smtplib.LMTP": Client(limit=Limit(position=4)),
    },
    note="socket.setdefaulttimeout, which is none unless somebody sets it",
)
