//! Tables (MS-OXCTABL). What the backend does not claim, or answers `too-complex` to, the host does: see `view`.

use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::component::ResourceAny;

use super::lookup::Parent;
use super::view::View;
use crate::bindings::exports::mapistore::backend::objects::{Direction, FoundRow};
use crate::bindings::mapistore::backend::types::{
    self, Capabilities, ErrorCode, PropertyTag, Restriction, RestrictionNode, RowBatch, SortOrder,
};
use crate::check::{self, COLUMNS_MAX};
use crate::context::{Handle, Live};
use crate::error::CallError;
use crate::property;

/// An open table.
pub struct Table {
    handle: Handle,
    /// Used in the context's turn only; the lock is for the compiler.
    view: Arc<Mutex<View>>,
}

impl Table {
    pub(super) fn new(handle: Handle, parent: Parent) -> Self {
        let backend = &handle.inner.backend;
        let view = View::new(backend.inline_limit(), backend.limits().call_timeout(), parent);
        Self { handle, view: Arc::new(Mutex::new(view)) }
    }

    async fn run<R: Send + 'static>(
        &self,
        function: &'static str,
        work: impl FnOnce(&mut View, &mut Live, ResourceAny) -> Result<R, CallError> + Send + 'static,
    ) -> Result<R, CallError> {
        let view = Arc::clone(&self.view);
        let run = self.handle.run(function, move |live, table| {
            work(&mut view.lock().unwrap_or_else(PoisonError::into_inner), live, table)
        });
        run.await
    }

    /// The columns that it could have (MS-OXCTABL 2.2.2.12).
    ///
    /// # Errors
    /// The call failed.
    pub async fn available_columns(&self) -> Result<Vec<PropertyTag>, CallError> {
        let call = self.handle.call("table.available-columns", |store, objects, this| {
            objects.table().call_available_columns(store, this)
        });
        call.await
    }

    /// Chooses the columns (MS-OXCTABL 2.2.2.2): 1 to 500.
    ///
    /// # Errors
    /// There are too few or too many; the call failed.
    pub async fn set_columns(&self, columns: &[PropertyTag]) -> Result<(), CallError> {
        const FUNCTION: &str = "table.set-columns";
        if !(1..=COLUMNS_MAX).contains(&columns.len()) {
            let problem = format!("{} columns: 1 to {COLUMNS_MAX} are allowed", columns.len());
            return Err(CallError::InvalidArgument { function: FUNCTION, problem });
        }
        let columns = columns.to_vec();
        self.run(FUNCTION, move |view, live, table| view.set_columns(live, table, columns)).await
    }

    /// Shows the rows that satisfy a restriction; with none, all (MS-OXCTABL 2.2.2.4).
    ///
    /// # Errors
    /// The restriction is malformed, or neither the backend nor the host can evaluate it; the call failed. The view
    /// stays as it was.
    pub async fn set_restriction(&self, restriction: Option<Restriction>) -> Result<(), CallError> {
        const FUNCTION: &str = "table.set-restriction";
        if let Some(restriction) = &restriction {
            check_restriction(FUNCTION, restriction)?;
        }
        let claimed = self.handle.inner.backend.claims(Capabilities::RESTRICTIONS);
        self.run(FUNCTION, move |view, live, table| {
            let by_guest = claimed && set_restriction(live, table, restriction.as_ref())?;
            view.restrict(if by_guest { None } else { restriction });
            Ok(())
        })
        .await
    }

    /// Sorts the rows; with none, in their natural order (MS-OXCTABL 2.2.2.3).
    ///
    /// # Errors
    /// The order is malformed or asks for categories; the call failed. The view stays as it was.
    pub async fn set_sort_order(&self, order: Option<SortOrder>) -> Result<(), CallError> {
        const FUNCTION: &str = "table.set-sort-order";
        if let Some(order) = &order {
            property::check_sort_order(order).map_err(|problem| CallError::InvalidArgument {
                function: FUNCTION,
                problem: problem.to_string(),
            })?;
        }
        let claimed = self.handle.inner.backend.claims(Capabilities::SORTING);
        self.run(FUNCTION, move |view, live, table| {
            let by_guest = claimed && set_sort_order(live, table, order.as_ref())?;
            view.sort(if by_guest { None } else { order });
            Ok(())
        })
        .await
    }

    /// How many rows the view has.
    ///
    /// # Errors
    /// The call failed.
    pub async fn row_count(&self) -> Result<u32, CallError> {
        self.run("table.row-count", |view, live, table| view.row_count(live, table)).await
    }

    /// Up to `count` rows from `start`; past the end none, and `at_end` (MS-OXCTABL 2.2.2.5).
    ///
    /// # Errors
    /// There are no columns yet; the call failed, or its answer breaks the contract.
    pub async fn query_rows(&self, start: u32, count: u32) -> Result<RowBatch, CallError> {
        self.run("table.query-rows", move |view, live, table| view.query_rows(live, table, start, count))
            .await
    }

    /// The first row from `start`, itself included, that satisfies the restriction (MS-OXCTABL 2.2.2.13). The view
    /// keeps its own restriction.
    ///
    /// # Errors
    /// There are no columns yet; the restriction is malformed, or cannot be evaluated; the call failed, or its answer breaks the contract.
    pub async fn find_row(
        &self,
        start: u32,
        direction: Direction,
        restriction: Restriction,
    ) -> Result<Option<FoundRow>, CallError> {
        const FUNCTION: &str = "table.find-row";
        check_restriction(FUNCTION, &restriction)?;
        let claimed = self.handle.inner.backend.claims(Capabilities::FIND_ROW);
        self.run(FUNCTION, move |view, live, table| {
            view.need_columns(live, FUNCTION)?;
            if claimed && !view.is_by_host() {
                let found = live.guest.call(FUNCTION, |store, world| {
                    store.data_mut().traffic.hand(&restriction);
                    let calls = world.mapistore_backend_objects().table();
                    calls.call_find_row(store, table, start, direction, &restriction)
                });
                match found {
                    Err(error) if error.code() == Some(ErrorCode::TooComplex) => {}
                    Err(error) => return Err(error),
                    Ok(found) => {
                        let row = found.as_ref();
                        row.map_or(Ok(()), |row| check::found_row(view.columns(), row, view.inline_limit()))
                            .map_err(|problem| live.guest.invalid(FUNCTION, problem))?;
                        return Ok(found);
                    }
                }
            }
            view.find_row(live, table, start, direction, restriction)
        })
        .await
    }

    /// Looks at the folder again. Columns, restriction and sort order stay.
    ///
    /// # Errors
    /// The call failed.
    pub async fn refresh(&self) -> Result<(), CallError> {
        const FUNCTION: &str = "table.refresh";
        self.run(FUNCTION, |view, live, table| {
            view.forget_rows();
            live.guest.call(FUNCTION, |store, world| {
                world.mapistore_backend_objects().table().call_refresh(store, table)
            })
        })
        .await
    }
}

fn check_restriction(function: &'static str, restriction: &[RestrictionNode]) -> Result<(), CallError> {
    property::check_restriction(restriction)
        .map_err(|problem| CallError::InvalidArgument { function, problem: problem.to_string() })
}

/// Lets the guest restrict; false if it cannot. Then it shows all rows.
fn set_restriction(
    live: &mut Live,
    table: ResourceAny,
    restriction: Option<&Restriction>,
) -> Result<bool, CallError> {
    let mut set = |restriction: Option<&Restriction>| {
        live.guest.call("table.set-restriction", |store, world| {
            store.data_mut().traffic.hand(&restriction);
            world.mapistore_backend_objects().table().call_set_restriction(store, table, restriction)
        })
    };
    by_guest(set(restriction), || set(None))
}

/// Lets the guest sort; false if it cannot. Then its rows are in their natural order.
fn set_sort_order(
    live: &mut Live,
    table: ResourceAny,
    order: Option<&types::SortOrder>,
) -> Result<bool, CallError> {
    let mut set = |order: Option<&types::SortOrder>| {
        live.guest.call("table.set-sort-order", |store, world| {
            store.data_mut().traffic.hand(&order);
            world.mapistore_backend_objects().table().call_set_sort_order(store, table, order)
        })
    };
    by_guest(set(order), || set(None))
}

fn by_guest(
    set: Result<(), CallError>,
    clear: impl FnOnce() -> Result<(), CallError>,
) -> Result<bool, CallError> {
    match set {
        Ok(()) => Ok(true),
        Err(error) if error.code() == Some(ErrorCode::TooComplex) => clear().map(|()| false),
        Err(error) => Err(error),
    }
}
