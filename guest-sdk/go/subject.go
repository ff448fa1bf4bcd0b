package mapistore

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// SplitSubject is a subject as PidTagSubjectPrefix and PidTagNormalizedSubject (MS-OXCMSG 2.2.1.9 and 2.2.1.10). A prefix is one to
// three letters, a colon and a space.
func SplitSubject(subject string) (prefix, normalized string) {
	word, rest, found := strings.Cut(subject, ": ")
	letters := utf8.RuneCountInString(word)
	isOther := func(char rune) bool { return !unicode.IsLetter(char) }
	if !found || letters < 1 || letters > 3 || strings.ContainsFunc(word, isOther) {
		return "", subject
	}
	return word + ": ", rest
}
