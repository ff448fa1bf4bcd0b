//! What has to be there, by what the load has said. Knows no runtime.

use std::collections::{BTreeMap, BTreeSet};

/// Why the driver ends.
pub(crate) type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Whose mailboxes the load changes: a client for each.
pub(crate) const OWNERS: [&str; 4] = ["alice", "bob", "carol", "dave"];
/// The client that registers and removes a backend, and the one that provisions new users.
pub(crate) const REGISTRAR: &str = "registrar";
pub(crate) const PROVISIONER: &str = "provisioner";
/// The backend that comes and goes.
pub(crate) const GUEST: &str = "guest-well-behaved";

/// Where a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Maildir,
    Fallback,
}

impl Place {
    pub(crate) const ALL: [Place; 2] = [Place::Maildir, Place::Fallback];

    /// The URI of its root for an owner.
    pub(crate) fn uri(self, owner: &str) -> String {
        match self {
            Self::Maildir => format!("maildir://{owner}/INBOX/"),
            Self::Fallback => format!("fallback://{owner}/"),
        }
    }

    fn parse(text: &str) -> Result<Self, Failed> {
        match text {
            "maildir" => Ok(Self::Maildir),
            "fallback" => Ok(Self::Fallback),
            _ => Err(format!("no place is called `{text}`").into()),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Maildir => "maildir",
            Self::Fallback => "fallback",
        }
    }
}

/// One operation, as the load announces it: `save maildir TOKEN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Save(Place, String),
    Delete(Place, String),
    /// To the other place.
    Move(Place, String),
    /// A URI below the index's container, whose name is a number.
    Add(String),
    /// The container becomes the next number.
    Rename,
    Provision(String),
    Register,
    Remove,
}

impl Operation {
    pub(crate) fn parse(words: &[&str]) -> Result<Self, Failed> {
        Ok(match words {
            ["save", place, token] => Self::Save(Place::parse(place)?, (*token).into()),
            ["delete", place, token] => Self::Delete(Place::parse(place)?, (*token).into()),
            ["move", place, token] => Self::Move(Place::parse(place)?, (*token).into()),
            ["add", name] => Self::Add((*name).into()),
            ["rename"] => Self::Rename,
            ["provision", user] => Self::Provision((*user).into()),
            ["register"] => Self::Register,
            ["remove"] => Self::Remove,
            _ => return Err(format!("the load said `{}`", words.join(" ")).into()),
        })
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Save(place, token) => write!(f, "save {} {token}", place.name()),
            Self::Delete(place, token) => write!(f, "delete {} {token}", place.name()),
            Self::Move(place, token) => write!(f, "move {} {token}", place.name()),
            Self::Add(name) => write!(f, "add {name}"),
            Self::Rename => f.write_str("rename"),
            Self::Provision(user) => write!(f, "provision {user}"),
            Self::Register => f.write_str("register"),
            Self::Remove => f.write_str("remove"),
        }
    }
}

/// What one owner has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mailbox {
    /// Where each message is: in two places only if a move was cut between making the copy and deleting the original.
    pub(crate) messages: BTreeMap<String, BTreeSet<Place>>,
    /// The container in the index.
    pub(crate) container: u64,
    /// The names below it.
    pub(crate) names: BTreeSet<String>,
}

/// Everything.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) mailboxes: BTreeMap<String, Mailbox>,
    pub(crate) provisioned: BTreeSet<String>,
    pub(crate) registered: bool,
    /// What each client was about to do, and has not said to be done.
    pub(crate) pending: BTreeMap<String, Operation>,
    done: u64,
    cut: u64,
}

impl Model {
    /// Takes in a line: `CLIENT OPERATION`, `CLIENT done`, or `started`.
    pub(crate) fn said(&mut self, line: &str) -> Result<(), Failed> {
        let words: Vec<_> = line.split(' ').collect();
        match &words[..] {
            ["started"] => {}
            [client, "done"] => {
                let operation =
                    self.pending.remove(*client).ok_or_else(|| format!("`{line}` after nothing"))?;
                self.done += 1;
                self.apply(client, operation);
            }
            [client, operation @ ..] => {
                let before = self.pending.insert((*client).into(), Operation::parse(operation)?);
                assert!(before.is_none(), "`{client}` does two things at once");
            }
            [] => {}
        }
        Ok(())
    }

    fn apply(&mut self, client: &str, operation: Operation) {
        let mailbox = self.mailboxes.entry(client.to_owned()).or_default();
        match operation {
            Operation::Save(place, token) => drop(mailbox.messages.insert(token, BTreeSet::from([place]))),
            Operation::Delete(place, token) => {
                mailbox.messages.entry(token).or_default().remove(&place);
            }
            Operation::Move(from, token) => {
                let places = mailbox.messages.entry(token).or_default();
                places.extend(Place::ALL);
                places.remove(&from);
            }
            Operation::Add(name) => drop(mailbox.names.insert(name)),
            Operation::Rename => mailbox.container += 1,
            Operation::Provision(user) => drop(self.provisioned.insert(user)),
            Operation::Register => self.registered = true,
            Operation::Remove => self.registered = false,
        }
    }

    /// Forgets what was pending: what was found counts from now on.
    pub(crate) fn settle(&mut self) {
        self.cut += self.pending.len() as u64;
        self.pending.clear();
    }

    pub(crate) fn summary(&self) -> String {
        format!(
            "{} operations were acknowledged, {} were cut, and all is as it was said",
            self.done, self.cut
        )
    }
}

/// The text of a message: its token says how many lines there are, so that a part of it is not taken for the whole.
fn body(token: &str) -> String {
    let lines = token.rsplit('-').next().and_then(|lines| lines.parse().ok()).unwrap_or(0);
    let line = |line: u32| format!("{line} {token} {}\r\n", line.wrapping_mul(2_654_435_761));
    (0_u32..lines).map(line).collect()
}

/// A message as mail.
pub(crate) fn mail(token: &str) -> Vec<u8> {
    format!("Subject: {token}\r\nFrom: a@example.org\r\n\r\n{}", body(token)).into_bytes()
}

/// The token of a mail, if the mail is whole. A backend that got it by its properties has written another header.
pub(crate) fn token_of_mail(bytes: &[u8]) -> Result<String, Failed> {
    let text = String::from_utf8(bytes.to_vec())?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or("a message has no end of its header")?;
    let subject = head.lines().find_map(|line| line.strip_prefix("Subject: "));
    token_of(subject.ok_or("a message has no subject")?, body)
}

/// The token of a message, if it is whole.
pub(crate) fn token_of(subject: &str, text: &str) -> Result<String, Failed> {
    if body(subject).trim_end() == text.trim_end() {
        return Ok(subject.to_owned());
    }
    Err(format!("of `{subject}` there are {} bytes, and not all that were saved", text.len()).into())
}

/// xorshift64*: numbers that a seed repeats.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        // No state may be 0.
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap_or_default() % end.max(1)
    }
}
