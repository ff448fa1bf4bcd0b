//go:build wasip1

package notifications

import (
	host "mapistore/internal/bindings/mapistore_backend_notifications"
	"mapistore/internal/convert"
	"mapistore/internal/wit/runtime"
	wit "mapistore/internal/wit/types"
)

func publish(events []Event) {
	defer wit_runtime.Calling()()
	host.Publish(convert.List(events, hostEvent))
}

func object(object Object) host.Object {
	message := wit.None[uint64]()
	if object.Message != 0 {
		message = wit.Some(uint64(object.Message))
	}
	return host.Object{Folder: uint64(object.Folder), Message: message}
}

func hostEvent(event Event) host.Event {
	switch event := event.(type) {
	case NewMail:
		return host.MakeEventNewMail(object(Object(event)))
	case Created:
		return host.MakeEventCreated(object(Object(event)))
	case Deleted:
		return host.MakeEventDeleted(object(Object(event)))
	case Modified:
		tags := convert.Numbers[uint32](event.Tags)
		return host.MakeEventModified(host.Modification{Target: object(event.Object), Tags: tags})
	case Moved:
		return host.MakeEventMoved(host.Transfer{To: object(event.To), Source: object(event.Source)})
	case Copied:
		return host.MakeEventCopied(host.Transfer{To: object(event.To), Source: object(event.Source)})
	case TableChanged:
		return host.MakeEventTableChanged(uint64(event))
	}
	panic("an event of a type of its own: use those of package notifications")
}
