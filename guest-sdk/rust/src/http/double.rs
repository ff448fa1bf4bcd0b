//! A network for unit tests: a function for each thread that answers every request.

use std::cell::RefCell;

use super::{Request, Response};
use crate::{Error, Result};

type Answers = Box<dyn FnMut(&Request) -> Result<Response>>;

thread_local! {
    static ANSWERS: RefCell<Option<Answers>> = const { RefCell::new(None) };
}

/// What answers requests of this thread from now on. Without it they are denied, as in a component that was granted nothing.
pub fn answers(answer: impl FnMut(&Request) -> Result<Response> + 'static) {
    ANSWERS.set(Some(Box::new(answer)));
}

pub(super) fn send(request: Request) -> Result<Response> {
    // Taken out meanwhile: an answer may ask as well.
    let Some(mut answer) = ANSWERS.take() else {
        return Err(Error::denied(format!("`{}` is not granted", request.url)));
    };
    let answered = answer(&request);
    ANSWERS.with_borrow_mut(|answers| {
        // One that was set meanwhile stays.
        answers.get_or_insert(answer);
    });
    let answered = answered?;
    match answered.body.len() > request.body_max_bytes {
        true => {
            Err(Error::too_big(format!("`{}` has more than {} bytes", request.url, request.body_max_bytes)))
        }
        false => Ok(answered),
    }
}
