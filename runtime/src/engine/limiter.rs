//! Adds up what one store holds. wasmtime's own `StoreLimits` bounds each memory by itself, so a component with many
//! memories would get as many times the limit.

use wasmtime::ResourceLimiter;

/// Bytes that a table element takes on the host: a pointer, and one for its lazy initialisation.
const TABLE_ELEMENT_BYTES: u64 = 16;

/// The memories and tables of one store together, against one limit.
pub(crate) struct StoreLimiter {
    held_bytes: u64,
    max_bytes: u64,
    /// What was last asked for and refused. The guest may cope with the refusal; if it traps instead, this is why.
    refused_bytes: Option<u64>,
}

impl StoreLimiter {
    pub(crate) fn new(max_bytes: u64) -> Self {
        Self { held_bytes: 0, max_bytes, refused_bytes: None }
    }

    /// Bytes of linear memory and tables that the store holds.
    pub(crate) fn held_bytes(&self) -> u64 {
        self.held_bytes
    }

    /// Takes note of a refusal: the bytes that the store would have had.
    pub(crate) fn take_refused(&mut self) -> Option<u64> {
        self.refused_bytes.take()
    }

    fn grow(&mut self, current_bytes: u64, desired_bytes: u64) -> bool {
        let total = self.held_bytes.saturating_add(desired_bytes.saturating_sub(current_bytes));
        if total > self.max_bytes {
            self.refused_bytes = Some(total);
            return false;
        }
        self.held_bytes = total;
        true
    }
}

impl ResourceLimiter for StoreLimiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(current as u64, desired as u64))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let bytes = |elements: usize| (elements as u64).saturating_mul(TABLE_ELEMENT_BYTES);
        Ok(self.grow(bytes(current), bytes(desired)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_memories_and_tables_count_against_one_limit() {
        let mut limiter = StoreLimiter::new(100_000);
        assert!(limiter.memory_growing(0, 60_000, None).unwrap());
        assert!(!limiter.memory_growing(0, 60_000, None).unwrap());
        assert_eq!(limiter.take_refused(), Some(120_000));
        assert!(limiter.table_growing(0, 1_000, None).unwrap());
        assert_eq!(limiter.held_bytes(), 76_000);
        assert!(!limiter.table_growing(1_000, 10_000, None).unwrap());
    }

    #[test]
    fn a_refusal_holds_nothing() {
        let mut limiter = StoreLimiter::new(10);
        assert!(!limiter.memory_growing(0, usize::MAX, None).unwrap());
        assert_eq!(limiter.held_bytes(), 0);
    }
}
