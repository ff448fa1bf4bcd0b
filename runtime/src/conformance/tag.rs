//! The property tags that behaviours use, by their names in MS-OXPROPS, and the types of MS-OXCDATA 2.11.1.

use crate::bindings::mapistore::backend::types::PropertyTag;

macro_rules! tags {
    ($($(#[$doc:meta])* $name:ident = $tag:literal;)*) => {
        $($(#[$doc])* pub(super) const $name: PropertyTag = $tag;)*
    };
}
tags! {
    IMPORTANCE = 0x0017_0003;
    MESSAGE_CLASS = 0x001A_001F;
    PRIORITY = 0x0026_0003;
    READ_RECEIPT_REQUESTED = 0x0029_000B;
    SENSITIVITY = 0x0036_0003;
    SUBJECT = 0x0037_001F;
    CLIENT_SUBMIT_TIME = 0x0039_0040;
    SUBJECT_PREFIX = 0x003D_001F;
    CONVERSATION_INDEX = 0x0071_0102;
    SENT_REPRESENTING_NAME = 0x0042_001F;
    SENT_REPRESENTING_EMAIL_ADDRESS = 0x0065_001F;
    MESSAGE_DELIVERY_TIME = 0x0E06_0040;
    MESSAGE_FLAGS = 0x0E07_0003;
    MESSAGE_SIZE = 0x0E08_0003;
    HAS_ATTACHMENTS = 0x0E1B_000B;
    NORMALIZED_SUBJECT = 0x0E1D_001F;
    ATTACH_SIZE = 0x0E20_0003;
    ATTACH_NUMBER = 0x0E21_0003;
    BODY = 0x1000_001F;
    HTML = 0x1013_0102;
    INTERNET_MESSAGE_ID = 0x1035_001F;
    INTERNET_REFERENCES = 0x1039_001F;
    IN_REPLY_TO_ID = 0x1042_001F;
    ICON_INDEX = 0x1080_0003;
    FLAG_STATUS = 0x1090_0003;
    DISPLAY_NAME = 0x3001_001F;
    ADDRESS_TYPE = 0x3002_001F;
    EMAIL_ADDRESS = 0x3003_001F;
    COMMENT = 0x3004_001F;
    CONTENT_COUNT = 0x3602_0003;
    CONTENT_UNREAD_COUNT = 0x3603_0003;
    SUBFOLDERS = 0x360A_000B;
    CONTAINER_CLASS = 0x3613_001F;
    ATTACH_DATA_BINARY = 0x3701_0102;
    ATTACH_METHOD = 0x3705_0003;
    ATTACH_LONG_FILENAME = 0x3707_001F;
    ATTACH_MIME_TAG = 0x370E_001F;
    SMTP_ADDRESS = 0x39FE_001F;
    GIVEN_NAME = 0x3A06_001F;
    BUSINESS_TELEPHONE_NUMBER = 0x3A08_001F;
    SURNAME = 0x3A11_001F;
    COMPANY_NAME = 0x3A16_001F;
    TITLE = 0x3A17_001F;
    MOBILE_TELEPHONE_NUMBER = 0x3A1C_001F;
    /// The bytes of a message, for backends that store mail as MIME (PR_INTERNET_CONTENT).
    INTERNET_CONTENT = 0x6659_0102;
    CHANGE_KEY = 0x65E2_0102;
    PREDECESSOR_CHANGE_LIST = 0x65E3_0102;
    MEMBER_ID = 0x6671_0014;
    MEMBER_RIGHTS = 0x6673_0003;
    FOLDER_ID = 0x6748_0014;
    MID = 0x674A_0014;
    CHANGE_NUMBER = 0x67A4_0014;
}

/// A property of the message's own class (MS-OXPROPS 1.3.3: 0x6800 to 0x7BFF), by the type of its value.
pub(super) const fn own(number: u16, property_type: u16) -> PropertyTag {
    (0x6800 + number as u32) << 16 | property_type as u32
}

/// The same property, whatever its type.
pub(super) const fn unspecified(tag: PropertyTag) -> PropertyTag {
    tag & 0xFFFF_0000
}

/// MSGFLAG_READ (MS-OXCMSG 2.2.1.6).
pub(super) const READ: i32 = 0x01;
/// afByValue and afEmbeddedMessage (MS-OXCMSG 2.2.2.9).
pub(super) const BY_VALUE: i32 = 1;
/// See [`BY_VALUE`].
pub(super) const EMBEDDED: i32 = 5;
