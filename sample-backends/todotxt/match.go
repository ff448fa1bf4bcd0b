package main

import "slices"

// follow says which old line each new line was: its position, or -1 for a new task. Lines have no ids, so it is decided by what a
// line says and where it stands, in this order:
//
//  1. the same text; of equal ones the first is the first;
//  2. the same text but for what todo.txt programs change in passing: completion, priority, days, due: and t:;
//  3. between the same neighbours, as many lines as there were: each is what stood in its place.
func follow(old, new []string) []int {
	followed := make([]int, len(new))
	for at := range followed {
		followed[at] = -1
	}
	taken := make([]bool, len(old))
	pair := func(key func(string) string) {
		waiting := map[string][]int{}
		for at, text := range old {
			if !taken[at] {
				waiting[key(text)] = append(waiting[key(text)], at)
			}
		}
		for at, text := range new {
			if candidates := waiting[key(text)]; followed[at] < 0 && len(candidates) > 0 {
				followed[at], waiting[key(text)] = candidates[0], candidates[1:]
				taken[candidates[0]] = true
			}
		}
	}
	pair(func(text string) string { return text })
	pair(func(text string) string { return parse(text).subject() })

	for from := 0; from < len(new); from++ {
		if followed[from] >= 0 {
			continue
		}
		to := from
		for to < len(new) && followed[to] < 0 {
			to++
		}
		pairGap(followed, taken, from, to)
		from = to
	}
	return followed
}

// pairGap pairs the new lines from..to, none of which is known, with the old ones between the neighbours' old places.
func pairGap(followed []int, taken []bool, from, to int) {
	first, end := 0, len(taken)
	if from > 0 {
		first = followed[from-1] + 1
	}
	if to < len(followed) {
		end = followed[to]
	}
	if end-first != to-from || first < 0 || slices.Contains(taken[first:end], true) {
		return
	}
	for at := range to - from {
		followed[from+at] = first + at
		taken[first+at] = true
	}
}
