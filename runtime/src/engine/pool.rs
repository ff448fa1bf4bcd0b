//! Where stores live: slots of address space that are reserved once and used again, by the profile that the operator chose.
//! Knows numbers only.

use wasmtime::{Enabled, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::config::Profile;

/// Bytes of a linear memory that stay resident in a free slot, in the profile `trusted`: about what a small guest writes
/// between its `create-context` and its end, so that the next context finds pages instead of faults. More is slower.
const KEEP_RESIDENT_BYTES: usize = 64 << 10;

/// Calls without a context (listings, new roots) and registrations, which need slots as well: one for every thread that may
/// make one, those that wait for a processor included.
const SLOTS_BESIDES_CONTEXTS: u32 = 1_024;

/// The most tables of a usual component: its own, and those of the shims that `wit-component` adds.
const TABLES_PER_CONTEXT: u32 = 4;

/// Elements of a table: Python has the largest known, with about 12,000 functions. Untouched ones cost nothing.
const TABLE_ELEMENTS_MAX: usize = 65_536;

/// Modules, memories and tables of one component. Python's have about 30 modules around one memory.
const MODULES_MAX: u32 = 256;
const MEMORIES_MAX: u32 = 16;
const TABLES_MAX: u32 = 64;

pub(super) fn strategy(profile: Profile, contexts_awake_max: u32) -> InstanceAllocationStrategy {
    let slots = contexts_awake_max.saturating_add(SLOTS_BESIDES_CONTEXTS);
    let mut pool = PoolingAllocationConfig::new();
    // What runs out is memories; the others follow. A slot is 4 GiB of addresses and a guard behind it, so that
    // compiled code needs no bounds checks: 128 TiB of addresses have room for 32,000.
    pool.total_memories(slots)
        .total_tables(slots.saturating_mul(TABLES_PER_CONTEXT))
        .total_component_instances(slots)
        .total_core_instances(slots.saturating_mul(MODULES_MAX))
        // Any size: `memory_max_bytes` is kept by the store's limiter, which counts all memories together.
        .max_memory_size(usize::try_from(4_u64 << 30).unwrap_or(usize::MAX))
        .table_elements(TABLE_ELEMENTS_MAX)
        .max_core_instances_per_component(MODULES_MAX)
        .max_memories_per_component(MEMORIES_MAX)
        .max_memories_per_module(MEMORIES_MAX)
        .max_tables_per_component(TABLES_MAX)
        .max_tables_per_module(TABLES_MAX)
        .max_component_instance_size(4 << 20)
        .max_core_instance_size(4 << 20);
    match profile {
        // Nothing stays of a context: the kernel takes every page back before the slot is used again. Scanning which
        // pages were written can miss swapped ones in wasmtime 48, which would hand them to the next tenant.
        Profile::Tenants => {
            pool.linear_memory_keep_resident(0).table_keep_resident(0).pagemap_scan(Enabled::No);
        }
        // The pages stay, and are set back to the image by writing them.
        Profile::Trusted => {
            pool.linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
                .table_keep_resident(KEEP_RESIDENT_BYTES)
                .pagemap_scan(Enabled::Auto);
        }
    }
    pool.into()
}
