//! ME: what a message holds.

use super::*;

pub(super) fn round_trip(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let mut kept = 0;
    for value in sample::values(trial)? {
        let message = trial.compose(&root, "holds")?;
        let tag = value.tag;
        let problems = message.set_properties(vec![value.clone()])?;
        if let Some(problem) = problems.first() {
            demand!(problem.tag == tag, "the problem of {} names {:#010x}", tag_name(tag), problem.tag);
            continue;
        }
        message.save(false)?;
        let id = message.id;
        drop(message);
        let found = root.open_message(id, false)?.get(tag)?;
        demand!(
            found == Ok(value.value.clone()),
            "{} was set without a problem, to {:?}, and is {found:?} after the save",
            tag_name(tag),
            value.value
        );
        kept += 1;
    }
    demand!(kept > 0, "no property at all can be set");
    trial.log.remark(&format!("{kept} values were stored; the others are problems, which is as honest"));
    Ok(())
}

pub(super) fn required(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.any_message(&root)?;
    let tags = [
        tag::MID,
        tag::CHANGE_NUMBER,
        tag::CHANGE_KEY,
        tag::MESSAGE_CLASS,
        tag::MESSAGE_FLAGS,
        tag::MESSAGE_SIZE,
    ];
    let message = root.open_message(id, false)?;
    for (tag, cell) in tags.iter().zip(message.get_properties(&tags)?) {
        demand!(cell.is_ok(), "{} of a saved message is {cell:?}", tag_name(*tag));
    }
    same("PidTagMid", &id_in("PidTagMid", &message.get(tag::MID)?)?, &id)?;
    let size = number_in("PidTagMessageSize", &message.get(tag::MESSAGE_SIZE)?)?;
    demand!(size > 0, "PidTagMessageSize is {size}");
    Ok(())
}

/// Properties of the message that the backend stores besides the marker.
pub(super) fn storable(trial: &Trial<'_>, message: &Message) -> Done<Vec<(PropertyTag, PropertyValue)>> {
    let mut stored = Vec::new();
    for value in sample::values(trial)? {
        let is_marker = value.tag == trial.marker()?;
        if !is_marker && stored.len() < 4 && !stored.iter().any(|(tag, _)| *tag == value.tag) {
            let problems = message.set_properties(vec![value.clone()])?;
            if problems.is_empty() {
                stored.push((value.tag, value.value));
            }
        }
    }
    demand!(!stored.is_empty(), "nothing can be set but the name");
    Ok(stored)
}

pub(super) fn removed(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let message = trial.compose(&root, "with properties")?;
    // Texts go without a trace; numbers often have a default that takes their place.
    // A format that has a place for a body anyway may answer an empty one: the body is the last resort.
    let candidates = [tag::IN_REPLY_TO_ID, tag::COMPANY_NAME, tag::COMMENT, tag::BODY];
    let mut chosen = None;
    for tag in candidates {
        let problems = message.set_properties(vec![text(tag, "<to-be-removed@example.org>")])?;
        if problems.is_empty() && chosen.is_none() {
            chosen = Some(tag);
        }
    }
    let chosen = chosen.ok_or_else(|| Stop::NotClaimed("it stores none of the properties tried".into()))?;
    message.save(false)?;
    drop(root.open_message(message.id, false)?);
    demand!(root.open_message(message.id, false)?.get(chosen)?.is_ok(), "{} was lost", tag_name(chosen));
    no_problems("removing", &message.remove_properties(&[chosen])?)?;
    message.save(false)?;
    let read = root.open_message(message.id, false)?;
    same(&tag_name(chosen), &read.get(chosen)?, &Err(E::NotFound))?;
    same("the name", &trial.marker_of(&read)?, &"with properties".to_owned())?;
    no_problems("removing it again", &message.remove_properties(&[chosen])?)
}

pub(super) fn held_back(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.add(&root, "old")?;
    let message = root.open_message(id, true)?;
    no_problems("setting", &message.set_properties(vec![text(trial.marker()?, "new")])?)?;
    same("the name for whoever changed it", &trial.marker_of(&message)?, &"new".to_owned())?;
    is_called(trial, &root, id, "old")?;
    let rows = trial.rows(&root, CONTENTS, &[trial.marker()?])?;
    same("the table", &rows, &vec![vec![Ok(PropertyValue::Text("old".into()))]])?;
    message.save(false)?;
    is_called(trial, &root, id, "new")
}

pub(super) fn changes_dropped(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.add(&root, "old")?;
    let before = change_number(&root.open_message(id, false)?)?;
    let message = root.open_message(id, true)?;
    no_problems("setting", &message.set_properties(vec![text(trial.marker()?, "new")])?)?;
    or_code(message.set_recipients(sample::recipients(&[ANNA])), &[E::NotImplemented])?;
    drop(message);
    is_called(trial, &root, id, "old")?;
    let read = root.open_message(id, false)?;
    same("the change number", &change_number(&read)?, &before)?;
    same("the recipients", &sample::recipient_facts(&read.get_data()?.recipients), &Vec::new())
}

pub(super) fn listed(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.any_message(&root)?;
    let message = root.open_message(id, false)?;
    let tags = message.list_properties()?;
    demand!(!tags.is_empty(), "a message lists no properties");
    for (tag, cell) in tags.iter().zip(message.get_properties(&tags)?) {
        demand!(cell.is_ok(), "{} is listed and answers {cell:?}", tag_name(*tag));
    }
    let mut sorted = tags.clone();
    sorted.sort_unstable();
    sorted.dedup();
    demand!(sorted.len() == tags.len(), "a property is listed twice");
    Ok(())
}

pub(super) fn data(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let message = trial.compose(&root, "plain")?;
    let set = message.set_properties(vec![text(tag::SUBJECT, "Re: the matter")])?;
    if !set.is_empty() {
        return Err(Stop::NotClaimed("its items have no subject".into()));
    }
    message.save(false)?;
    let read = || root.open_message(message.id, false)?.get_data();
    let whole = |data: &MessageData| {
        data.subject_prefix.clone().unwrap_or_default()
            + data.normalized_subject.as_deref().unwrap_or_default()
    };
    same("prefix and subject together", &whole(&read()?), &"Re: the matter".to_owned())?;
    let problems = message.set_properties(vec![
        text(tag::SUBJECT_PREFIX, "AW: "),
        text(tag::NORMALIZED_SUBJECT, "another matter"),
    ])?;
    message.save(false)?;
    if problems.is_empty() {
        let data = read()?;
        same("the prefix", &data.subject_prefix, &Some("AW: ".to_owned()))?;
        same("the subject without it", &data.normalized_subject, &Some("another matter".to_owned()))?;
    }
    Ok(())
}

pub(super) fn problem_keeps(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let message = trial.compose(&root, "as it is")?;
    message.save(false)?;
    let tags = [tag::MID, tag::CHANGE_NUMBER, tag::MESSAGE_SIZE, tag::CHANGE_KEY];
    let before = root.open_message(message.id, false)?.get_properties(&tags)?;
    let values = vec![
        property(tag::MID, PropertyValue::Integer64(1)),
        property(tag::CHANGE_NUMBER, PropertyValue::Integer64(0x1_0001)),
        property(tag::MESSAGE_SIZE, PropertyValue::Integer32(1)),
    ];
    let problems = or_code(message.set_properties(values), &[E::Denied, E::InvalidParameter])?;
    let after = root.open_message(message.id, false)?.get_properties(&tags)?;
    same("what is computed", &after, &before)?;
    let Some(problems) = problems else { return Ok(()) };
    demand!(
        problems.iter().any(|problem| problem.tag == tag::MID),
        "PidTagMid was set without a problem, and an id is the host's"
    );
    Ok(())
}
