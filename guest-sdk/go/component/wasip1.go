//go:build wasip1

package component

import (
	"log/slog"

	"mapistore"
	provider "mapistore/internal/bindings/export_mapistore_backend_provider"
	_ "mapistore/internal/bindings/wit_exports"
)

func export(backend mapistore.Backend) {
	provider.Backend = backend
	slog.SetDefault(slog.New(handler{}))
}
