"""The `logging` module over `wasi:logging`: what a backend logs arrives in the host's log."""

import logging

from mapistore._host import logging as host
from mapistore.errors import of_exception, to_wit

_LEVELS = [
    (logging.CRITICAL, host.Level.CRITICAL),
    (logging.ERROR, host.Level.ERROR),
    (logging.WARNING, host.Level.WARN),
    (logging.INFO, host.Level.INFO),
    (logging.DEBUG, host.Level.DEBUG),
]


class HostHandler(logging.Handler):
    """Hands records to the host, tracebacks included."""

    def emit(self, record: logging.LogRecord) -> None:
        level = next((level for least, level in _LEVELS if record.levelno >= least), host.Level.TRACE)
        try:
            message = self.format(record)
        except Exception as error:
            # A wrong format string must not cost the record.
            message = f"{record.msg} (which cannot be formatted: {to_wit(of_exception(error)).detail})"
        # A surrogate that stands alone would not cross the boundary.
        host.log(level, record.name, message.encode("utf-8", "replace").decode("utf-8"))


def install() -> None:
    """Makes the host the receiver of all records of `DEBUG` and above. A component does it by itself; a handler that is there
    already is the author's choice, which stands."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(HostHandler())
        root.setLevel(logging.DEBUG)
