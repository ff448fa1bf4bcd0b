// todotxt shows a todo.txt file (todotxt.org) as a tasks folder, and writes it.
package main

import (
	"path/filepath"
	"strings"

	"mapistore"
	"mapistore/component"
)

type backend struct{ mapistore.UnimplementedBackend }

func init() { component.Export(backend{}) }

func main() {}

// settings are the operator's; what Init leaves here, every context begins with.
type settings struct {
	file    string
	archive bool
}

var configured = settings{file: "/todo/todo.txt"}

func (backend) Describe() mapistore.Info {
	return mapistore.Info{
		Name:         "todotxt",
		Description:  "a todo.txt file as tasks",
		Version:      "0.1.0",
		Capabilities: mapistore.WriteMessages | mapistore.SoftDelete | mapistore.DeletedIDs | mapistore.GenerateURI,
	}
}

func (backend) Init(config map[string]string) error {
	for key, value := range config {
		switch {
		case key == "file" && filepath.IsAbs(value):
			configured.file = value
		case key == "archive" && (value == "true" || value == "false"):
			configured.archive = value == "true"
		default:
			return mapistore.Errorf(mapistore.BackendInit,
				"there is no setting `%s` with the value `%s`: `file` is an absolute path, `archive` is `true` or `false`", key, value)
		}
	}
	return nil
}

func rootOf(user string) string { return "todotxt://" + user + "/tasks/" }

func (backend) ListContexts(user string) ([]mapistore.ContextEntry, error) {
	return []mapistore.ContextEntry{mapistore.MainEntry(mapistore.RoleTasks, rootOf(user), "Tasks")}, nil
}

func (backend) CreateContext(connection mapistore.Connection, uri string) (mapistore.Context, error) {
	root := rootOf(connection.Owner)
	if strings.TrimSuffix(uri, "/")+"/" != root {
		return nil, mapistore.Errorf(mapistore.NotFound, "there is one list only: `%s`", root)
	}
	list, err := openList(configured, root)
	if err != nil {
		return nil, err
	}
	if err := list.archiveDone(); err != nil {
		return nil, err
	}
	names, err := findNames()
	return mapistore.ContextFunc(func(id mapistore.FID) (mapistore.Folder, error) {
		return &folder{list: list, names: names, id: id, replica: connection.ReplicaGUID}, nil
	}), err
}

func (backend) GenerateURI(user, folder, message, rootURI string) (string, error) {
	if root := rootOf(user); rootURI != root || folder != "" && folder != root {
		return "", mapistore.Errorf(mapistore.NotFound, "there is one list only: `%s`", root)
	}
	return rootURI + message, nil
}
