//! Facts about types, sizes and the order of values.

use super::*;

/// One value of each type but `deferred`.
fn one_of_each() -> Vec<PropertyValue> {
    use PropertyValue as V;
    let guid = Guid { hi: 1, lo: 2 };
    vec![
        V::Null,
        V::Integer16(1),
        V::Integer32(1),
        V::Floating32(1.0),
        V::Floating64(1.0),
        V::Currency(1),
        V::FloatingTime(1.0),
        V::ErrorCode(1),
        V::Boolean(true),
        V::Object,
        V::Integer64(1),
        V::String8(b"a".to_vec()),
        V::Text("a".into()),
        V::Time(1),
        V::Guid(guid),
        V::ServerId(vec![1]),
        V::RestrictionBlob(vec![1]),
        V::RuleActions(vec![1]),
        V::Binary(vec![1]),
        V::MultipleInteger16(vec![1]),
        V::MultipleInteger32(vec![1]),
        V::MultipleFloating32(vec![1.0]),
        V::MultipleFloating64(vec![1.0]),
        V::MultipleCurrency(vec![1]),
        V::MultipleFloatingTime(vec![1.0]),
        V::MultipleInteger64(vec![1]),
        V::MultipleString8(vec![b"a".to_vec()]),
        V::MultipleText(vec!["a".into()]),
        V::MultipleTime(vec![1]),
        V::MultipleGuid(vec![guid]),
        V::MultipleBinary(vec![vec![1]]),
    ]
}

#[test]
fn each_value_stands_under_its_own_type_and_under_unspecified_only() {
    let values = one_of_each();
    assert_eq!(values.len() + 1, PropertyType::ALL.len());
    for (at, value) in values.iter().enumerate() {
        for (type_at, kind) in PropertyType::ALL.iter().enumerate() {
            let agrees = type_at == 0 || type_at == at + 1;
            assert_eq!(matches_type(0x1000_0000 | u32::from(kind.id()), value), agrees, "{value:?} {kind:?}");
        }
        assert!(!matches_type(0x1000_0009, value), "a type that the contract does not have");
    }
}

#[test]
fn deferred_stands_under_text_and_binary_only() {
    let deferred = PropertyValue::Deferred(1 << 20);
    for kind in PropertyType::ALL {
        let allowed = [0x0000, 0x001E, 0x001F, 0x0102].contains(&kind.id());
        assert_eq!(matches_type(0x1000_0000 | u32::from(kind.id()), &deferred), allowed, "{kind:?}");
    }
}

#[test]
fn text_with_an_embedded_zero_is_refused() {
    assert!(!matches_type(0x0037_001F, &PropertyValue::Text("a\0b".into())));
    assert!(!matches_type(0x0037_0000, &PropertyValue::Text("a\0".into())));
    assert!(!matches_type(0x0037_001E, &PropertyValue::String8(b"a\0".to_vec())));
    assert!(!matches_type(0x0037_101F, &PropertyValue::MultipleText(vec!["a".into(), "\0".into()])));
    assert!(matches_type(0x0037_0102, &PropertyValue::Binary(vec![0])));
}

#[test]
fn types_have_the_numbers_and_names_of_the_standard() {
    assert_eq!(PropertyType::from_tag(0x0037_001F), Some(PropertyType::String));
    assert_eq!(PropertyType::String.name(), "PtypString");
    assert_eq!(PropertyType::MultipleBinary.element(), PropertyType::Binary);
    assert_eq!(PropertyType::from_tag(0x0037_301F), None);
    for kind in PropertyType::ALL {
        assert_eq!(PropertyType::from_id(kind.id()), Some(*kind));
    }
}

#[test]
fn sizes_are_those_of_the_wire() {
    for (value, bytes) in [
        (PropertyValue::Boolean(true), 1),
        (PropertyValue::Integer16(1), 2),
        (PropertyValue::Time(1), 8),
        (PropertyValue::Guid(Guid { hi: 0, lo: 0 }), 16),
        (PropertyValue::Text(String::new()), 2),
        (PropertyValue::Text("é😀".into()), 8),
        (PropertyValue::String8(b"abc".to_vec()), 4),
        (PropertyValue::Binary(vec![0; 5]), 5),
        (PropertyValue::Deferred(70_000), 70_000),
        (PropertyValue::MultipleInteger32(vec![1, 2, 3]), 12),
        (PropertyValue::MultipleText(vec!["a".into(), "b".into()]), 8),
    ] {
        assert_eq!(size_of_value(&value), bytes, "{value:?}");
    }
}

#[test]
fn values_compare_with_their_own_type_only() {
    let values = one_of_each();
    for a in &values {
        for b in &values {
            let both_text = |kinds: [u16; 2]| {
                [a, b].iter().all(|v| PropertyType::of(v).is_some_and(|kind| kinds.contains(&kind.id())))
            };
            let expected = (a == b && *a != PropertyValue::Object)
                || both_text([0x001E, 0x001F])
                || both_text([0x101E, 0x101F]);
            assert_eq!(compare(a, b), expected.then_some(Ordering::Equal), "{a:?} {b:?}");
        }
    }
}

#[test]
fn numbers_compare_as_signed_and_floats_have_a_total_order() {
    let less = |a, b| assert_eq!(compare(&a, &b), Some(Ordering::Less), "{a:?} {b:?}");
    less(PropertyValue::Integer32(-1), PropertyValue::Integer32(1));
    less(PropertyValue::Integer64(i64::MIN), PropertyValue::Integer64(0));
    less(PropertyValue::Floating64(1.0), PropertyValue::Floating64(f64::NAN));
    less(PropertyValue::Binary(vec![1]), PropertyValue::Binary(vec![1, 0]));
    less(PropertyValue::Boolean(false), PropertyValue::Boolean(true));
    less(PropertyValue::MultipleInteger16(vec![1]), PropertyValue::MultipleInteger16(vec![1, -5]));
    assert_eq!(
        compare(&PropertyValue::Floating64(-0.0), &PropertyValue::Floating64(0.0)),
        Some(Ordering::Equal)
    );
}
