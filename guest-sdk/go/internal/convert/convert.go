//go:build wasip1

// Package convert is between the types of package mapistore and those of the generated bindings. It decides nothing.
package convert

import (
	"mapistore"
	types "mapistore/internal/bindings/mapistore_backend_types"
	wit "mapistore/internal/wit/types"
)

// Numbers are the same numbers under another type.
func Numbers[To, From ~uint8 | ~uint16 | ~uint32 | ~uint64](from []From) []To {
	to := make([]To, len(from))
	for at, number := range from {
		to[at] = To(number)
	}
	return to
}

// List converts each.
func List[From, To any](from []From, convert func(From) To) []To {
	to := make([]To, len(from))
	for at := range from {
		to[at] = convert(from[at])
	}
	return to
}

// Option is a pointer as an option.
func Option[T any](value *T) wit.Option[T] {
	if value == nil {
		return wit.None[T]()
	}
	return wit.Some(*value)
}

// Pointer is an option as a pointer.
func Pointer[T any](option wit.Option[T]) *T {
	if !option.IsSome() {
		return nil
	}
	value := option.Some()
	return &value
}

// Error is an error as the host gets it.
func Error(err error) types.Error {
	found := mapistore.AsError(err)
	detail := wit.None[string]()
	if found.Detail != "" {
		detail = wit.Some(found.Detail)
	}
	return types.Error{Code: uint8(found.Code), Detail: detail}
}

// FromError is an error of the host's.
func FromError(err types.Error) error {
	return &mapistore.Error{Code: mapistore.ErrorCode(err.Code), Detail: err.Detail.Some()}
}

// Values are a result of the host's.
func Values[T any](result wit.Result[T, types.Error]) (T, error) {
	if result.IsErr() {
		var none T
		return none, FromError(result.Err())
	}
	return result.Ok(), nil
}

// Problem is only whether the host did it.
func Problem(result wit.Result[wit.Unit, types.Error]) error {
	_, err := Values(result)
	return err
}

// Outcome is what became of one object; a path has one too.
func Outcome(outcome mapistore.ItemOutcome) types.ItemOutcome {
	converted := types.ItemOutcome{Id: uint64(outcome.ID), Outcome: wit.Ok[wit.Unit, uint8](wit.Unit{})}
	if outcome.Err != nil {
		converted.Outcome = wit.Err[wit.Unit](uint8(*outcome.Err))
	}
	return converted
}

// Path is where an object is.
func Path(path mapistore.PathResult) wit.Result[string, uint8] {
	if path.Err != nil {
		return wit.Err[string](uint8(*path.Err))
	}
	return wit.Ok[string, uint8](path.Path)
}

// Cell is a value or why there is none.
func Cell(cell mapistore.Cell) types.Cell {
	if cell.Value == nil {
		return wit.Err[types.PropertyValue](uint8(cell.Code))
	}
	return wit.Ok[types.PropertyValue, uint8](Value(cell.Value))
}

// PropertyProblem is a property that could not be set.
func PropertyProblem(problem mapistore.PropertyProblem) types.PropertyProblem {
	return types.PropertyProblem{Tag: uint32(problem.Tag), Code: uint8(problem.Code)}
}

// Property is a property of the host's.
func Property(property types.Property) mapistore.Property {
	return mapistore.Property{Tag: mapistore.PropertyTag(property.Tag), Value: FromValue(property.Value)}
}
