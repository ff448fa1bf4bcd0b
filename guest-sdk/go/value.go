package mapistore

import (
	"math"
	"time"
	"unicode/utf16"
)

// InlineLimit is a good [Info.InlineLimit]: values of more bytes come as [Deferred].
const InlineLimit = 32 << 10

// Value is a property value (MS-OXCDATA 2.11.1): one of the types of this package that have a Type. Its type must be that of
// the tag that it stands for.
type Value interface {
	// Type is the value's property type.
	Type() PropertyType
}

type (
	// Null is PtypNull.
	Null struct{}
	// Integer16 is PtypInteger16.
	Integer16 int16
	// Integer32 is PtypInteger32.
	Integer32 int32
	// Floating32 is PtypFloating32.
	Floating32 float32
	// Floating64 is PtypFloating64.
	Floating64 float64
	// Currency is PtypCurrency: the amount times 10,000.
	Currency int64
	// FloatingTime is PtypFloatingTime: days since 1899-12-30.
	FloatingTime float64
	// ErrorValue is PtypErrorCode: a MAPI error code (MS-OXCDATA 2.4).
	ErrorValue uint32
	// Boolean is PtypBoolean.
	Boolean bool
	// Integer64 is PtypInteger64. FIDs and MIDs travel as this type: see [IDValue].
	Integer64 int64
	// String8 is PtypString8: text in the code page of the connection.
	String8 []byte
	// Text is PtypString.
	Text string
	// Time is PtypTime, a FILETIME: units of 100 ns since 1601-01-01 00:00 UTC. See [TimeValue].
	Time uint64
	// GUID is PtypGuid: Hi is the first sixteen hex digits of its text form.
	GUID struct{ Hi, Lo uint64 }
	// Binary is PtypBinary.
	Binary []byte
	// ServerID is PtypServerId.
	ServerID []byte
	// RestrictionBlob is PtypRestriction, serialised (MS-OXCDATA 2.12).
	RestrictionBlob []byte
	// RuleActions is PtypRuleAction, serialised (MS-OXORULE 2.2.5).
	RuleActions []byte
	// Object is PtypObject: there is something here to be opened.
	Object struct{}
	// Deferred stands for a text or binary value that is larger than the inline limit: its size in bytes.
	Deferred uint64
	// MultipleInteger16 is PtypMultipleInteger16.
	MultipleInteger16 []int16
	// MultipleInteger32 is PtypMultipleInteger32.
	MultipleInteger32 []int32
	// MultipleFloating32 is PtypMultipleFloating32.
	MultipleFloating32 []float32
	// MultipleFloating64 is PtypMultipleFloating64.
	MultipleFloating64 []float64
	// MultipleCurrency is PtypMultipleCurrency.
	MultipleCurrency []int64
	// MultipleFloatingTime is PtypMultipleFloatingTime.
	MultipleFloatingTime []float64
	// MultipleInteger64 is PtypMultipleInteger64.
	MultipleInteger64 []int64
	// MultipleString8 is PtypMultipleString8.
	MultipleString8 [][]byte
	// MultipleText is PtypMultipleString.
	MultipleText []string
	// MultipleTime is PtypMultipleTime.
	MultipleTime []uint64
	// MultipleGUID is PtypMultipleGuid.
	MultipleGUID []GUID
	// MultipleBinary is PtypMultipleBinary.
	MultipleBinary [][]byte
)

func (Null) Type() PropertyType                 { return PtypNull }
func (Integer16) Type() PropertyType            { return PtypInteger16 }
func (Integer32) Type() PropertyType            { return PtypInteger32 }
func (Floating32) Type() PropertyType           { return PtypFloating32 }
func (Floating64) Type() PropertyType           { return PtypFloating64 }
func (Currency) Type() PropertyType             { return PtypCurrency }
func (FloatingTime) Type() PropertyType         { return PtypFloatingTime }
func (ErrorValue) Type() PropertyType           { return PtypErrorCode }
func (Boolean) Type() PropertyType              { return PtypBoolean }
func (Integer64) Type() PropertyType            { return PtypInteger64 }
func (String8) Type() PropertyType              { return PtypString8 }
func (Text) Type() PropertyType                 { return PtypString }
func (Time) Type() PropertyType                 { return PtypTime }
func (GUID) Type() PropertyType                 { return PtypGuid }
func (Binary) Type() PropertyType               { return PtypBinary }
func (ServerID) Type() PropertyType             { return PtypServerId }
func (RestrictionBlob) Type() PropertyType      { return PtypRestriction }
func (RuleActions) Type() PropertyType          { return PtypRuleAction }
func (Object) Type() PropertyType               { return PtypObject }
func (MultipleInteger16) Type() PropertyType    { return PtypMultipleInteger16 }
func (MultipleInteger32) Type() PropertyType    { return PtypMultipleInteger32 }
func (MultipleFloating32) Type() PropertyType   { return PtypMultipleFloating32 }
func (MultipleFloating64) Type() PropertyType   { return PtypMultipleFloating64 }
func (MultipleCurrency) Type() PropertyType     { return PtypMultipleCurrency }
func (MultipleFloatingTime) Type() PropertyType { return PtypMultipleFloatingTime }
func (MultipleInteger64) Type() PropertyType    { return PtypMultipleInteger64 }
func (MultipleString8) Type() PropertyType      { return PtypMultipleString8 }
func (MultipleText) Type() PropertyType         { return PtypMultipleString }
func (MultipleTime) Type() PropertyType         { return PtypMultipleTime }
func (MultipleGUID) Type() PropertyType         { return PtypMultipleGuid }
func (MultipleBinary) Type() PropertyType       { return PtypMultipleBinary }

// Type is PtypUnspecified: it stands for a value of several types.
func (Deferred) Type() PropertyType { return PtypUnspecified }

// IDValue is an id or change number as a value.
func IDValue[T ~uint64](id T) Value { return Integer64(id) }

// CountValue is a size or count as PtypInteger32: 2,147,483,647 where it is larger.
func CountValue(count int) Value { return Integer32(min(count, math.MaxInt32)) }

// FlagValue is a bit of a PtypInteger32 that is set or not.
func FlagValue(bit int32, set bool) Value {
	if set {
		return Integer32(bit)
	}
	return Integer32(0)
}

// From 1601-01-01 to 1970-01-01.
const epochSeconds = 11_644_473_600

// TimeValue is a time as FILETIME; 0 before 1601.
func TimeValue(t time.Time) Time {
	seconds := t.Unix() + epochSeconds
	if seconds < 0 {
		return 0
	}
	return Time(uint64(seconds)*10_000_000 + uint64(t.Nanosecond()/100))
}

// Go is a FILETIME as Go's time, in UTC.
func (t Time) Go() time.Time {
	return time.Unix(int64(t/10_000_000)-epochSeconds, int64(t%10_000_000)*100).UTC()
}

// What code page 1252 has from 0x80 to 0x9F.
var cp1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8D, 'Ž', 0x8F, 0x90,
	'‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9D, 'ž', 'Ÿ',
}

// String8Of is text in code page 1252, with ? for what that lacks.
func String8Of(text string) String8 {
	narrow := make([]byte, 0, len(text))
	for _, char := range text {
		narrow = append(narrow, narrowed(char))
	}
	return narrow
}

func narrowed(char rune) byte {
	if char < 0x80 || char >= 0xA0 && char <= 0xFF {
		return byte(char)
	}
	for at, other := range cp1252 {
		if char == other {
			return byte(0x80 + at)
		}
	}
	return '?'
}

// Text is the text of bytes in code page 1252.
func (narrow String8) Text() Text {
	wide := make([]rune, len(narrow))
	for at, char := range narrow {
		wide[at] = rune(char)
		if char >= 0x80 && char < 0xA0 {
			wide[at] = cp1252[char-0x80]
		}
	}
	return Text(wide)
}

// StreamBytes are a value's bytes as a property stream has them (MS-OXCPRPT 2.2.14); false for types that have no stream.
func StreamBytes(value Value) ([]byte, bool) {
	switch value := value.(type) {
	case Text:
		units := utf16.Encode([]rune(string(value)))
		bytes := make([]byte, 0, 2*len(units))
		for _, unit := range units {
			bytes = append(bytes, byte(unit), byte(unit>>8))
		}
		return bytes, true
	case String8:
		return value, true
	case Binary:
		return value, true
	}
	return nil, false
}

// ValueFromStream is the value that the bytes of a stream make under a tag; PtypObject is kept as [Binary]. It answers
// [InvalidParameter] for a type that has no stream, and [InvalidData] for text that is not UTF-16LE.
func ValueFromStream(tag PropertyTag, bytes []byte) (Value, error) {
	switch tag.Type() {
	case PtypBinary, PtypObject:
		return Binary(bytes), nil
	case PtypString8:
		return String8(bytes), nil
	case PtypString:
		return textFromStream(bytes)
	}
	return nil, Errorf(InvalidParameter, "a property of type 0x%04X has no stream", uint16(tag.Type()))
}

func textFromStream(bytes []byte) (Value, error) {
	units := make([]uint16, 0, len(bytes)/2)
	for at := 0; at+1 < len(bytes); at += 2 {
		units = append(units, uint16(bytes[at])|uint16(bytes[at+1])<<8)
	}
	runes := utf16.Decode(units)
	// A surrogate that stands alone is decoded as U+FFFD, and so no longer encodes as it was.
	for at, unit := range utf16.Encode(runes) {
		if unit != units[at] || unit == 0 {
			return nil, Errorf(InvalidData, "the stream is not UTF-16LE without U+0000")
		}
	}
	if len(bytes)%2 != 0 {
		return nil, Errorf(InvalidData, "the stream has half a character")
	}
	return Text(runes), nil
}

// size is the bytes that count against the inline limit; 0 for what is never deferred.
func size(value Value) int {
	switch value := value.(type) {
	case Text:
		return len(value)
	case String8:
		return len(value)
	case Binary:
		return len(value)
	}
	return 0
}
