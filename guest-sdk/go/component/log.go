//go:build wasip1

package component

import (
	"context"
	"log/slog"
	"strings"

	"mapistore/internal/bindings/wasi_logging_logging"
	"mapistore/internal/wit/runtime"
)

// handler writes records to the host's log: the message, then attributes as key=value with the names of their groups before them.
type handler struct {
	// head are the attributes that the logger has, written out.
	head   string
	groups string
}

func (handler) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelDebug }

func (h handler) Handle(_ context.Context, record slog.Record) error {
	var text strings.Builder
	text.WriteString(record.Message)
	text.WriteString(h.head)
	for attribute := range record.Attrs {
		write(&text, h.groups, attribute)
	}
	defer wit_runtime.Calling()()
	wasi_logging_logging.Log(level(record.Level), "backend", text.String())
	return nil
}

func (h handler) WithAttrs(attributes []slog.Attr) slog.Handler {
	var text strings.Builder
	for _, attribute := range attributes {
		write(&text, h.groups, attribute)
	}
	return handler{h.head + text.String(), h.groups}
}

func (h handler) WithGroup(name string) slog.Handler { return handler{h.head, h.groups + name + "."} }

func write(text *strings.Builder, groups string, attribute slog.Attr) {
	value := attribute.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		for _, member := range value.Group() {
			write(text, groups+attribute.Key+".", member)
		}
		return
	}
	text.WriteString(" " + groups + attribute.Key + "=" + value.String())
}

func level(level slog.Level) wasi_logging_logging.Level {
	switch {
	case level >= slog.LevelError:
		return wasi_logging_logging.LevelError
	case level >= slog.LevelWarn:
		return wasi_logging_logging.LevelWarn
	case level >= slog.LevelInfo:
		return wasi_logging_logging.LevelInfo
	}
	return wasi_logging_logging.LevelDebug
}
