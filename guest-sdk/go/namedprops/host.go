//go:build wasip1

package namedprops

import (
	host "mapistore/internal/bindings/mapistore_backend_named_properties"
	"mapistore/internal/convert"
	"mapistore/internal/wit/runtime"
	wit "mapistore/internal/wit/types"
)

func toIDs(names []Name, create bool) ([]uint16, error) {
	defer wit_runtime.Calling()()
	ids, err := convert.Values(host.ToIds(convert.List(names, hostName), create))
	return convert.List(ids, wit.Option[uint16].Some), err
}

func toNames(ids []uint16) ([]*Name, error) {
	defer wit_runtime.Calling()()
	names, err := convert.Values(host.ToNames(ids))
	return convert.List(names, ownName), err
}

func hostName(name Name) host.NamedProperty {
	converted := host.NamedProperty{Set: convert.GUID(name.Set), Name: host.MakePropNameLid(name.LID)}
	if name.Text != "" {
		converted.Name = host.MakePropNameName(name.Text)
	}
	return converted
}

func ownName(option wit.Option[host.NamedProperty]) *Name {
	if !option.IsSome() {
		return nil
	}
	name := Name{Set: convert.FromGUID(option.Some().Set)}
	switch of := option.Some().Name; of.Tag() {
	case host.PropNameLid:
		name.LID = of.Lid()
	case host.PropNameName:
		name.Text = of.Name()
	}
	return &name
}
