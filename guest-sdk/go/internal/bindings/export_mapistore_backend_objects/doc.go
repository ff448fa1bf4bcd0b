// Package export_mapistore_backend_objects is between the objects that an author wrote and the generated bindings, which stand in
// this package as well, since they give its types their handles. Its name is theirs too.
package export_mapistore_backend_objects
