use super::*;

/// The functions of a WIT interface, by their names in the contract.
fn functions_in(wit: &str, interface: &str) -> Vec<String> {
    let (mut found, mut object) = (Vec::new(), interface.to_owned());
    for line in wit.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("resource ") {
            object = name.trim_end_matches(" {").to_owned();
        } else if let Some((name, rest)) = line.split_once(": ")
            && (rest.starts_with("func(") || rest.starts_with("static func("))
        {
            found.push(format!("{object}.{name}"));
        }
    }
    found
}

#[test]
fn the_functions_known_are_those_of_the_contract() {
    let mut contract = functions_in(include_str!("../../../wit/provider.wit"), "provider");
    contract.extend(functions_in(include_str!("../../../wit/objects.wit"), "objects"));
    let mut known: Vec<_> = FUNCTIONS.iter().map(|function| (*function).to_owned()).collect();
    contract.sort();
    known.sort();
    assert_eq!(known, contract);
}

#[test]
fn calls_are_split_at_semicolons_that_are_not_in_quotes() {
    assert_eq!(split("a(); b(\"x;y\\\";\") ;c(';')"), ["a()", "b(\"x;y\\\";\")", "c(';')"]);
    assert_eq!(split("a(\"\"\"x;\"y\"\"\");b()"), ["a(\"\"\"x;\"y\"\"\")", "b()"]);
    assert_eq!(split(" ; "), [""; 0]);
    assert_eq!(split("a(\"never closed; b()"), ["a(\"never closed; b()"]);
}

#[test]
fn hexadecimal_numbers_become_decimal_outside_of_quotes() {
    assert_eq!(split("f([0x0037001f, 0x10], \"0x10\", a0x10)"), ["f([3604511, 16], \"0x10\", a0x10)"]);
    assert_eq!(split("f(0xffffffffffffffff, 0xzz)"), ["f(18446744073709551615, 0xzz)"]);
}

#[test]
fn a_provider_function_needs_no_prefix_and_a_method_its_object() {
    let function = |text: &str| Expression::parse(text).map(|expression| expression.calls[0].function);
    assert_eq!(function("describe()").unwrap(), "provider.describe");
    assert_eq!(function("provider.describe()").unwrap(), "provider.describe");
    assert_eq!(function("folder.get-child-count(contents)").unwrap(), "folder.get-child-count");
}

#[test]
fn an_unknown_function_is_answered_with_those_of_its_object() {
    let error = Expression::parse("table.rows()").unwrap_err().to_string();
    assert!(error.contains("`table.rows`") && error.contains("`table.query-rows`"), "{error}");
    assert!(!error.contains("folder."), "{error}");
    let error = Expression::parse("nothing.at-all()").unwrap_err().to_string();
    assert!(error.contains("`provider.describe`") && error.contains("`folder.open-table`"), "{error}");
}

#[test]
fn what_is_no_call_is_refused() {
    for text in ["", "describe", "describe(", "describe() x", "()", "list-contexts(\"a)", "folder.save(]"] {
        assert!(Expression::parse(text).is_err(), "{text}");
    }
}

#[test]
fn the_user_is_the_one_that_the_provider_is_asked_about() {
    let username = |text: &str| Expression::parse(text).unwrap().username();
    assert_eq!(username("list-contexts(\"alice\")").as_deref(), Some("alice"));
    assert_eq!(username("describe(); list-contexts(\"b\\\"c\")").as_deref(), Some("b\"c"));
    assert_eq!(username("describe()"), None);
    assert_eq!(username("list-contexts()"), None);
}

#[test]
fn json_has_names_in_snake_case_and_results_as_ok_or_err() {
    let record =
        Val::Record(vec![("main-folder".into(), Val::Bool(true)), ("tag".into(), Val::Option(None))]);
    let value = Val::Result(Ok(Some(Box::new(Val::List(vec![record])))));
    assert_eq!(to_json(&value), json!({ "ok": [{ "main_folder": true, "tag": null }] }));
    assert_eq!(to_json(&Val::Result(Err(None))), json!({ "err": null }));
    let variant = Val::Variant("error-code".into(), Some(Box::new(Val::U32(7))));
    assert_eq!(to_json(&variant), json!({ "error_code": 7 }));
}
