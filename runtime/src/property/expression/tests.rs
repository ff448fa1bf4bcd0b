//! Facts about the shell's language.

use super::*;

fn error(text: &str) -> String {
    parse_where(text).map(|nodes| format!("{nodes:?}")).unwrap_err().to_string()
}

fn property(op: Relop, tag: PropertyTag, value: PropertyValue) -> RestrictionNode {
    RestrictionNode::Property(PropertyMatch { op, tag, value })
}

#[test]
fn the_example_of_the_grammar_becomes_a_restriction() {
    let text = r#"subject ~ "invoice" and (size > 10000 or not read = true)
        and received >= 2024-01-01 and exists(flagstatus) and flags & 1"#;
    let content = ContentMatch {
        tag: 0x0037_001F,
        value: PropertyValue::Text("invoice".into()),
        kind: MatchKind::Substring,
        options: MatchFlags::IGNORE_CASE,
    };
    let expected = vec![
        RestrictionNode::AllOf(vec![1, 2, 6, 7, 8]),
        RestrictionNode::Content(content),
        RestrictionNode::AnyOf(vec![3, 4]),
        property(Relop::Gt, 0x0E08_0003, PropertyValue::Integer32(10_000)),
        RestrictionNode::Negate(5),
        property(Relop::Eq, 0x0E69_000B, PropertyValue::Boolean(true)),
        property(Relop::Ge, 0x0E06_0040, PropertyValue::Time(133_485_408_000_000_000)),
        RestrictionNode::Exists(0x1090_0003),
        RestrictionNode::Bitmask(BitmaskMatch { non_zero: true, tag: 0x0E07_0003, mask: 1 }),
    ];
    assert_eq!(parse_where(text), Ok(expected));
}

#[test]
fn and_binds_tighter_than_or_and_not_tighter_than_both() {
    let nodes = parse_where("not read and read or read").unwrap();
    assert_eq!(nodes[0], RestrictionNode::AnyOf(vec![1, 5]));
    assert_eq!(nodes[1], RestrictionNode::AllOf(vec![2, 4]));
    assert_eq!(nodes[2], RestrictionNode::Negate(3));
}

#[test]
fn size_is_a_property_or_a_function() {
    let size = SizeMatch { op: Relop::Lt, tag: 0x1000_001F, size: 100 };
    assert_eq!(parse_where("size(body) < 100"), Ok(vec![RestrictionNode::Size(size)]));
    let expected = vec![property(Relop::Ne, 0x0E08_0003, PropertyValue::Integer32(-1))];
    assert_eq!(parse_where("size <> -1"), Ok(expected));
}

#[test]
fn every_operator_is_read_with_and_without_spaces() {
    for (operator, op) in [
        ("=", Relop::Eq),
        ("==", Relop::Eq),
        ("!=", Relop::Ne),
        ("<>", Relop::Ne),
        ("<", Relop::Lt),
        ("<=", Relop::Le),
        (">", Relop::Gt),
        (">=", Relop::Ge),
    ] {
        let expected = Ok(vec![property(op, 0x0E08_0003, PropertyValue::Integer32(5))]);
        assert_eq!(parse_where(&format!("size{operator}5")), expected);
        assert_eq!(parse_where(&format!(" size {operator} 0x5 ")), expected);
    }
    let none = BitmaskMatch { non_zero: false, tag: 0x0E07_0003, mask: 0xFFFF_FFFF };
    assert_eq!(parse_where("flags !& 0xFFFFFFFF"), Ok(vec![RestrictionNode::Bitmask(none)]));
}

#[test]
fn quotes_keep_everything_and_a_backslash_keeps_quotes() {
    for (text, value) in [
        (r#"subject = "a \"b\" and c""#, r#"a "b" and c"#),
        ("subject = 'it\\'s (not) Größe'", "it's (not) Größe"),
        (r"subject = 'C:\dir\\'", r"C:\dir\"),
        ("subject = ''", ""),
        ("subject = and", "and"),
    ] {
        let expected = vec![property(Relop::Eq, 0x0037_001F, PropertyValue::Text(value.into()))];
        assert_eq!(parse_where(text), Ok(expected), "{text}");
    }
}

#[test]
fn errors_name_the_column_the_token_and_what_was_expected() {
    for (text, message) in [
        ("", "column 1: found the end, expected a property name, `exists`, `size`, `not` or `(`"),
        ("sbject = 1", "column 1: there is no property `sbject`"),
        (
            "received > soon",
            "column 12: found `soon`, expected a time such as `2024-01-31` or `2024-01-31T09:00:00Z`, from 1601 on",
        ),
        ("read = 1", "column 8: found `1`, expected `true` or `false`"),
        ("(read", "column 6: found the end, expected `)`"),
        ("read read", "column 6: found `read`, expected `and`, `or` or the end"),
        ("subject = 'é", "column 11: found `'é`, expected a closing `'`"),
        ("é ! 1", "column 3: found `!`, expected a name, a value, an operator or a parenthesis"),
        ("size ~ 1", "column 6: found `~`, expected a comparison: `size` is PtypInteger32, not text"),
        (
            "subject & 1",
            "column 9: found `&`, expected a comparison: `subject` is PtypString, bits need PtypInteger32",
        ),
        ("flags & -1", "column 9: found `-1`, expected a number of at most 32 bits"),
        ("exists subject", "column 1: there is no property `exists`"),
        ("exists(subject", "column 15: found the end, expected `)`"),
        ("0x00370009 = 1", "column 1: found `0x00370009`, expected a tag with a known property type"),
        (
            "subject",
            "column 8: found the end, expected one of `=`, `!=`, `<`, `<=`, `>`, `>=`, `~`, `^=`, `&`, `!&`",
        ),
    ] {
        assert_eq!(error(text), message);
    }
}

#[test]
fn deep_and_long_expressions_are_refused_and_not_followed() {
    let deep = format!("{}read{}", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(error(&deep), "column 23: more than 21 levels of `not` and parentheses");
    assert!(matches!(parse_where(&"not ".repeat(100_000)), Err(ExpressionError::TooDeep { .. })));
    let mixed = format!("{}read{}", "read or read and not (".repeat(10), ")".repeat(10));
    assert!(parse_where(&mixed).is_ok());
    let long = ["read"; 600].join(" or ");
    assert_eq!(error(&long), "the restriction has 601 nodes, the limit is 512");
}

#[test]
fn sort_orders_and_columns_are_lists_of_names() {
    let order = parse_sort("received:desc, Subject,0x0E080003:ASC").unwrap();
    let keys: Vec<_> = order.keys.iter().map(|key| (key.tag, key.direction)).collect();
    assert_eq!(
        keys,
        [
            (0x0E06_0040, SortDirection::Descending),
            (0x0037_001F, SortDirection::Ascending),
            (0x0E08_0003, SortDirection::Ascending),
        ]
    );
    assert_eq!(parse_columns("subject, from,0x0E080003"), Ok(vec![0x0037_001F, 0x0042_001F, 0x0E08_0003]));
}

#[test]
fn wrong_names_in_lists_are_named_with_their_column() {
    let message = |error: ExpressionError| error.to_string();
    assert_eq!(
        parse_columns("subject, fro").map_err(message),
        Err("column 10: there is no property `fro`".into())
    );
    let similar = |text: &str| match parse_columns(text) {
        Err(ExpressionError::UnknownProperty { similar, .. }) => similar,
        other => panic!("{other:?}"),
    };
    assert_eq!(similar("sbject"), Some("subject"));
    assert_eq!(similar("pidtagsubjct"), Some("PidTagSubject"));
    assert_eq!(similar("xyzzy"), None);
    assert_eq!(
        parse_columns("subject,").map_err(message),
        Err("column 9: found the end, expected a property name or tag".into())
    );
    assert_eq!(
        parse_sort("received:down").map_err(message),
        Err("column 10: found `down`, expected `asc` or `desc`".into())
    );
    assert!(matches!(parse_sort("0x3701000D"), Err(ExpressionError::Sort(_))));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "[ -~é\u{0}]{0,80}") {
        let _ = (parse_where(&text), parse_sort(&text), parse_columns(&text));
    }

    #[test]
    fn what_parses_is_a_checked_restriction(words in proptest::collection::vec(
        proptest::sample::select(vec![
            "read", "and", "or", "not", "(", ")", "size", ">", "5", "subject", "~", "'x'", "exists", "flags", "&", "1",
        ]),
        0..24,
    )) {
        if let Ok(nodes) = parse_where(&words.join(" ")) {
            proptest::prop_assert_eq!(check(&nodes), Ok(()));
        }
    }
}
