"""What is announced natively."""

from wit_world.imports.notifications import Event

published: list[Event] = []
"""Everything that was published since `reset`."""


def publish(events: list[Event]) -> None:
    published.extend(events)
