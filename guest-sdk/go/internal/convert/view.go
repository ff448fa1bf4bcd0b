//go:build wasip1

package convert

import (
	"mapistore"
	types "mapistore/internal/bindings/mapistore_backend_types"
	wit "mapistore/internal/wit/types"
)

// Restriction is a restriction of the host's.
func Restriction(nodes types.Restriction) mapistore.Restriction {
	return List(nodes, restrictionNode)
}

func restrictionNode(node types.RestrictionNode) mapistore.RestrictionNode {
	switch node.Tag() {
	case types.RestrictionNodeAllOf:
		return mapistore.AllOf(node.AllOf())
	case types.RestrictionNodeAnyOf:
		return mapistore.AnyOf(node.AnyOf())
	case types.RestrictionNodeNegate:
		return mapistore.Negate(node.Negate())
	case types.RestrictionNodeContent:
		match := node.Content()
		return mapistore.ContentMatch{
			Tag: mapistore.PropertyTag(match.Tag), Value: FromValue(match.Value),
			Kind: mapistore.MatchKind(match.Kind), Options: mapistore.MatchFlags(match.Options),
		}
	case types.RestrictionNodeProperty:
		match := node.Property()
		return mapistore.PropertyMatch{
			Op: mapistore.Relop(match.Op), Tag: mapistore.PropertyTag(match.Tag), Value: FromValue(match.Value),
		}
	case types.RestrictionNodeCompare:
		match := node.Compare()
		return mapistore.CompareMatch{
			Op: mapistore.Relop(match.Op), Left: mapistore.PropertyTag(match.Left), Right: mapistore.PropertyTag(match.Right),
		}
	case types.RestrictionNodeBitmask:
		match := node.Bitmask()
		return mapistore.BitmaskMatch{NonZero: match.NonZero, Tag: mapistore.PropertyTag(match.Tag), Mask: match.Mask}
	case types.RestrictionNodeSize:
		match := node.Size()
		return mapistore.SizeMatch{Op: mapistore.Relop(match.Op), Tag: mapistore.PropertyTag(match.Tag), Size: match.Size}
	case types.RestrictionNodeExists:
		return mapistore.Exists(node.Exists())
	case types.RestrictionNodeSub:
		match := node.Sub()
		return mapistore.SubMatch{Object: mapistore.SubObject(match.Object), Child: match.Child}
	case types.RestrictionNodeComment:
		comment := node.Comment()
		return mapistore.CommentNode{Values: List(comment.Values, Property), Child: Pointer(comment.Child)}
	case types.RestrictionNodeCount:
		count := node.Count()
		return mapistore.CountNode{Count: count.Count, Child: count.Child}
	}
	panic("a restriction of no kind of the contract")
}

// SortOrder is a sort order of the host's; nil where there is none.
func SortOrder(order wit.Option[types.SortOrder]) *mapistore.SortOrder {
	if !order.IsSome() {
		return nil
	}
	key := func(key types.SortKey) mapistore.SortKey {
		return mapistore.SortKey{Tag: mapistore.PropertyTag(key.Tag), Direction: mapistore.SortDirection(key.Direction)}
	}
	some := order.Some()
	return &mapistore.SortOrder{Keys: List(some.Keys, key), Categories: some.Categories, Expanded: some.Expanded}
}

// RowBatch are rows as the host gets them.
func RowBatch(batch mapistore.RowBatch) types.RowBatch {
	return types.RowBatch{RowCount: batch.RowCount, Cells: List(batch.Cells, Cell), AtEnd: batch.AtEnd}
}
