"""Where a component's static functions are looked for: `context.close`."""

from mapistore.component import ContextHandle as Context

__all__ = ["Context"]
