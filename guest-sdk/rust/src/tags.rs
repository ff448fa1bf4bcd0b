//! Property tags by their names in MS-OXPROPS, and property types by theirs in MS-OXCDATA 2.11.1.
//!
//! A tag has the property's id in its high 16 bits and its type in the low ones.

pub use crate::types::PropertyTag;

/// The type of a property's value: the low 16 bits of a tag.
pub type PropertyType = u16;

/// The property's id.
pub const fn property_id(tag: PropertyTag) -> u16 {
    (tag >> 16) as u16
}

/// The property's type.
#[expect(clippy::cast_possible_truncation, reason = "the low 16 bits are what is asked for")]
pub const fn property_type(tag: PropertyTag) -> PropertyType {
    tag as u16
}

/// The tag of this id and type, as for a named property.
pub const fn property_tag(id: u16, property_type: PropertyType) -> PropertyTag {
    (id as u32) << 16 | property_type as u32
}

/// The same property, of another type.
pub const fn with_type(tag: PropertyTag, property_type: PropertyType) -> PropertyTag {
    property_tag(property_id(tag), property_type)
}

macro_rules! types {
    ($($name:ident = $value:literal;)*) => {
        $(
            #[doc = concat!("Property type ", stringify!($value), ".")]
            pub const $name: PropertyType = $value;
        )*
    };
}

types! {
    PTYP_UNSPECIFIED = 0x0000;
    PTYP_NULL = 0x0001;
    PTYP_INTEGER16 = 0x0002;
    PTYP_INTEGER32 = 0x0003;
    PTYP_FLOATING32 = 0x0004;
    PTYP_FLOATING64 = 0x0005;
    PTYP_CURRENCY = 0x0006;
    PTYP_FLOATING_TIME = 0x0007;
    PTYP_ERROR_CODE = 0x000A;
    PTYP_BOOLEAN = 0x000B;
    PTYP_OBJECT = 0x000D;
    PTYP_INTEGER64 = 0x0014;
    PTYP_STRING8 = 0x001E;
    PTYP_STRING = 0x001F;
    PTYP_TIME = 0x0040;
    PTYP_GUID = 0x0048;
    PTYP_SERVER_ID = 0x00FB;
    PTYP_RESTRICTION = 0x00FD;
    PTYP_RULE_ACTION = 0x00FE;
    PTYP_BINARY = 0x0102;
    PTYP_MULTIPLE_INTEGER16 = 0x1002;
    PTYP_MULTIPLE_INTEGER32 = 0x1003;
    PTYP_MULTIPLE_FLOATING32 = 0x1004;
    PTYP_MULTIPLE_FLOATING64 = 0x1005;
    PTYP_MULTIPLE_CURRENCY = 0x1006;
    PTYP_MULTIPLE_FLOATING_TIME = 0x1007;
    PTYP_MULTIPLE_INTEGER64 = 0x1014;
    PTYP_MULTIPLE_STRING8 = 0x101E;
    PTYP_MULTIPLE_STRING = 0x101F;
    PTYP_MULTIPLE_TIME = 0x1040;
    PTYP_MULTIPLE_GUID = 0x1048;
    PTYP_MULTIPLE_BINARY = 0x1102;
}

macro_rules! tags {
    ($($name:ident = $id:literal, $kind:ident, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            pub const $name: PropertyTag = property_tag($id, $kind);
        )*
    };
}

tags! {
    PID_TAG_IMPORTANCE = 0x0017, PTYP_INTEGER32, "How important the sender says it is: 0 low, 1 normal, 2 high.";
    PID_TAG_MESSAGE_CLASS = 0x001A, PTYP_STRING, "What kind of item it is, such as `IPM.Note`.";
    PID_TAG_PRIORITY = 0x0026, PTYP_INTEGER32, "How urgent delivery is: -1, 0 or 1.";
    PID_TAG_READ_RECEIPT_REQUESTED = 0x0029, PTYP_BOOLEAN, "The sender wants to know when it is read.";
    PID_TAG_SENSITIVITY = 0x0036, PTYP_INTEGER32, "0 normal, 1 personal, 2 private, 3 confidential.";
    PID_TAG_SUBJECT = 0x0037, PTYP_STRING, "The whole subject.";
    PID_TAG_CLIENT_SUBMIT_TIME = 0x0039, PTYP_TIME, "When the sender submitted it.";
    PID_TAG_SUBJECT_PREFIX = 0x003D, PTYP_STRING, "What stands before the normalized subject, such as `Re: `.";
    PID_TAG_RECEIVED_BY_ENTRY_ID = 0x003F, PTYP_BINARY, "The entry id of the recipient who received it.";
    PID_TAG_RECEIVED_BY_NAME = 0x0040, PTYP_STRING, "The name of the recipient who received it.";
    PID_TAG_SENT_REPRESENTING_ENTRY_ID = 0x0041, PTYP_BINARY, "The entry id of the user on whose behalf it was sent.";
    PID_TAG_SENT_REPRESENTING_NAME = 0x0042, PTYP_STRING, "The name of the user on whose behalf it was sent.";
    PID_TAG_REPLY_RECIPIENT_ENTRIES = 0x004F, PTYP_BINARY, "Where replies should go, as entry ids.";
    PID_TAG_REPLY_RECIPIENT_NAMES = 0x0050, PTYP_STRING, "Where replies should go, as names.";
    PID_TAG_MESSAGE_TO_ME = 0x0057, PTYP_BOOLEAN, "The user is a primary recipient.";
    PID_TAG_MESSAGE_CC_ME = 0x0058, PTYP_BOOLEAN, "The user is a copy recipient.";
    PID_TAG_START_DATE = 0x0060, PTYP_TIME, "When an appointment begins.";
    PID_TAG_END_DATE = 0x0061, PTYP_TIME, "When an appointment ends.";
    PID_TAG_OWNER_APPOINTMENT_ID = 0x0062, PTYP_INTEGER32, "What tells an organizer's meetings apart.";
    PID_TAG_RESPONSE_REQUESTED = 0x0063, PTYP_BOOLEAN, "The organizer wants an answer.";
    PID_TAG_SENT_REPRESENTING_ADDRESS_TYPE = 0x0064, PTYP_STRING, "The type of the address of the user on whose behalf it was sent.";
    PID_TAG_SENT_REPRESENTING_EMAIL_ADDRESS = 0x0065, PTYP_STRING, "The address of the user on whose behalf it was sent.";
    PID_TAG_CONVERSATION_TOPIC = 0x0070, PTYP_STRING, "The normalized subject of the first message of a conversation.";
    PID_TAG_CONVERSATION_INDEX = 0x0071, PTYP_BINARY, "Where in its conversation a message stands.";
    PID_TAG_RECEIVED_BY_ADDRESS_TYPE = 0x0075, PTYP_STRING, "The type of the address of the recipient who received it.";
    PID_TAG_RECEIVED_BY_EMAIL_ADDRESS = 0x0076, PTYP_STRING, "The address of the recipient who received it.";
    PID_TAG_TRANSPORT_MESSAGE_HEADERS = 0x007D, PTYP_STRING, "The message's header fields as they were received.";
    PID_TAG_RECIPIENT_TYPE = 0x0C15, PTYP_INTEGER32, "0 originator, 1 to, 2 cc, 3 bcc.";
    PID_TAG_SENDER_ENTRY_ID = 0x0C19, PTYP_BINARY, "The sender's entry id.";
    PID_TAG_SENDER_NAME = 0x0C1A, PTYP_STRING, "The sender's name.";
    PID_TAG_SENDER_SEARCH_KEY = 0x0C1D, PTYP_BINARY, "The sender's search key.";
    PID_TAG_SENDER_ADDRESS_TYPE = 0x0C1E, PTYP_STRING, "The type of the sender's address, such as `SMTP`.";
    PID_TAG_SENDER_EMAIL_ADDRESS = 0x0C1F, PTYP_STRING, "The sender's address.";
    PID_TAG_DISPLAY_BCC = 0x0E02, PTYP_STRING, "The names of the blind copy recipients, with semicolons.";
    PID_TAG_DISPLAY_CC = 0x0E03, PTYP_STRING, "The names of the copy recipients, with semicolons.";
    PID_TAG_DISPLAY_TO = 0x0E04, PTYP_STRING, "The names of the primary recipients, with semicolons.";
    PID_TAG_MESSAGE_DELIVERY_TIME = 0x0E06, PTYP_TIME, "When it was delivered.";
    PID_TAG_MESSAGE_FLAGS = 0x0E07, PTYP_INTEGER32, "The message's state: mfRead, mfUnsent, mfHasAttach.";
    PID_TAG_MESSAGE_SIZE = 0x0E08, PTYP_INTEGER32, "The size of the object in bytes.";
    PID_TAG_MESSAGE_SIZE_EXTENDED = 0x0E08, PTYP_INTEGER64, "The size of the object in bytes, beyond 2 GiB.";
    PID_TAG_PARENT_ENTRY_ID = 0x0E09, PTYP_BINARY, "The entry id of the folder.";
    PID_TAG_MESSAGE_STATUS = 0x0E17, PTYP_INTEGER32, "The message's state in a contents table.";
    PID_TAG_HAS_ATTACHMENTS = 0x0E1B, PTYP_BOOLEAN, "There is at least one attachment.";
    PID_TAG_NORMALIZED_SUBJECT = 0x0E1D, PTYP_STRING, "The subject without its prefix.";
    PID_TAG_RTF_IN_SYNC = 0x0E1F, PTYP_BOOLEAN, "The RTF body agrees with the text body.";
    PID_TAG_ATTACH_SIZE = 0x0E20, PTYP_INTEGER32, "The size of the attachment in bytes.";
    PID_TAG_ATTACH_NUMBER = 0x0E21, PTYP_INTEGER32, "The attachment's number in its message.";
    PID_TAG_READ = 0x0E69, PTYP_BOOLEAN, "Whether the message was read.";
    PID_TAG_ACCESS = 0x0FF4, PTYP_INTEGER32, "What the user may do with the object.";
    PID_TAG_ROW_TYPE = 0x0FF5, PTYP_INTEGER32, "What kind of row of a table it is.";
    PID_TAG_INSTANCE_KEY = 0x0FF6, PTYP_BINARY, "What identifies a row of a table.";
    PID_TAG_ACCESS_LEVEL = 0x0FF7, PTYP_INTEGER32, "0 read-only, 1 modify.";
    PID_TAG_MAPPING_SIGNATURE = 0x0FF8, PTYP_BINARY, "Which mapping of named properties applies.";
    PID_TAG_RECORD_KEY = 0x0FF9, PTYP_BINARY, "What identifies the object within its store.";
    PID_TAG_OBJECT_TYPE = 0x0FFE, PTYP_INTEGER32, "What kind of object it is: 3 folder, 5 message, 6 user, 7 attachment.";
    PID_TAG_ENTRY_ID = 0x0FFF, PTYP_BINARY, "What identifies the object.";
    PID_TAG_BODY = 0x1000, PTYP_STRING, "The plain text body.";
    PID_TAG_RTF_COMPRESSED = 0x1009, PTYP_BINARY, "The RTF body, compressed.";
    PID_TAG_HTML = 0x1013, PTYP_BINARY, "The HTML body as bytes.";
    PID_TAG_NATIVE_BODY = 0x1016, PTYP_INTEGER32, "Which body is the best: 1 plain text, 2 RTF, 3 HTML.";
    PID_TAG_INTERNET_MESSAGE_ID = 0x1035, PTYP_STRING, "The Message-ID field.";
    PID_TAG_INTERNET_REFERENCES = 0x1039, PTYP_STRING, "The References field.";
    PID_TAG_IN_REPLY_TO_ID = 0x1042, PTYP_STRING, "The In-Reply-To field.";
    PID_TAG_ICON_INDEX = 0x1080, PTYP_INTEGER32, "Which icon shows the message.";
    PID_TAG_LAST_VERB_EXECUTED = 0x1081, PTYP_INTEGER32, "The last action: 102 reply, 103 reply to all, 104 forward.";
    PID_TAG_LAST_VERB_EXECUTION_TIME = 0x1082, PTYP_TIME, "When the last action was.";
    PID_TAG_FLAG_STATUS = 0x1090, PTYP_INTEGER32, "1 follow-up done, 2 flagged.";
    PID_TAG_FLAG_COMPLETE_TIME = 0x1091, PTYP_TIME, "When the follow-up was done.";
    PID_TAG_FOLLOWUP_ICON = 0x1095, PTYP_INTEGER32, "The colour of the flag.";
    PID_TAG_ROWID = 0x3000, PTYP_INTEGER32, "The number of a recipient's row.";
    PID_TAG_DISPLAY_NAME = 0x3001, PTYP_STRING, "The name that people see.";
    PID_TAG_ADDRESS_TYPE = 0x3002, PTYP_STRING, "The type of an address, such as `SMTP`.";
    PID_TAG_EMAIL_ADDRESS = 0x3003, PTYP_STRING, "An address.";
    PID_TAG_COMMENT = 0x3004, PTYP_STRING, "A comment, or what a note is about.";
    PID_TAG_DEPTH = 0x3005, PTYP_INTEGER32, "How deep a row of a hierarchy lies.";
    PID_TAG_CREATION_TIME = 0x3007, PTYP_TIME, "When the object was made.";
    PID_TAG_LAST_MODIFICATION_TIME = 0x3008, PTYP_TIME, "When the object was last changed.";
    PID_TAG_SEARCH_KEY = 0x300B, PTYP_BINARY, "What finds equal objects.";
    PID_TAG_FOLDER_TYPE = 0x3601, PTYP_INTEGER32, "0 root, 1 generic, 2 search.";
    PID_TAG_CONTENT_COUNT = 0x3602, PTYP_INTEGER32, "How many messages the folder has.";
    PID_TAG_CONTENT_UNREAD_COUNT = 0x3603, PTYP_INTEGER32, "How many unread messages the folder has.";
    PID_TAG_SUBFOLDERS = 0x360A, PTYP_BOOLEAN, "The folder has sub-folders.";
    PID_TAG_CONTAINER_CLASS = 0x3613, PTYP_STRING, "What the folder is for, such as `IPF.Note`.";
    PID_TAG_ASSOCIATED_CONTENT_COUNT = 0x3617, PTYP_INTEGER32, "How many associated messages the folder has.";
    PID_TAG_ATTACH_DATA_BINARY = 0x3701, PTYP_BINARY, "The attachment's bytes.";
    PID_TAG_ATTACH_DATA_OBJECT = 0x3701, PTYP_OBJECT, "The attachment as an object: an embedded message.";
    PID_TAG_ATTACH_ENCODING = 0x3702, PTYP_BINARY, "How the attachment is encoded; empty for not at all.";
    PID_TAG_ATTACH_EXTENSION = 0x3703, PTYP_STRING, "The file name's extension with its dot.";
    PID_TAG_ATTACH_FILENAME = 0x3704, PTYP_STRING, "The file name as 8.3.";
    PID_TAG_ATTACH_METHOD = 0x3705, PTYP_INTEGER32, "1 by value, 5 embedded message, 6 OLE.";
    PID_TAG_ATTACH_LONG_FILENAME = 0x3707, PTYP_STRING, "The file name.";
    PID_TAG_RENDERING_POSITION = 0x370B, PTYP_INTEGER32, "Where in the body it is shown; -1 for nowhere.";
    PID_TAG_ATTACH_MIME_TAG = 0x370E, PTYP_STRING, "The Content-Type field.";
    PID_TAG_ATTACH_CONTENT_ID = 0x3712, PTYP_STRING, "The Content-ID field.";
    PID_TAG_ATTACH_CONTENT_LOCATION = 0x3713, PTYP_STRING, "The Content-Location field.";
    PID_TAG_ATTACH_FLAGS = 0x3714, PTYP_INTEGER32, "What kinds of bodies refer to it.";
    PID_TAG_DISPLAY_TYPE = 0x3900, PTYP_INTEGER32, "What kind of recipient it is: 0 user, 1 list.";
    PID_TAG_SMTP_ADDRESS = 0x39FE, PTYP_STRING, "The SMTP address.";
    PID_TAG_ACCOUNT = 0x3A00, PTYP_STRING, "The account's alias.";
    PID_TAG_GENERATION = 0x3A05, PTYP_STRING, "What follows the name, such as `Jr.`.";
    PID_TAG_GIVEN_NAME = 0x3A06, PTYP_STRING, "The given name.";
    PID_TAG_BUSINESS_TELEPHONE_NUMBER = 0x3A08, PTYP_STRING, "The telephone number at work.";
    PID_TAG_HOME_TELEPHONE_NUMBER = 0x3A09, PTYP_STRING, "The telephone number at home.";
    PID_TAG_INITIALS = 0x3A0A, PTYP_STRING, "The initials.";
    PID_TAG_SURNAME = 0x3A11, PTYP_STRING, "The family name.";
    PID_TAG_POSTAL_ADDRESS = 0x3A15, PTYP_STRING, "The complete postal address.";
    PID_TAG_COMPANY_NAME = 0x3A16, PTYP_STRING, "The company.";
    PID_TAG_TITLE = 0x3A17, PTYP_STRING, "The job title.";
    PID_TAG_DEPARTMENT_NAME = 0x3A18, PTYP_STRING, "The department.";
    PID_TAG_OFFICE_LOCATION = 0x3A19, PTYP_STRING, "The office.";
    PID_TAG_BUSINESS2_TELEPHONE_NUMBER = 0x3A1B, PTYP_STRING, "The second telephone number at work.";
    PID_TAG_MOBILE_TELEPHONE_NUMBER = 0x3A1C, PTYP_STRING, "The mobile telephone number.";
    PID_TAG_OTHER_TELEPHONE_NUMBER = 0x3A1F, PTYP_STRING, "Another telephone number.";
    PID_TAG_BUSINESS_FAX_NUMBER = 0x3A24, PTYP_STRING, "The fax number at work.";
    PID_TAG_HOME_FAX_NUMBER = 0x3A25, PTYP_STRING, "The fax number at home.";
    PID_TAG_COUNTRY = 0x3A26, PTYP_STRING, "The country of the postal address.";
    PID_TAG_LOCALITY = 0x3A27, PTYP_STRING, "The town of the postal address.";
    PID_TAG_STATE_OR_PROVINCE = 0x3A28, PTYP_STRING, "The state of the postal address.";
    PID_TAG_STREET_ADDRESS = 0x3A29, PTYP_STRING, "The street of the postal address.";
    PID_TAG_POSTAL_CODE = 0x3A2A, PTYP_STRING, "The postal code.";
    PID_TAG_WEDDING_ANNIVERSARY = 0x3A41, PTYP_TIME, "The wedding day.";
    PID_TAG_BIRTHDAY = 0x3A42, PTYP_TIME, "The birthday.";
    PID_TAG_MIDDLE_NAME = 0x3A44, PTYP_STRING, "The middle name.";
    PID_TAG_DISPLAY_NAME_PREFIX = 0x3A45, PTYP_STRING, "What precedes the name, such as `Dr.`.";
    PID_TAG_PROFESSION = 0x3A46, PTYP_STRING, "The profession.";
    PID_TAG_SPOUSE_NAME = 0x3A48, PTYP_STRING, "The spouse's name.";
    PID_TAG_NICKNAME = 0x3A4F, PTYP_STRING, "The nickname.";
    PID_TAG_PERSONAL_HOME_PAGE = 0x3A50, PTYP_STRING, "The personal web page.";
    PID_TAG_BUSINESS_HOME_PAGE = 0x3A51, PTYP_STRING, "The company's web page.";
    PID_TAG_HOME_ADDRESS_CITY = 0x3A59, PTYP_STRING, "The town at home.";
    PID_TAG_HOME_ADDRESS_COUNTRY = 0x3A5A, PTYP_STRING, "The country at home.";
    PID_TAG_HOME_ADDRESS_POSTAL_CODE = 0x3A5B, PTYP_STRING, "The postal code at home.";
    PID_TAG_HOME_ADDRESS_STATE_OR_PROVINCE = 0x3A5C, PTYP_STRING, "The state at home.";
    PID_TAG_HOME_ADDRESS_STREET = 0x3A5D, PTYP_STRING, "The street at home.";
    PID_TAG_INTERNET_CODEPAGE = 0x3FDE, PTYP_INTEGER32, "The code page of the HTML body.";
    PID_TAG_MESSAGE_LOCALE_ID = 0x3FF1, PTYP_INTEGER32, "The locale of the message.";
    PID_TAG_CREATOR_NAME = 0x3FF8, PTYP_STRING, "Who made the message.";
    PID_TAG_LAST_MODIFIER_NAME = 0x3FFA, PTYP_STRING, "Who last changed the message.";
    PID_TAG_MESSAGE_CODEPAGE = 0x3FFD, PTYP_INTEGER32, "The code page of the message.";
    PID_TAG_RECIPIENT_ORDER = 0x5FDF, PTYP_INTEGER32, "Where in the list a recipient stands.";
    PID_TAG_RECIPIENT_DISPLAY_NAME = 0x5FF6, PTYP_STRING, "A recipient's name.";
    PID_TAG_RECIPIENT_ENTRY_ID = 0x5FF7, PTYP_BINARY, "A recipient's entry id.";
    PID_TAG_RECIPIENT_FLAGS = 0x5FFD, PTYP_INTEGER32, "What a recipient is in a meeting.";
    PID_TAG_RECIPIENT_TRACK_STATUS = 0x5FFF, PTYP_INTEGER32, "What a recipient answered to a meeting.";
    PID_TAG_SOURCE_KEY = 0x65E0, PTYP_BINARY, "The object's id in synchronization.";
    PID_TAG_PARENT_SOURCE_KEY = 0x65E1, PTYP_BINARY, "The folder's id in synchronization.";
    PID_TAG_CHANGE_KEY = 0x65E2, PTYP_BINARY, "The object's last change in synchronization.";
    PID_TAG_PREDECESSOR_CHANGE_LIST = 0x65E3, PTYP_BINARY, "The changes that the object contains.";
    PID_TAG_FOLDER_CHILD_COUNT = 0x6638, PTYP_INTEGER32, "How many sub-folders the folder has.";
    PID_TAG_RIGHTS = 0x6639, PTYP_INTEGER32, "What the user may do in the folder.";
    PID_TAG_MEMBER_ID = 0x6671, PTYP_INTEGER64, "Which row of a permissions table it is.";
    PID_TAG_MEMBER_NAME = 0x6672, PTYP_STRING, "Whose permissions a row shows.";
    PID_TAG_MEMBER_RIGHTS = 0x6673, PTYP_INTEGER32, "The permissions of a row.";
    PID_TAG_LOCAL_COMMIT_TIME_MAX = 0x670A, PTYP_TIME, "When anything in the folder last changed.";
    PID_TAG_DELETED_COUNT_TOTAL = 0x670B, PTYP_INTEGER32, "How many messages were ever deleted from the folder.";
    PID_TAG_FOLDER_ID = 0x6748, PTYP_INTEGER64, "The folder's FID.";
    PID_TAG_PARENT_FOLDER_ID = 0x6749, PTYP_INTEGER64, "The FID of the folder that it is in.";
    PID_TAG_MID = 0x674A, PTYP_INTEGER64, "The message's MID.";
    PID_TAG_INST_ID = 0x674D, PTYP_INTEGER64, "The MID or FID of a row of a table.";
    PID_TAG_INSTANCE_NUM = 0x674E, PTYP_INTEGER32, "Which of several rows of one message it is.";
    PID_TAG_CHANGE_NUMBER = 0x67A4, PTYP_INTEGER64, "The object's change number.";
    PID_TAG_ASSOCIATED = 0x67AA, PTYP_BOOLEAN, "It is folder associated information.";
    PID_TAG_EXCEPTION_START_TIME = 0x7FFB, PTYP_TIME, "When an exception of a recurring appointment begins.";
    PID_TAG_EXCEPTION_END_TIME = 0x7FFC, PTYP_TIME, "When an exception of a recurring appointment ends.";
    PID_TAG_ATTACHMENT_FLAGS = 0x7FFD, PTYP_INTEGER32, "Whether the attachment is an exception of a recurring appointment.";
    PID_TAG_ATTACHMENT_HIDDEN = 0x7FFE, PTYP_BOOLEAN, "The attachment is not shown in lists.";
    PR_INTERNET_CONTENT = 0x6659, PTYP_BINARY, "The message as MIME, byte for byte; from mapidefs, not in MS-OXPROPS.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_an_id_and_a_type() {
        assert_eq!(PID_TAG_DISPLAY_NAME, 0x3001_001F);
        assert_eq!((property_id(PID_TAG_MID), property_type(PID_TAG_MID)), (0x674A, PTYP_INTEGER64));
        assert_eq!(with_type(PID_TAG_SUBJECT, PTYP_STRING8), 0x0037_001E);
    }
}
