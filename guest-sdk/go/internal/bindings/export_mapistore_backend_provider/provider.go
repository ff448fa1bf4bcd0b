//go:build wasip1

// Package export_mapistore_backend_provider is between the backend that an author wrote and the generated bindings, which choose
// its name.
package export_mapistore_backend_provider

import (
	"mapistore"
	objects "mapistore/internal/bindings/export_mapistore_backend_objects"
	types "mapistore/internal/bindings/mapistore_backend_types"
	"mapistore/internal/convert"
	"mapistore/internal/wit/runtime"
	wit "mapistore/internal/wit/types"
)

// Backend is the one that the component is.
var Backend mapistore.Backend

// The backend outlives no call, so a panic spoils no other.
func guard() *objects.Guard { return new(objects.Guard) }

// Describe is name, namespace, capabilities.
func Describe() types.BackendInfo {
	info := Backend.Describe()
	if info.Namespace == "" {
		info.Namespace = info.Name
	}
	if info.InlineLimit == 0 {
		info.InlineLimit = mapistore.InlineLimit
	}
	return types.BackendInfo{
		Name: info.Name, Description: info.Description, Namespace: info.Namespace, Version: info.Version,
		Capabilities: uint32(info.Capabilities), InlineLimit: info.InlineLimit,
	}
}

// Init runs before everything but Describe.
func Init(config []wit.Tuple2[string, string]) wit.Result[wit.Unit, types.Error] {
	settings := make(map[string]string, len(config))
	for _, setting := range config {
		settings[setting.F0] = setting.F1
	}
	defer wit_runtime.AfterInit()
	return objects.Done(guard(), "init", func() error { return Backend.Init(settings) })
}

// ListContexts are the roots of a user.
func ListContexts(username string) wit.Result[[]types.ContextEntry, types.Error] {
	wit_runtime.BeforeCall()
	return objects.Answer(guard(), "list-contexts", entries, func() ([]mapistore.ContextEntry, error) {
		return Backend.ListContexts(username)
	})
}

func entries(entries []mapistore.ContextEntry) []types.ContextEntry {
	return convert.List(entries, func(entry mapistore.ContextEntry) types.ContextEntry {
		return types.ContextEntry{
			Url: entry.URL, Name: entry.Name, MainFolder: entry.Main, Role: uint8(entry.Role), Tag: convert.Option(entry.Tag),
		}
	})
}

// CreateContext opens a root.
func CreateContext(info types.ConnectionInfo, uri string) wit.Result[*objects.Context, types.Error] {
	wit_runtime.BeforeCall()
	connection := mapistore.Connection{
		Username: info.Username, Owner: info.Owner, ReplicaGUID: convert.FromGUID(info.ReplicaGuid), ReplicaID: info.ReplicaId,
		Locale: info.Locale, Codepage: info.Codepage,
	}
	return objects.Answer(guard(), "create-context", objects.NewContext, func() (mapistore.Context, error) {
		return Backend.CreateContext(connection, uri)
	})
}

// CreateRootFolder makes a root for a role.
func CreateRootFolder(username string, role uint8, id uint64, name string) wit.Result[wit.Option[string], types.Error] {
	wit_runtime.BeforeCall()
	some := func(uri string) wit.Option[string] {
		if uri == "" {
			return wit.None[string]()
		}
		return wit.Some(uri)
	}
	return objects.Answer(guard(), "create-root-folder", some, func() (string, error) {
		return Backend.CreateRootFolder(username, mapistore.Role(role), mapistore.FID(id), name)
	})
}

// GenerateUri is the URI of a message.
func GenerateUri(username, folder, message, rootURI string) wit.Result[string, types.Error] {
	wit_runtime.BeforeCall()
	same := func(uri string) string { return uri }
	return objects.Answer(guard(), "generate-uri", same, func() (string, error) {
		return Backend.GenerateURI(username, folder, message, rootURI)
	})
}
