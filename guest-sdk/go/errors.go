package mapistore

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// ErrorCode is why a call failed. It is an error by itself, and [errors.Is] finds it in an [Error].
type ErrorCode uint8

// The codes, in the order of the contract.
const (
	// Failed says that no better word applies.
	Failed ErrorCode = iota
	NoMemory
	NotInitialized
	// Corrupted says that what is stored contradicts itself.
	Corrupted
	// InvalidParameter says that an argument is outside its range, or a required property missing.
	InvalidParameter
	// Storage says that the disk or the database under the backend failed.
	Storage
	// BackendInit is for Init: the backend cannot start.
	BackendInit
	InvalidNamespace
	// InvalidURI says that a URI has the right scheme, but no shape that this backend understands.
	InvalidURI
	NotFound
	InUse
	// AlreadyExists is the contract's exists: it says that the name is taken, or the folder is not empty.
	AlreadyExists
	// InvalidData says that data do not parse.
	InvalidData
	Transport
	// Denied says that the user may not do this, or that the object was opened to be read.
	Denied
	ConnectionRefused
	// NotAvailable says that the store is away for a while: the host may try again.
	NotAvailable
	NotImplemented
	// ObjectModified is a save conflict.
	ObjectModified
	ObjectDeleted
	// TooComplex leaves a restriction or sort order to the host.
	TooComplex
	TooBig
	QuotaExceeded
	Cancelled
)

var codeNames = [...]string{
	"failed", "no-memory", "not-initialized", "corrupted", "invalid-parameter", "storage", "backend-init", "invalid-namespace",
	"invalid-uri", "not-found", "in-use", "exists", "invalid-data", "transport", "denied", "connection-refused",
	"not-available", "not-implemented", "object-modified", "object-deleted", "too-complex", "too-big", "quota-exceeded",
	"cancelled",
}

// Error is the code as the contract writes it, such as not-found.
func (code ErrorCode) Error() string {
	if int(code) < len(codeNames) {
		return codeNames[code]
	}
	return fmt.Sprintf("error code %d", uint8(code))
}

// Error is a code with a sentence for the operator: lower case, no full stop, and no secrets, since it is logged.
type Error struct {
	Code   ErrorCode
	Detail string
}

// Errorf makes an [Error] with a detail, formatted as by [fmt.Sprintf].
func Errorf(code ErrorCode, format string, arguments ...any) error {
	return &Error{code, fmt.Sprintf(format, arguments...)}
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return e.Code.Error()
	}
	return e.Code.Error() + ": " + e.Detail
}

// Unwrap is the code.
func (e *Error) Unwrap() error { return e.Code }

// AsError is the error as the host gets it: an [Error] or [ErrorCode] wherever it is wrapped, what package os says as the code
// that says the same, and anything else as [Failed].
func AsError(err error) *Error {
	if found, ok := errors.AsType[*Error](err); ok {
		return found
	}
	if code, ok := errors.AsType[ErrorCode](err); ok {
		return &Error{code, detailOf(err, code)}
	}
	return &Error{codeOf(err), err.Error()}
}

func detailOf(err error, code ErrorCode) string {
	if err == error(code) {
		return ""
	}
	return err.Error()
}

func codeOf(err error) ErrorCode {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		switch errno {
		case syscall.ENOSPC, syscall.EDQUOT:
			return QuotaExceeded
		case syscall.EFBIG:
			return TooBig
		case syscall.ENOMEM:
			return NoMemory
		case syscall.EROFS:
			return Denied
		case syscall.EBUSY:
			return InUse
		case syscall.ECONNREFUSED:
			return ConnectionRefused
		case syscall.ETIMEDOUT, syscall.EHOSTUNREACH, syscall.ENETUNREACH:
			return NotAvailable
		case syscall.ECONNRESET, syscall.EPIPE:
			return Transport
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return NotFound
	case errors.Is(err, fs.ErrExist):
		return AlreadyExists
	case errors.Is(err, fs.ErrPermission):
		return Denied
	case errors.Is(err, fs.ErrInvalid):
		return InvalidParameter
	case errors.Is(err, errors.ErrUnsupported):
		return NotImplemented
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return Storage
	}
	return Failed
}

func notImplemented(function string) error {
	return &Error{NotImplemented, "this backend does not implement `" + function + "`"}
}
