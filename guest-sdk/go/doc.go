// Package mapistore is for writing MAPIStore storage backends in Go.
//
// A backend is a WebAssembly component that the host runs in a sandbox, with one memory for each context. The contract
// (the files in wit/) says what each call must do; this package is that contract as Go interfaces.
//
// A backend implements [Backend], and the objects that it has: [Context], [Folder], [Message], [Attachment], [Table] and
// [PropertyStream]. Each embeds the type of that name with Unimplemented in front, such as [UnimplementedFolder], and writes
// the methods that it can do; the others answer not-implemented. What is implemented is claimed in [Info.Capabilities].
//
//	package main
//
//	import (
//		"mapistore"
//		"mapistore/component"
//	)
//
//	type backend struct{ mapistore.UnimplementedBackend }
//
//	func (backend) Describe() mapistore.Info { ... }
//
//	func init() { component.Export(backend{}) }
//
//	func main() {}
//
// # Errors
//
// A method answers an [*Error], made by [Errorf]; any other error is converted by [AsError], which knows those of package
// os. A panic is answered as failed, with its message, and the object in which it happened answers nothing else from then on.
// What the Go runtime itself gives up over (no memory, a deadlock, os.Exit) ends the context.
//
// # Objects and their end
//
// The host owns what a method answers, and drops it once. An object that has something to let go of implements [Dropper].
// A context's calls come one after another. A goroutine may run for the length of the call that started it; between calls
// no goroutine runs, and none may be in the middle of a call of the host when the call that started it returns.
//
// # Tests
//
// Compiled for anything but wasip1, the packages index, keyvalue, namedprops and notifications work in memory, so that
// go test runs a backend as it is.
package mapistore
