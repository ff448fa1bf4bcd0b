// Package notifications announces changes (MS-OXCNOTIF 2.2.1.1). What follows from a call itself (a save, a deletion) the host
// announces where the backend does not, and never twice.
package notifications

import "mapistore"

// Object is a folder, or a message in it where Message is not 0.
type Object struct {
	Folder  mapistore.FID
	Message mapistore.MID
}

// Event is something that happened: one of the types of this package.
type Event interface{ event() }

type (
	// NewMail has arrived.
	NewMail Object
	// Created was made.
	Created Object
	// Deleted is gone.
	Deleted Object
	// Modified was changed. Tags: what of it; empty where that is not known.
	Modified struct {
		Object Object
		Tags   []mapistore.PropertyTag
	}
	// Moved went from Source to To.
	Moved struct{ To, Source Object }
	// Copied was copied from Source to To.
	Copied struct{ To, Source Object }
	// TableChanged says that the rows of the folder's tables changed.
	TableChanged mapistore.FID
)

func (NewMail) event()      {}
func (Created) event()      {}
func (Deleted) event()      {}
func (Modified) event()     {}
func (Moved) event()        {}
func (Copied) event()       {}
func (TableChanged) event() {}

// Publish announces changes that are already durable. They are delivered after the current call has succeeded, and thrown away if
// it fails. At most 1,000 in one call of the host's.
func Publish(events ...Event) { publish(events) }
