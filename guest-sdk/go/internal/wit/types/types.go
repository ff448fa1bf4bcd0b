// Package wit_types has the types that generated bindings are written in terms of.
package wit_types

// What Tag answers.
const (
	OptionNone = 0
	OptionSome = 1
	ResultOk   = 0
	ResultErr  = 1
)

// Unit is nothing.
type Unit struct{}

// Tuple2 is a pair.
type Tuple2[T0, T1 any] struct {
	F0 T0
	F1 T1
}

// Option is a value or nothing.
type Option[T any] struct {
	some  bool
	value T
}

// None is an option without a value.
func None[T any]() Option[T] { return Option[T]{} }

// Some is an option with a value.
func Some[T any](value T) Option[T] { return Option[T]{true, value} }

// Tag says which it is.
func (o Option[T]) Tag() uint8 {
	if o.some {
		return OptionSome
	}
	return OptionNone
}

// IsSome says that there is a value.
func (o Option[T]) IsSome() bool { return o.some }

// Some is the value; the zero value without one.
func (o Option[T]) Some() T { return o.value }

// Result is a value or an error.
type Result[T, E any] struct {
	failed bool
	value  T
	err    E
}

// Ok is a result with a value.
func Ok[T, E any](value T) Result[T, E] { return Result[T, E]{value: value} }

// Err is a result with an error.
func Err[T, E any](err E) Result[T, E] { return Result[T, E]{failed: true, err: err} }

// Tag says which it is.
func (r Result[T, E]) Tag() uint8 {
	if r.failed {
		return ResultErr
	}
	return ResultOk
}

// IsErr says that there is an error.
func (r Result[T, E]) IsErr() bool { return r.failed }

// Ok is the value; the zero value without one.
func (r Result[T, E]) Ok() T { return r.value }

// Err is the error; the zero value without one.
func (r Result[T, E]) Err() E { return r.err }
