//go:build wasip1

package export_mapistore_backend_objects

import (
	"mapistore"
	objects "mapistore/internal/bindings/mapistore_backend_objects"
	"mapistore/internal/convert"
	wit "mapistore/internal/wit/types"
)

// Context is a [mapistore.Context] as the host has it.
type Context struct{ held[mapistore.Context] }

// NewContext holds a context.
func NewContext(context mapistore.Context) *Context { return &Context{hold(context)} }

func paths(paths []mapistore.PathResult) []objects.PathResult {
	return convert.List(paths, convert.Path)
}

// OwnedContext is the context that the host gave back. Generated bindings call it in the place of their own ContextFromOwnHandle,
// which leaves the context with the handle that it was made with.
func OwnedContext(handle int32) *Context {
	context := ContextFromOwnHandle(handle)
	context.handle = handle
	return context
}

// ContextClose shuts down in an orderly way, and lets go.
func ContextClose(this *Context) answer[wit.Unit] {
	defer this.Drop()
	return Done(&this.guard, "context.close", this.it.Close)
}

func (o *Context) GetRootFolder(id uint64) answer[*Folder] {
	return Answer(&o.guard, "context.get-root-folder", newFolder, func() (mapistore.Folder, error) {
		return o.it.GetRootFolder(mapistore.FID(id))
	})
}

func (o *Context) GetPaths(ids []uint64) answer[[]objects.PathResult] {
	return Answer(&o.guard, "context.get-paths", paths, func() ([]mapistore.PathResult, error) {
		return getPaths(o.it, convert.Numbers[mapistore.ID](ids))
	})
}
