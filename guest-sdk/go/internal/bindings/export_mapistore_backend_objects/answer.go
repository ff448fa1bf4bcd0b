//go:build wasip1

package export_mapistore_backend_objects

import (
	"log/slog"
	"runtime"
	"runtime/debug"

	"mapistore"
	types "mapistore/internal/bindings/mapistore_backend_types"
	"mapistore/internal/convert"
	wit "mapistore/internal/wit/types"
)

type answer[T any] = wit.Result[T, types.Error]

// Guard is what an object remembers of its own misfortune.
type Guard struct{ broken bool }

// Run runs a call of the author's code. A panic is answered as failed, and the object answers nothing else from then on: what the
// panic left half done, nobody knows.
func (g *Guard) Run(function string, call func() error) (err error) {
	// A collection that has begun needs a worker to end it, and on WebAssembly nothing but this lets one run: there is no thread
	// that would stop a goroutine, and a call into the component begins in the goroutine in which the last one ended. Without it
	// a context that is busy collecting may collect no more.
	runtime.Gosched()
	if g.broken {
		return mapistore.Errorf(mapistore.Failed, "`%s` of an object in which a call panicked", function)
	}
	defer func() {
		if cause := recover(); cause != nil {
			g.broken = true
			slog.Error("panic", "function", function, "cause", cause, "stack", string(debug.Stack()))
			err = mapistore.Errorf(mapistore.Failed, "`%s` panicked: %v", function, cause)
		}
	}()
	err = call()
	runtime.Gosched()
	return err
}

// Answer is what a call answers, as the host gets it.
func Answer[T, W any](g *Guard, function string, convert_ func(T) W, call func() (T, error)) wit.Result[W, types.Error] {
	var converted W
	err := g.Run(function, func() error {
		value, err := call()
		if err == nil {
			converted = convert_(value)
		}
		return err
	})
	if err != nil {
		return wit.Err[W](convert.Error(err))
	}
	return wit.Ok[W, types.Error](converted)
}

// Done is a call that answers nothing.
func Done(g *Guard, function string, call func() error) answer[wit.Unit] {
	if err := g.Run(function, call); err != nil {
		return wit.Err[wit.Unit](convert.Error(err))
	}
	return wit.Ok[wit.Unit, types.Error](wit.Unit{})
}

func same[T any](value T) T { return value }

// keeper keeps an object for as long as the host has a handle of it: generated bindings give the host its address, and say when
// the handle is made and dropped.
type keeper struct{ object any }

var live = map[any]struct{}{}

func (k *keeper) Pin(object any) {
	k.object = object
	live[object] = struct{}{}
}

func (k *keeper) Unpin() {
	delete(live, k.object)
	k.object = nil
}

// held is an object of the author's.
type held[T any] struct {
	pinner keeper
	handle int32
	guard  Guard
	it     T
	// gone says that the host let go of it.
	gone bool
}

// OnDrop is the destructor. Generated bindings call it twice where the component itself lets go.
func (h *held[T]) OnDrop() {
	if h.gone {
		return
	}
	h.gone = true
	if dropper, ok := any(h.it).(mapistore.Dropper); ok {
		h.guard.broken = false
		_ = h.guard.Run("drop", func() error {
			dropper.Drop()
			return nil
		})
	}
}

// hold is an object that the author answered; nothing is no object.
func hold[T any](object T) held[T] {
	if any(object) == nil {
		panic("there is neither an object nor an error")
	}
	return held[T]{it: object}
}
