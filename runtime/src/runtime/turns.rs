//! What is done for one user by one caller at a time. Knows names of users only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Whose turn it is: provisionings of one user wait for each other, those of others do not.
#[derive(Default)]
pub(crate) struct Turns {
    users: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

impl Turns {
    /// Waits until nobody else has the user's turn. It ends when the answer is dropped.
    pub(crate) async fn take(&self, user: &str) -> tokio::sync::OwnedMutexGuard<()> {
        let turn = {
            let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = users.get(user).and_then(Weak::upgrade);
            turn.unwrap_or_else(|| {
                users.retain(|_, turn| turn.strong_count() > 0);
                let turn = Arc::new(tokio::sync::Mutex::new(()));
                users.insert(user.to_owned(), Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }
}
