"""Announcements of changes (`wit/notifications.wit`). Natively they collect in `mapistore.testing.published`."""

from collections.abc import Sequence

from mapistore._host import notifications as host
from mapistore.types import Fid, Mid, PropertyTag
from wit_world.imports.notifications import (
    Event as Event,
)
from wit_world.imports.notifications import (
    Event_Copied,
    Event_Created,
    Event_Deleted,
    Event_Modified,
    Event_Moved,
    Event_NewMail,
    Event_TableChanged,
    Modification,
    Object,
    Transfer,
)


def new_mail(folder: Fid, message: Mid) -> Event:
    """A message was delivered."""
    return Event_NewMail(Object(folder, message))


def created(folder: Fid, message: Mid | None = None) -> Event:
    """A message, or without one the folder itself, was made."""
    return Event_Created(Object(folder, message))


def deleted(folder: Fid, message: Mid | None = None) -> Event:
    """A message, or without one the folder itself, is gone."""
    return Event_Deleted(Object(folder, message))


def modified(folder: Fid, message: Mid | None = None, tags: Sequence[PropertyTag] = ()) -> Event:
    """A message or the folder was changed; `tags`: what, where that is known."""
    return Event_Modified(Modification(Object(folder, message), list(tags)))


def moved(to: tuple[Fid, Mid | None], source: tuple[Fid, Mid | None]) -> Event:
    """A message or a folder is now elsewhere."""
    return Event_Moved(Transfer(Object(*to), Object(*source)))


def copied(to: tuple[Fid, Mid | None], source: tuple[Fid, Mid | None]) -> Event:
    """A message or a folder is now elsewhere too."""
    return Event_Copied(Transfer(Object(*to), Object(*source)))


def table_changed(folder: Fid) -> Event:
    """The rows of the folder's tables changed."""
    return Event_TableChanged(folder)


def publish(*events: Event) -> None:
    """Announces changes that are already durable. Delivered after the current call has returned."""
    host.publish(list(events))
