"""What natively stands in the place of the host: an index, named properties and key-value buckets in memory, a network of fixed answers, with the host's rules
except that no namespace is checked. For unit tests, which call `reset` before each. In a component there is none of this.
"""

from mapistore.testing import http as http
from mapistore.testing import index as index
from mapistore.testing import named_properties as named_properties
from mapistore.testing import notifications as notifications
from mapistore.testing import store as store
from mapistore.testing import store as atomics
from mapistore.testing import store as batch
from mapistore.testing import logging as logging
from mapistore.testing.notifications import published as published

__all__ = ["atomics", "batch", "http", "index", "logging", "named_properties", "notifications", "published", "reset", "store"]


def reset() -> None:
    """Empties all of it."""
    index.reset()
    store.reset()
    named_properties.reset()
    http.reset()
    published.clear()
