//! The report as JUnit XML, as continuous integration reads it: one suite for each area, one case for each behaviour.

use mapistore::conformance::{Finding, Outcome, Report};
use quick_xml::Writer;
use quick_xml::events::{BytesText, Event};

/// The document.
///
/// # Errors
/// None that could happen: it is written to memory.
pub(super) fn document(report: &Report) -> std::io::Result<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(quick_xml::events::BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = writer.create_element("testsuites").with_attribute(("name", report.backend.as_str()));
    root.write_inner_content(|writer| {
        for area in report.findings.chunk_by(|a, b| a.behaviour.area() == b.behaviour.area()) {
            suite(writer, report, area)?;
        }
        Ok(())
    })?;
    Ok(writer.into_inner())
}

type Xml = Writer<Vec<u8>>;

fn suite(writer: &mut Xml, report: &Report, area: &[Finding]) -> std::io::Result<()> {
    let name = area.first().map_or("", |finding| finding.behaviour.area());
    let count =
        |way: fn(&Outcome) -> bool| area.iter().filter(|finding| way(&finding.outcome)).count().to_string();
    let seconds: f64 = area.iter().map(|finding| finding.took.as_secs_f64()).sum();
    let (failures, errors, skipped) = (
        count(|outcome| matches!(outcome, Outcome::Failed(_))),
        count(|outcome| matches!(outcome, Outcome::BrokenByHost(_))),
        count(|outcome| matches!(outcome, Outcome::NotClaimed(_))),
    );
    let suite = writer.create_element("testsuite").with_attributes([
        ("name", format!("{}.{name}", report.backend).as_str()),
        ("tests", area.len().to_string().as_str()),
        ("failures", failures.as_str()),
        ("errors", errors.as_str()),
        ("skipped", skipped.as_str()),
        ("time", format!("{seconds:.3}").as_str()),
    ]);
    suite.write_inner_content(|writer| area.iter().try_for_each(|finding| case(writer, report, finding)))?;
    Ok(())
}

fn case(writer: &mut Xml, report: &Report, finding: &Finding) -> std::io::Result<()> {
    let behaviour = finding.behaviour;
    let name = format!("{} {}", behaviour.id, behaviour.sentence);
    let case = writer.create_element("testcase").with_attributes([
        ("classname", format!("{}.{}", report.backend, behaviour.area()).as_str()),
        ("name", name.as_str()),
        ("time", format!("{:.3}", finding.took.as_secs_f64()).as_str()),
    ]);
    let (element, reason) = match &finding.outcome {
        Outcome::Passed => {
            case.write_empty()?;
            return Ok(());
        }
        Outcome::Failed(problem) => ("failure", problem),
        Outcome::BrokenByHost(problem) => ("error", problem),
        Outcome::NotClaimed(reason) => ("skipped", reason),
    };
    case.write_inner_content(|writer| {
        let told = writer.create_element(element).with_attribute(("message", xml(reason).as_str()));
        if element == "skipped" {
            told.write_empty()?;
        } else {
            told.write_text_content(BytesText::new(&xml(&finding.calls.join("\n"))))?;
        }
        Ok(())
    })?;
    Ok(())
}

/// The text without characters that XML 1.0 cannot have, escaped or not (2.2).
fn xml(text: &str) -> String {
    let allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    text.chars()
        .map(|c| if allowed(c) && !matches!(c, '\u{FFFE}' | '\u{FFFF}') { c } else { '\u{FFFD}' })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mapistore::conformance::Behaviour;
    use quick_xml::Reader;

    use super::*;

    #[test]
    fn the_document_is_well_formed_whatever_a_guest_says() {
        let reason = "a \u{0} & <b> \"c\" ]]> \u{FFFF}".to_owned();
        let outcomes = [
            Outcome::Passed,
            Outcome::Failed(reason.clone()),
            Outcome::NotClaimed(reason.clone()),
            Outcome::BrokenByHost(reason),
        ];
        let findings = Behaviour::all().zip(outcomes).map(|(behaviour, outcome)| Finding {
            behaviour,
            outcome,
            by_host: false,
            calls: vec!["#1 folder.delete(\"<&>\u{1}\")".into()],
            took: Duration::from_millis(5),
        });
        let report = Report { backend: "a&b".into(), findings: findings.collect() };
        let document = String::from_utf8(document(&report).unwrap()).unwrap();
        let mut reader = Reader::from_str(&document);
        let mut names = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) | Event::Empty(start) => {
                    for attribute in start.attributes() {
                        attribute.unwrap();
                    }
                    names.push(start.name().as_ref().to_owned());
                }
                Event::Eof => break,
                _ => {}
            }
        }
        let count = |name: &str| names.iter().filter(|found| *found == name).count();
        assert_eq!((count("testcase"), count("failure"), count("skipped"), count("error")), (4, 1, 1, 1));
        assert!(document.chars().all(|c| !c.is_control() || c == '\n'), "{document}");
    }
}
