// Package component makes a [mapistore.Backend] the one that the component is.
package component

import "mapistore"

// Export is called once, in an init function of the author's. Natively it does nothing: tests call the backend itself.
//
// Messages of package log/slog go to the host's log from then on.
func Export(backend mapistore.Backend) { export(backend) }
