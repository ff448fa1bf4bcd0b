//! Group commit: one thread that runs every change, and one commit for all that wait. Knows queues and
//! transactions; does not know what is in them.
//!
//! A caller hands over an operation and waits. The writer takes what has come in meanwhile, runs it in one
//! transaction, commits, and only then answers any of them. Operations are independent:
//!
//! - one that fails before its first write leaves nothing behind, so the others go on;
//! - one that fails or panics after it has written spoils the transaction. It is aborted, and each operation
//!   runs again in a transaction of its own, so that only the culprit meets its error;
//! - the same if the commit fails, as with a full disk: a smaller transaction may still fit.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread::{self, JoinHandle};

/// The most that one transaction does, by the weights of its operations. Larger transactions leave free-list
/// records that later commits have to rewrite.
const BATCH_WEIGHT_MAX: usize = 1_000;

/// Where transactions come from. They begin and end on the writer's thread, as LMDB's must.
pub(crate) trait Transactions: Send + 'static {
    /// One transaction. Dropping it aborts it.
    type Txn<'e>
    where
        Self: 'e;

    /// How an operation, or a transaction, fails.
    type Error: Send + 'static;

    /// The writer is gone, or an operation panicked.
    fn lost() -> Self::Error;

    fn begin(&self) -> Result<Self::Txn<'_>, Self::Error>;

    /// Makes the transaction durable.
    fn commit(&self, txn: Self::Txn<'_>) -> Result<(), Self::Error>;

    /// Returns whether anything was written since the last call of this function.
    fn take_written(txn: &mut Self::Txn<'_>) -> bool;
}

/// The thread and the way to it. Dropping it runs what is queued, and waits for the thread to end.
pub(crate) struct Writer<T: Transactions> {
    queue: Option<Sender<Box<dyn Job<T>>>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Transactions> Writer<T> {
    /// Starts the thread.
    pub(crate) fn start(name: &str, transactions: T) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || run(&transactions, &jobs))?;
        Ok(Writer { queue: Some(queue), thread: Some(thread) })
    }

    /// Runs an operation and returns its answer once it is durable. It runs more than once if the transaction
    /// that it is part of comes to nothing. `weight` is how many records it is about.
    pub(crate) fn call<R, F>(&self, weight: usize, operation: F) -> Result<R, T::Error>
    where
        R: Send + 'static,
        F: for<'e> FnMut(&mut T::Txn<'e>) -> Result<R, T::Error> + Send + 'static,
    {
        let (reply, answer) = mpsc::sync_channel(1);
        let job = Box::new(Call { weight, operation, outcome: None, reply });
        let queue = self.queue.as_ref().ok_or_else(T::lost)?;
        queue.send(job).map_err(|_| T::lost())?;
        // Should the job be dropped unanswered, whatever the reason, this ends as well.
        answer.recv().map_err(|_| T::lost())?
    }
}

impl<T: Transactions> Drop for Writer<T> {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // Its panics were caught and reported one by one.
            let _ = thread.join();
        }
    }
}

/// An operation that waits, whatever it answers.
trait Job<T: Transactions>: Send {
    fn weight(&self) -> usize;

    /// Runs the operation, keeps its answer, and returns whether it succeeded.
    fn run(&mut self, txn: &mut T::Txn<'_>) -> bool;

    /// Answers: with `error` if there is one, otherwise with what `run` kept.
    fn answer(self: Box<Self>, error: Option<T::Error>);
}

struct Call<F, R, E> {
    weight: usize,
    operation: F,
    outcome: Option<Result<R, E>>,
    reply: SyncSender<Result<R, E>>,
}

impl<T, F, R> Job<T> for Call<F, R, T::Error>
where
    T: Transactions,
    R: Send,
    F: for<'e> FnMut(&mut T::Txn<'e>) -> Result<R, T::Error> + Send,
{
    fn weight(&self) -> usize {
        self.weight
    }

    fn run(&mut self, txn: &mut T::Txn<'_>) -> bool {
        let outcome = (self.operation)(txn);
        let succeeded = outcome.is_ok();
        self.outcome = Some(outcome);
        succeeded
    }

    fn answer(self: Box<Self>, error: Option<T::Error>) {
        let outcome = match error {
            Some(error) => Err(error),
            None => self.outcome.unwrap_or_else(|| Err(T::lost())),
        };
        // The caller may be gone with its thread; what was done stays done.
        let _ = self.reply.send(outcome);
    }
}

fn run<T: Transactions>(transactions: &T, jobs: &Receiver<Box<dyn Job<T>>>) {
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        let mut weight = batch[0].weight();
        // Callers that were answered a moment ago are about to come again; a commit costs far more than this.
        thread::yield_now();
        while weight < BATCH_WEIGHT_MAX
            && let Ok(job) = jobs.try_recv()
        {
            weight += job.weight();
            batch.push(job);
        }
        execute(transactions, batch);
    }
}

/// Why a transaction came to nothing.
enum Spoiled<E> {
    /// An operation failed after it had written; it has kept its error.
    Operation,
    /// The transaction could not begin or commit, or an operation panicked.
    Transaction(E),
}

/// Runs and answers every job of the batch.
fn execute<T: Transactions>(transactions: &T, mut batch: Vec<Box<dyn Job<T>>>) {
    let Err(spoiled) = attempt(transactions, &mut batch) else {
        return batch.into_iter().for_each(|job| job.answer(None));
    };
    if batch.len() > 1 {
        tracing::debug!(operations = batch.len(), "a transaction was aborted, its operations run one by one");
        return batch.into_iter().for_each(|job| execute(transactions, vec![job]));
    }
    let mut error = match spoiled {
        Spoiled::Operation => None,
        Spoiled::Transaction(error) => Some(error),
    };
    batch.into_iter().for_each(|job| job.answer(error.take()));
}

/// Runs every job of the batch in one transaction.
fn attempt<T: Transactions>(
    transactions: &T,
    batch: &mut [Box<dyn Job<T>>],
) -> Result<(), Spoiled<T::Error>> {
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let mut txn = transactions.begin().map_err(Spoiled::Transaction)?;
        for job in batch {
            let succeeded = job.run(&mut txn);
            if T::take_written(&mut txn) && !succeeded {
                return Err(Spoiled::Operation);
            }
        }
        transactions.commit(txn).map_err(Spoiled::Transaction)
    }));
    ran.unwrap_or_else(|panic| {
        tracing::error!(panic = panic_text(&*panic), "an operation of a store panicked");
        Err(Spoiled::Transaction(T::lost()))
    })
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

#[cfg(test)]
mod tests {

    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Barrier, Mutex};

    use super::*;
    use crate::index::IndexError;

    /// Transactions over a list of numbers. A commit of more than `room` numbers fails.
    #[derive(Clone)]
    struct List {
        committed: Arc<Mutex<Vec<u32>>>,
        commits: Arc<AtomicUsize>,
        room: usize,
    }

    #[derive(Default)]
    struct Pending {
        numbers: Vec<u32>,
        written: bool,
    }

    impl Pending {
        fn put(&mut self, number: u32) {
            self.numbers.push(number);
            self.written = true;
        }
    }

    impl Transactions for List {
        type Txn<'e> = Pending;
        type Error = IndexError;

        fn lost() -> IndexError {
            IndexError::WriterLost
        }

        fn begin(&self) -> Result<Pending, IndexError> {
            Ok(Pending::default())
        }

        fn commit(&self, txn: Pending) -> Result<(), IndexError> {
            if txn.numbers.len() > self.room {
                return Err(IndexError::Full { max_bytes: self.room });
            }
            self.commits.fetch_add(1, Ordering::Relaxed);
            self.committed.lock().unwrap().extend(txn.numbers);
            Ok(())
        }

        fn take_written(txn: &mut Pending) -> bool {
            std::mem::take(&mut txn.written)
        }
    }

    fn list(room: usize) -> (List, Writer<List>) {
        let list = List { committed: Arc::default(), commits: Arc::default(), room };
        (list.clone(), Writer::start("test", list).unwrap())
    }

    type Operation = fn(&mut Pending) -> Result<u32, IndexError>;

    /// Runs the operations in one batch: all are queued while the writer is held up by another.
    fn in_one_batch(writer: &Writer<List>, operations: Vec<Operation>) -> Vec<Result<u32, IndexError>> {
        let queue = writer.queue.as_ref().unwrap();
        let (held, go) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let job = {
            let (held, go) = (held.clone(), go.clone());
            let (reply, _) = mpsc::sync_channel(1);
            let operation = move |_: &mut Pending| {
                held.wait();
                go.wait();
                Ok(0)
            };
            // Of full weight, so that nothing joins its batch.
            Box::new(Call { weight: BATCH_WEIGHT_MAX, operation, outcome: None, reply })
        };
        queue.send(job).unwrap();
        held.wait();
        let answers: Vec<_> = operations
            .into_iter()
            .map(|operation| {
                let (reply, answer) = mpsc::sync_channel(1);
                queue.send(Box::new(Call { weight: 1, operation, outcome: None, reply })).unwrap();
                answer
            })
            .collect();
        go.wait();
        answers.into_iter().map(|answer| answer.recv().unwrap()).collect()
    }

    #[test]
    fn what_waits_is_committed_at_once() {
        let (list, writer) = list(100);
        let put: Operation = |txn| {
            txn.put(7);
            Ok(7)
        };
        let answers = in_one_batch(&writer, vec![put; 50]);
        assert!(answers.iter().all(|answer| matches!(answer, Ok(7))));
        assert_eq!(list.committed.lock().unwrap().len(), 50);
        // The one that held the others up, and theirs.
        assert_eq!(list.commits.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn an_operation_that_fails_does_not_take_the_others_along() {
        let (list, writer) = list(100);
        let answers = in_one_batch(
            &writer,
            vec![
                |txn| {
                    txn.put(1);
                    Ok(1)
                },
                |_| Err(IndexError::Exhausted("clean")),
                |txn| {
                    txn.put(2);
                    Err(IndexError::Exhausted("after a write"))
                },
                |txn| {
                    txn.put(3);
                    panic!("a bug");
                },
                |txn| {
                    txn.put(4);
                    Ok(4)
                },
            ],
        );
        assert!(matches!(
            &answers[..],
            [
                Ok(1),
                Err(IndexError::Exhausted("clean")),
                Err(IndexError::Exhausted("after a write")),
                Err(IndexError::WriterLost),
                Ok(4)
            ]
        ));
        assert_eq!(*list.committed.lock().unwrap(), [1, 4]);
        // The writer is still there.
        assert_eq!(writer.call(1, |_| Ok(5)).unwrap(), 5);
    }

    #[test]
    fn operations_that_do_not_fit_together_are_committed_one_by_one() {
        let (list, writer) = list(1);
        let answers = in_one_batch(
            &writer,
            vec![
                |txn| {
                    txn.put(1);
                    Ok(1)
                },
                |txn| {
                    txn.put(2);
                    txn.put(2);
                    Ok(2)
                },
                |txn| {
                    txn.put(3);
                    Ok(3)
                },
            ],
        );
        assert!(matches!(&answers[..], [Ok(1), Err(IndexError::Full { .. }), Ok(3)]));
        assert_eq!(*list.committed.lock().unwrap(), [1, 3]);
    }
}
