//! Ids and change numbers, and the one place where a counter becomes either.
//!
//! Both are the six bytes of a GLOBCNT in reversed order, above a 16-bit replica id (MS-OXCDATA 2.2.1). So the
//! numerical order of the raw values means nothing; everything here orders by GLOBCNT.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// The replica id in the low 16 bits of every id that the index hands out.
pub const REPLICA_ID: u16 = 0x0001;

/// A 48-bit counter: the order in which ids, or change numbers, were handed out. Never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Globcnt(u64);

impl Globcnt {
    /// The first counter that is handed out.
    pub const MIN: Globcnt = Globcnt(1);
    /// The last counter that fits.
    pub const MAX: Globcnt = Globcnt((1 << 48) - 1);

    /// Returns the counter with this value, or `None` for 0 and for more than 48 bits.
    pub const fn new(value: u64) -> Option<Globcnt> {
        if value >= Self::MIN.0 && value <= Self::MAX.0 { Some(Globcnt(value)) } else { None }
    }

    /// Returns the value.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The counter as the identifiers' common encoding has it.
    const fn encode(self) -> u64 {
        // The upper 16 bits are 0, so the lower 16 of the reversed value are free for the replica id.
        self.0.swap_bytes() | REPLICA_ID as u64
    }

    const fn decode(raw: u64) -> Option<Globcnt> {
        if raw & 0xFFFF == REPLICA_ID as u64 { Self::new((raw & !0xFFFF).swap_bytes()) } else { None }
    }
}

/// The text is not `0x` and up to 16 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id: write `0x` and 16 hex digits")]
pub struct ParseIdError(String);

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name(pub u64);

        impl $name {
            /// Returns the counter inside, or `None` for 0 and for a value of another replica.
            pub const fn globcnt(self) -> Option<Globcnt> {
                Globcnt::decode(self.0)
            }
        }

        impl From<Globcnt> for $name {
            fn from(globcnt: Globcnt) -> Self {
                $name(globcnt.encode())
            }
        }

        impl Ord for $name {
            /// By GLOBCNT first: the order in which they were handed out.
            fn cmp(&self, other: &Self) -> Ordering {
                let order = |raw: u64| ((raw & !0xFFFF).swap_bytes(), raw & 0xFFFF);
                order(self.0).cmp(&order(other.0))
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:#018x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            /// Reads `0x` and up to 16 hex digits, in either case.
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let error = || ParseIdError(text.to_owned());
                let digits = text.strip_prefix("0x").ok_or_else(error)?;
                // `from_str_radix` would take a sign as well.
                if digits.len() > 16 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                    return Err(error());
                }
                u64::from_str_radix(digits, 16).map($name).map_err(|_| error())
            }
        }
    };
}

identifier! {
    /// A FID or MID as it stands on the wire. Any value can be asked about; only those with a
    /// [`globcnt`](Fmid::globcnt) can have been handed out.
    Fmid
}

identifier! {
    /// A change number (MS-OXCFXICS 2.2.2.1) as it stands on the wire. 0 stands for "before the first".
    ChangeNumber
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn the_counter_is_byte_reversed_above_the_replica_id() {
        let fmid = Fmid::from(Globcnt::new(1).unwrap());
        assert_eq!(fmid.0, 0x0100_0000_0000_0001);
        let fmid = Fmid::from(Globcnt::new(0x0102_0304_0506).unwrap());
        assert_eq!(fmid.0, 0x0605_0403_0201_0001);
        assert_eq!(fmid.globcnt(), Globcnt::new(0x0102_0304_0506));
    }

    #[test]
    fn every_counter_comes_back() {
        for value in (0..48).flat_map(|bit| [1u64 << bit, (1u64 << bit) | 1, (2u64 << bit) - 1]) {
            let globcnt = Globcnt::new(value).unwrap();
            assert_eq!(Fmid::from(globcnt).globcnt(), Some(globcnt));
            assert_eq!(ChangeNumber::from(globcnt).globcnt(), Some(globcnt));
        }
        assert_eq!(Globcnt::new(0), None);
        assert_eq!(Globcnt::new(1 << 48), None);
    }

    #[test]
    fn zero_and_other_replicas_have_no_counter() {
        for raw in [0, 1, 0x0100_0000_0000_0000, 0x0100_0000_0000_0002] {
            assert_eq!(Fmid(raw).globcnt(), None, "{raw:#x}");
        }
    }

    #[test]
    fn order_is_that_of_the_counters_not_of_the_raw_values() {
        let (first, later) = (Fmid::from(Globcnt::new(255).unwrap()), Fmid::from(Globcnt::new(256).unwrap()));
        assert!(first < later);
        assert!(first.0 > later.0);
    }

    #[test]
    fn text_is_0x_and_sixteen_digits_and_is_read_back() {
        let fmid = Fmid::from(Globcnt::new(0xAB).unwrap());
        assert_eq!(fmid.to_string(), "0xab00000000000001");
        assert_eq!(fmid.to_string().parse(), Ok(fmid));
        assert_eq!("0xAB00000000000001".parse(), Ok(fmid));
        assert_eq!(Fmid(1).to_string(), "0x0000000000000001");
        for bad in ["", "0x", "12", "0x+1", "0x1_0", "0x00000000000000001", "x1"] {
            assert!(bad.parse::<Fmid>().is_err(), "{bad}");
        }
    }
}
