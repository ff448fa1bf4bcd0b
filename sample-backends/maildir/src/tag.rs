//! Tags that the SDK has no name for.

use mapistore_sdk::types::PropertyTag;

/// PidTagSenderSmtpAddress (MS-OXPROPS).
pub(crate) const SENDER_SMTP_ADDRESS: PropertyTag = 0x5D01_001F;
/// PidTagSentRepresentingSmtpAddress (MS-OXPROPS).
pub(crate) const SENT_REPRESENTING_SMTP_ADDRESS: PropertyTag = 0x5D02_001F;
/// PR_INTERNET_CONTENT: the message as MIME, byte for byte.
pub(crate) const INTERNET_CONTENT: PropertyTag = 0x6659_0102;
