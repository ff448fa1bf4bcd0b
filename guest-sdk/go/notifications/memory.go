//go:build !wasip1

package notifications

import "sync"

var memory struct {
	sync.Mutex
	events []Event
}

// Take takes what was published natively.
func Take() []Event {
	memory.Lock()
	defer memory.Unlock()
	taken := memory.events
	memory.events = nil
	return taken
}

func publish(events []Event) {
	memory.Lock()
	defer memory.Unlock()
	memory.events = append(memory.events, events...)
}
