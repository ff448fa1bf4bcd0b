//go:build wasip1

package wit_runtime

import (
	"structs"
	_ "syscall" // preopens and cwd are its.
	_ "unsafe"  // for go:linkname
)

// The host keeps the memory that Init left, and every context starts from a copy of it. What is then no longer true is the streams
// and directories that the adapter of preview 1 remembers by handle, and the directories that package syscall found when the
// component was started, which were none. So the handles are closed and forgotten after Init, and the directories are looked for
// again in the first call after it.

//go:wasmimport wasi_snapshot_preview1 fd_close
func fdClose(fd int32) uint32

//go:wasmimport wasi_snapshot_preview1 reset_adapter_state
func resetAdapterState()

//go:wasmimport wasi_snapshot_preview1 fd_prestat_get
func fdPrestatGet(fd int32, prestat *prestat) uint32

//go:wasmimport wasi_snapshot_preview1 fd_prestat_dir_name
func fdPrestatDirName(fd int32, path *byte, length uint32) uint32

// prestat is what preview 1 says of a directory: tag 0, the only kind there is.
type prestat struct {
	_               structs.HostLayout
	tag, nameLength uint32
}

// opendir has the layout of syscall's type of this name.
type opendir struct {
	fd   int32
	name string
}

//go:linkname preopens syscall.preopens
var preopens []opendir

//go:linkname cwd syscall.cwd
var cwd string

// Directories come after standard input, output and error.
const firstDirectory = 3

// AfterInit makes the memory fit to be kept.
func AfterInit() {
	for fd := range int32(firstDirectory) {
		fdClose(fd)
	}
	preopens, cwd = nil, ""
	resetAdapterState()
	// The adapter asks for memory of its own once more, with its first call.
	started = false
}

// BeforeCall looks for directories, in the first call after [AfterInit].
func BeforeCall() {
	if started {
		return
	}
	for fd := int32(firstDirectory); ; fd++ {
		var found prestat
		if fdPrestatGet(fd, &found) != 0 {
			break
		}
		name := make([]byte, found.nameLength+1)
		if fdPrestatDirName(fd, &name[0], found.nameLength) == 0 {
			preopens = append(preopens, opendir{fd, string(name[:found.nameLength])})
		}
	}
	if len(preopens) > 0 {
		cwd = preopens[0].name
	}
	started = true
}
