//go:build wasip1

// Package wit_runtime owns the memory that crosses the component's boundary: what the host allocates in it, and what generated
// bindings hand out.
//
// The host allocates through cabi_realloc, in the middle of a call into the component or out of it, and the component model lets
// a component call nothing of its imports there. Go's allocator does so in two places: a garbage collection that starts looks at
// the clocks and polls timers, and the scavenger looks at the clock. So the goroutine is pinned to its processor while
// cabi_realloc allocates, which keeps a collection from starting, being assisted or preempting it; and the adapter of preview 1
// answers the clock from its memory. The collection then starts with the next allocation outside of cabi_realloc.
package wit_runtime

import (
	"runtime"
	"unsafe"
)

// Handle is the handle of a resource that the host owns.
type Handle struct{ value int32 }

// MakeHandle keeps a handle.
func MakeHandle(value int32) *Handle { return &Handle{value} }

// Use is the handle.
func (h *Handle) Use() int32 {
	if h.value == 0 {
		panic("the handle was given away")
	}
	return h.value
}

// Take is the handle, which is the caller's from then on.
func (h *Handle) Take() int32 {
	value := h.Use()
	h.value = 0
	return value
}

// Set puts a handle where there was none.
func (h *Handle) Set(value int32) { h.value = value }

// TakeOrNil is [Handle.Take], or 0 where the handle was given away.
func (h *Handle) TakeOrNil() int32 {
	value := h.value
	h.value = 0
	return value
}

// Allocate is zeroed memory that stays where it is until the pinner lets go of it.
func Allocate(pinner *runtime.Pinner, size, align uintptr) unsafe.Pointer {
	if size == 0 {
		return nil
	}
	pointer := allocate(size, align)
	pinner.Pin(pointer)
	return pointer
}

// allocate takes memory in which the collector looks for no pointers.
func allocate(size, align uintptr) unsafe.Pointer {
	if align <= 4 {
		return unsafe.Pointer(unsafe.SliceData(make([]uint32, (size+3)/4)))
	}
	return unsafe.Pointer(unsafe.SliceData(make([]uint64, (size+7)/8)))
}

var (
	// started says that Go's allocator can be used.
	started bool
	// given is what the host has allocated, until it has been read.
	given []unsafe.Pointer
	// calls of the host that have not yet read their results.
	calls int
)

func init() {
	given = make([]unsafe.Pointer, 0, 64)
	started = true
}

// Unpin lets go of what the host allocated: generated bindings call it when the parameters of a call into the component have been
// read. What points into the memory keeps it.
func Unpin() {
	if calls == 0 {
		clear(given)
		given = given[:0]
	}
}

// Calling is called before a call of the host, and what it answers when the results have been read. A collection that has begun may
// go on first: see Guard.Run.
func Calling() (done func()) {
	runtime.Gosched()
	calls++
	return called
}

func called() {
	calls--
	Unpin()
}

//go:linkname procPin runtime.procPin
func procPin() int

//go:linkname procUnpin runtime.procUnpin
func procUnpin()

//go:linkname sbrk runtime.sbrk
func sbrk(size uintptr) unsafe.Pointer

//go:wasmimport wasi_snapshot_preview1 adapter_monotonic_clock_set_paused
func pauseClock(paused bool)

//go:wasmexport cabi_realloc
func cabiRealloc(old unsafe.Pointer, oldSize, align, size uintptr) unsafe.Pointer {
	if old != nil || oldSize != 0 {
		panic("the host grows an allocation")
	}
	if size == 0 {
		return unsafe.Pointer(align)
	}
	if !started {
		// The adapter asks for its own memory before Go's runtime is there, and keeps it.
		unaligned := uintptr(sbrk(size + align))
		return unsafe.Pointer((unaligned + align - 1) &^ (align - 1))
	}
	pauseClock(true)
	procPin()
	pointer := allocate(size, align)
	given = append(given, pointer)
	procUnpin()
	pauseClock(false)
	return pointer
}
