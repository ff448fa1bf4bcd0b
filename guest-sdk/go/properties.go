package mapistore

import (
	"maps"
	"slices"
)

// Properties are what a backend knows of an object or of a row of a table. Look values up by [Properties.Cell] rather than by
// index where a client asks: it converts between text types.
type Properties map[PropertyTag]Value

// Text is the text of a property; empty where there is none.
func (p Properties) Text(tag PropertyTag) string {
	text, _ := p[tag].(Text)
	return string(text)
}

// Tags are the tags of what is here, in their order.
func (p Properties) Tags() []PropertyTag {
	return slices.Sorted(maps.Keys(p))
}

// Cell is what a client gets who asks for a tag: [NotFound] without such a property of the tag's type; text is converted between
// PtypString and PtypString8 (code page 1252); what is larger than inlineLimit is [Deferred].
func (p Properties) Cell(tag PropertyTag, inlineLimit int) Cell {
	value := p.find(tag)
	if value == nil {
		return Cell{Code: NotFound}
	}
	if bytes := size(value); bytes > inlineLimit {
		return Cell{Value: Deferred(bytes)}
	}
	return Cell{Value: value}
}

func (p Properties) find(tag PropertyTag) Value {
	if value, ok := p[tag]; ok && value.Type() == tag.Type() {
		return value
	}
	switch tag.Type() {
	case PtypString8:
		if text, ok := p[tag.WithType(PtypString)].(Text); ok {
			return String8Of(string(text))
		}
	case PtypString:
		if narrow, ok := p[tag.WithType(PtypString8)].(String8); ok {
			return narrow.Text()
		}
	case PtypUnspecified:
		for _, known := range p.Tags() {
			if known.ID() == tag.ID() {
				return p[known]
			}
		}
	}
	return nil
}

// Cells has one cell for each tag, in their order: what GetProperties answers.
func (p Properties) Cells(tags []PropertyTag, inlineLimit int) []Cell {
	cells := make([]Cell, len(tags))
	for at, tag := range tags {
		cells[at] = p.Cell(tag, inlineLimit)
	}
	return cells
}
