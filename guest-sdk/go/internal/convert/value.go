//go:build wasip1

package convert

import (
	"mapistore"
	types "mapistore/internal/bindings/mapistore_backend_types"
)

// Value is a value as the host gets it.
func Value(value mapistore.Value) types.PropertyValue {
	switch value := value.(type) {
	case mapistore.Null:
		return types.MakePropertyValueNull()
	case mapistore.Integer16:
		return types.MakePropertyValueInteger16(int16(value))
	case mapistore.Integer32:
		return types.MakePropertyValueInteger32(int32(value))
	case mapistore.Floating32:
		return types.MakePropertyValueFloating32(float32(value))
	case mapistore.Floating64:
		return types.MakePropertyValueFloating64(float64(value))
	case mapistore.Currency:
		return types.MakePropertyValueCurrency(int64(value))
	case mapistore.FloatingTime:
		return types.MakePropertyValueFloatingTime(float64(value))
	case mapistore.ErrorValue:
		return types.MakePropertyValueErrorCode(uint32(value))
	case mapistore.Boolean:
		return types.MakePropertyValueBoolean(bool(value))
	case mapistore.Integer64:
		return types.MakePropertyValueInteger64(int64(value))
	case mapistore.String8:
		return types.MakePropertyValueString8(([]byte)(value))
	case mapistore.Text:
		return types.MakePropertyValueText(string(value))
	case mapistore.Time:
		return types.MakePropertyValueTime(uint64(value))
	case mapistore.GUID:
		return types.MakePropertyValueGuid(GUID(value))
	case mapistore.Binary:
		return types.MakePropertyValueBinary(([]byte)(value))
	case mapistore.ServerID:
		return types.MakePropertyValueServerId(([]byte)(value))
	case mapistore.RestrictionBlob:
		return types.MakePropertyValueRestrictionBlob(([]byte)(value))
	case mapistore.RuleActions:
		return types.MakePropertyValueRuleActions(([]byte)(value))
	case mapistore.Object:
		return types.MakePropertyValueObject()
	case mapistore.Deferred:
		return types.MakePropertyValueDeferred(uint64(value))
	case mapistore.MultipleInteger16:
		return types.MakePropertyValueMultipleInteger16(([]int16)(value))
	case mapistore.MultipleInteger32:
		return types.MakePropertyValueMultipleInteger32(([]int32)(value))
	case mapistore.MultipleFloating32:
		return types.MakePropertyValueMultipleFloating32(([]float32)(value))
	case mapistore.MultipleFloating64:
		return types.MakePropertyValueMultipleFloating64(([]float64)(value))
	case mapistore.MultipleCurrency:
		return types.MakePropertyValueMultipleCurrency(([]int64)(value))
	case mapistore.MultipleFloatingTime:
		return types.MakePropertyValueMultipleFloatingTime(([]float64)(value))
	case mapistore.MultipleInteger64:
		return types.MakePropertyValueMultipleInteger64(([]int64)(value))
	case mapistore.MultipleString8:
		return types.MakePropertyValueMultipleString8(([][]byte)(value))
	case mapistore.MultipleText:
		return types.MakePropertyValueMultipleText(([]string)(value))
	case mapistore.MultipleTime:
		return types.MakePropertyValueMultipleTime(([]uint64)(value))
	case mapistore.MultipleGUID:
		return types.MakePropertyValueMultipleGuid(List(value, GUID))
	case mapistore.MultipleBinary:
		return types.MakePropertyValueMultipleBinary(([][]byte)(value))
	}
	panic("a value of a type of its own: use those of package mapistore")
}

// FromValue is a value of the host's.
func FromValue(value types.PropertyValue) mapistore.Value {
	switch value.Tag() {
	case types.PropertyValueNull:
		return mapistore.Null{}
	case types.PropertyValueInteger16:
		return mapistore.Integer16(value.Integer16())
	case types.PropertyValueInteger32:
		return mapistore.Integer32(value.Integer32())
	case types.PropertyValueFloating32:
		return mapistore.Floating32(value.Floating32())
	case types.PropertyValueFloating64:
		return mapistore.Floating64(value.Floating64())
	case types.PropertyValueCurrency:
		return mapistore.Currency(value.Currency())
	case types.PropertyValueFloatingTime:
		return mapistore.FloatingTime(value.FloatingTime())
	case types.PropertyValueErrorCode:
		return mapistore.ErrorValue(value.ErrorCode())
	case types.PropertyValueBoolean:
		return mapistore.Boolean(value.Boolean())
	case types.PropertyValueInteger64:
		return mapistore.Integer64(value.Integer64())
	case types.PropertyValueString8:
		return mapistore.String8(value.String8())
	case types.PropertyValueText:
		return mapistore.Text(value.Text())
	case types.PropertyValueTime:
		return mapistore.Time(value.Time())
	case types.PropertyValueGuid:
		return FromGUID(value.Guid())
	case types.PropertyValueBinary:
		return mapistore.Binary(value.Binary())
	case types.PropertyValueServerId:
		return mapistore.ServerID(value.ServerId())
	case types.PropertyValueRestrictionBlob:
		return mapistore.RestrictionBlob(value.RestrictionBlob())
	case types.PropertyValueRuleActions:
		return mapistore.RuleActions(value.RuleActions())
	case types.PropertyValueObject:
		return mapistore.Object{}
	case types.PropertyValueDeferred:
		return mapistore.Deferred(value.Deferred())
	case types.PropertyValueMultipleInteger16:
		return mapistore.MultipleInteger16(value.MultipleInteger16())
	case types.PropertyValueMultipleInteger32:
		return mapistore.MultipleInteger32(value.MultipleInteger32())
	case types.PropertyValueMultipleFloating32:
		return mapistore.MultipleFloating32(value.MultipleFloating32())
	case types.PropertyValueMultipleFloating64:
		return mapistore.MultipleFloating64(value.MultipleFloating64())
	case types.PropertyValueMultipleCurrency:
		return mapistore.MultipleCurrency(value.MultipleCurrency())
	case types.PropertyValueMultipleFloatingTime:
		return mapistore.MultipleFloatingTime(value.MultipleFloatingTime())
	case types.PropertyValueMultipleInteger64:
		return mapistore.MultipleInteger64(value.MultipleInteger64())
	case types.PropertyValueMultipleString8:
		return mapistore.MultipleString8(value.MultipleString8())
	case types.PropertyValueMultipleText:
		return mapistore.MultipleText(value.MultipleText())
	case types.PropertyValueMultipleTime:
		return mapistore.MultipleTime(value.MultipleTime())
	case types.PropertyValueMultipleGuid:
		return mapistore.MultipleGUID(List(value.MultipleGuid(), FromGUID))
	case types.PropertyValueMultipleBinary:
		return mapistore.MultipleBinary(value.MultipleBinary())
	}
	panic("a value of no type of the contract")
}

// FromGUID is a GUID of the host's.
func FromGUID(guid types.Guid) mapistore.GUID { return mapistore.GUID{Hi: guid.Hi, Lo: guid.Lo} }

// GUID is a GUID as the host gets it.
func GUID(guid mapistore.GUID) types.Guid { return types.Guid{Hi: guid.Hi, Lo: guid.Lo} }
