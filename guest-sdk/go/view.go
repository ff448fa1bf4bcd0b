package mapistore

// RestrictionNode is one node of a [Restriction]; its type says which (MS-OXCDATA 2.12).
type RestrictionNode interface{ restrictionNode() }

// Restriction is a tree as a flat list: node 0 is the root, numbers are positions of other nodes, and a child's is greater
// than its parent's. The host has checked this before a backend sees one.
type Restriction []RestrictionNode

// Relop is how two values are compared (MS-OXCDATA 2.12.5.1).
type Relop uint8

// The comparisons.
const (
	RelopLT Relop = iota
	RelopLE
	RelopGT
	RelopGE
	RelopEQ
	RelopNE
	RelopRegex
	RelopMemberOfDL
)

// MatchKind is which part of a text must match: FuzzyLevelLow (MS-OXCDATA 2.12.4.1).
type MatchKind uint8

// The parts that can match.
const (
	MatchFullString MatchKind = iota
	MatchSubstring
	MatchPrefix
)

// MatchFlags is how characters compare: FuzzyLevelHigh (MS-OXCDATA 2.12.4.1).
type MatchFlags uint8

// The flags of a match.
const (
	MatchIgnoreCase MatchFlags = 1 << iota
	MatchIgnoreNonSpace
	MatchLoose
)

// SubObject is which rows a [SubMatch] looks at.
type SubObject uint8

// The objects below a message.
const (
	SubRecipients SubObject = iota
	SubAttachments
)

type (
	// AllOf is an AndRestriction (MS-OXCDATA 2.12.1).
	AllOf []uint32
	// AnyOf is an OrRestriction (MS-OXCDATA 2.12.2).
	AnyOf []uint32
	// Negate is a NotRestriction (MS-OXCDATA 2.12.3).
	Negate uint32
	// ContentMatch is a ContentRestriction (MS-OXCDATA 2.12.4).
	ContentMatch struct {
		Tag     PropertyTag
		Value   Value
		Kind    MatchKind
		Options MatchFlags
	}
	// PropertyMatch is a PropertyRestriction (MS-OXCDATA 2.12.5): the object's value on the left, Value on the right.
	PropertyMatch struct {
		Op    Relop
		Tag   PropertyTag
		Value Value
	}
	// CompareMatch is a ComparePropertiesRestriction (MS-OXCDATA 2.12.6).
	CompareMatch struct {
		Op          Relop
		Left, Right PropertyTag
	}
	// BitmaskMatch is a BitMaskRestriction (MS-OXCDATA 2.12.7). NonZero: at least one masked bit is set; otherwise none is.
	BitmaskMatch struct {
		NonZero bool
		Tag     PropertyTag
		Mask    uint32
	}
	// SizeMatch is a SizeRestriction (MS-OXCDATA 2.12.8).
	SizeMatch struct {
		Op   Relop
		Tag  PropertyTag
		Size uint32
	}
	// Exists is an ExistRestriction (MS-OXCDATA 2.12.9).
	Exists PropertyTag
	// SubMatch is a SubObjectRestriction (MS-OXCDATA 2.12.10).
	SubMatch struct {
		Object SubObject
		Child  uint32
	}
	// CommentNode is a CommentRestriction (MS-OXCDATA 2.12.11); true where Child is nil.
	CommentNode struct {
		Values []Property
		Child  *uint32
	}
	// CountNode is a CountRestriction (MS-OXCDATA 2.12.12).
	CountNode struct{ Count, Child uint32 }
)

func (AllOf) restrictionNode()         {}
func (AnyOf) restrictionNode()         {}
func (Negate) restrictionNode()        {}
func (ContentMatch) restrictionNode()  {}
func (PropertyMatch) restrictionNode() {}
func (CompareMatch) restrictionNode()  {}
func (BitmaskMatch) restrictionNode()  {}
func (SizeMatch) restrictionNode()     {}
func (Exists) restrictionNode()        {}
func (SubMatch) restrictionNode()      {}
func (CommentNode) restrictionNode()   {}
func (CountNode) restrictionNode()     {}

// SortDirection is the direction of one key (MS-OXCDATA 2.13.1).
type SortDirection uint8

// The directions of a key.
const (
	SortAscending SortDirection = iota
	SortDescending
	SortMaximumCategory
)

// SortKey is one key of a [SortOrder].
type SortKey struct {
	Tag       PropertyTag
	Direction SortDirection
}

// SortOrder is a SortOrderSet (MS-OXCDATA 2.13.2): the first Categories keys make groups, the first Expanded of which are
// open. Rows with equal keys keep the table's natural order.
type SortOrder struct {
	Keys                 []SortKey
	Categories, Expanded uint16
}
