//go:build !wasip1

package component

import "mapistore"

func export(mapistore.Backend) {}
