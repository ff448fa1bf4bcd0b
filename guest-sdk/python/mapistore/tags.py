"""Property tags by their names in MS-OXPROPS, and property types by theirs in MS-OXCDATA 2.11.1.

A tag has the property's id in its high 16 bits and its type in the low ones. Made by `generate.py`; do not edit.
"""

from typing import Final


def property_id(tag: int) -> int:
    """The property's id."""
    return tag >> 16


def property_type(tag: int) -> int:
    """The property's type: one of `PTYP_...`."""
    return tag & 0xFFFF


def property_tag(id: int, type: int) -> int:
    """The tag of this id and type, as for a named property."""
    return id << 16 | type


def with_type(tag: int, type: int) -> int:
    """The same property, of another type."""
    return property_tag(property_id(tag), type)


PTYP_UNSPECIFIED: Final = 0x0000
PTYP_NULL: Final = 0x0001
PTYP_INTEGER16: Final = 0x0002
PTYP_INTEGER32: Final = 0x0003
PTYP_FLOATING32: Final = 0x0004
PTYP_FLOATING64: Final = 0x0005
PTYP_CURRENCY: Final = 0x0006
PTYP_FLOATING_TIME: Final = 0x0007
PTYP_ERROR_CODE: Final = 0x000A
PTYP_BOOLEAN: Final = 0x000B
PTYP_OBJECT: Final = 0x000D
PTYP_INTEGER64: Final = 0x0014
PTYP_STRING8: Final = 0x001E
PTYP_STRING: Final = 0x001F
PTYP_TIME: Final = 0x0040
PTYP_GUID: Final = 0x0048
PTYP_SERVER_ID: Final = 0x00FB
PTYP_RESTRICTION: Final = 0x00FD
PTYP_RULE_ACTION: Final = 0x00FE
PTYP_BINARY: Final = 0x0102
PTYP_MULTIPLE_INTEGER16: Final = 0x1002
PTYP_MULTIPLE_INTEGER32: Final = 0x1003
PTYP_MULTIPLE_FLOATING32: Final = 0x1004
PTYP_MULTIPLE_FLOATING64: Final = 0x1005
PTYP_MULTIPLE_CURRENCY: Final = 0x1006
PTYP_MULTIPLE_FLOATING_TIME: Final = 0x1007
PTYP_MULTIPLE_INTEGER64: Final = 0x1014
PTYP_MULTIPLE_STRING8: Final = 0x101E
PTYP_MULTIPLE_STRING: Final = 0x101F
PTYP_MULTIPLE_TIME: Final = 0x1040
PTYP_MULTIPLE_GUID: Final = 0x1048
PTYP_MULTIPLE_BINARY: Final = 0x1102

PID_TAG_IMPORTANCE: Final = 0x00170003
"""How important the sender says it is: 0 low, 1 normal, 2 high."""

PID_TAG_MESSAGE_CLASS: Final = 0x001A001F
"""What kind of item it is, such as `IPM.Note`."""

PID_TAG_PRIORITY: Final = 0x00260003
"""How urgent delivery is: -1, 0 or 1."""

PID_TAG_READ_RECEIPT_REQUESTED: Final = 0x0029000B
"""The sender wants to know when it is read."""

PID_TAG_SENSITIVITY: Final = 0x00360003
"""0 normal, 1 personal, 2 private, 3 confidential."""

PID_TAG_SUBJECT: Final = 0x0037001F
"""The whole subject."""

PID_TAG_CLIENT_SUBMIT_TIME: Final = 0x00390040
"""When the sender submitted it."""

PID_TAG_SUBJECT_PREFIX: Final = 0x003D001F
"""What stands before the normalized subject, such as `Re: `."""

PID_TAG_RECEIVED_BY_ENTRY_ID: Final = 0x003F0102
"""The entry id of the recipient who received it."""

PID_TAG_RECEIVED_BY_NAME: Final = 0x0040001F
"""The name of the recipient who received it."""

PID_TAG_SENT_REPRESENTING_ENTRY_ID: Final = 0x00410102
"""The entry id of the user on whose behalf it was sent."""

PID_TAG_SENT_REPRESENTING_NAME: Final = 0x0042001F
"""The name of the user on whose behalf it was sent."""

PID_TAG_REPLY_RECIPIENT_ENTRIES: Final = 0x004F0102
"""Where replies should go, as entry ids."""

PID_TAG_REPLY_RECIPIENT_NAMES: Final = 0x0050001F
"""Where replies should go, as names."""

PID_TAG_MESSAGE_TO_ME: Final = 0x0057000B
"""The user is a primary recipient."""

PID_TAG_MESSAGE_CC_ME: Final = 0x0058000B
"""The user is a copy recipient."""

PID_TAG_START_DATE: Final = 0x00600040
"""When an appointment begins."""

PID_TAG_END_DATE: Final = 0x00610040
"""When an appointment ends."""

PID_TAG_OWNER_APPOINTMENT_ID: Final = 0x00620003
"""What tells an organizer's meetings apart."""

PID_TAG_RESPONSE_REQUESTED: Final = 0x0063000B
"""The organizer wants an answer."""

PID_TAG_SENT_REPRESENTING_ADDRESS_TYPE: Final = 0x0064001F
"""The type of the address of the user on whose behalf it was sent."""

PID_TAG_SENT_REPRESENTING_EMAIL_ADDRESS: Final = 0x0065001F
"""The address of the user on whose behalf it was sent."""

PID_TAG_CONVERSATION_TOPIC: Final = 0x0070001F
"""The normalized subject of the first message of a conversation."""

PID_TAG_CONVERSATION_INDEX: Final = 0x00710102
"""Where in its conversation a message stands."""

PID_TAG_RECEIVED_BY_ADDRESS_TYPE: Final = 0x0075001F
"""The type of the address of the recipient who received it."""

PID_TAG_RECEIVED_BY_EMAIL_ADDRESS: Final = 0x0076001F
"""The address of the recipient who received it."""

PID_TAG_TRANSPORT_MESSAGE_HEADERS: Final = 0x007D001F
"""The message's header fields as they were received."""

PID_TAG_RECIPIENT_TYPE: Final = 0x0C150003
"""0 originator, 1 to, 2 cc, 3 bcc."""

PID_TAG_SENDER_ENTRY_ID: Final = 0x0C190102
"""The sender's entry id."""

PID_TAG_SENDER_NAME: Final = 0x0C1A001F
"""The sender's name."""

PID_TAG_SENDER_SEARCH_KEY: Final = 0x0C1D0102
"""The sender's search key."""

PID_TAG_SENDER_ADDRESS_TYPE: Final = 0x0C1E001F
"""The type of the sender's address, such as `SMTP`."""

PID_TAG_SENDER_EMAIL_ADDRESS: Final = 0x0C1F001F
"""The sender's address."""

PID_TAG_DISPLAY_BCC: Final = 0x0E02001F
"""The names of the blind copy recipients, with semicolons."""

PID_TAG_DISPLAY_CC: Final = 0x0E03001F
"""The names of the copy recipients, with semicolons."""

PID_TAG_DISPLAY_TO: Final = 0x0E04001F
"""The names of the primary recipients, with semicolons."""

PID_TAG_MESSAGE_DELIVERY_TIME: Final = 0x0E060040
"""When it was delivered."""

PID_TAG_MESSAGE_FLAGS: Final = 0x0E070003
"""The message's state: mfRead, mfUnsent, mfHasAttach."""

PID_TAG_MESSAGE_SIZE: Final = 0x0E080003
"""The size of the object in bytes."""

PID_TAG_MESSAGE_SIZE_EXTENDED: Final = 0x0E080014
"""The size of the object in bytes, beyond 2 GiB."""

PID_TAG_PARENT_ENTRY_ID: Final = 0x0E090102
"""The entry id of the folder."""

PID_TAG_MESSAGE_STATUS: Final = 0x0E170003
"""The message's state in a contents table."""

PID_TAG_HAS_ATTACHMENTS: Final = 0x0E1B000B
"""There is at least one attachment."""

PID_TAG_NORMALIZED_SUBJECT: Final = 0x0E1D001F
"""The subject without its prefix."""

PID_TAG_RTF_IN_SYNC: Final = 0x0E1F000B
"""The RTF body agrees with the text body."""

PID_TAG_ATTACH_SIZE: Final = 0x0E200003
"""The size of the attachment in bytes."""

PID_TAG_ATTACH_NUMBER: Final = 0x0E210003
"""The attachment's number in its message."""

PID_TAG_READ: Final = 0x0E69000B
"""Whether the message was read."""

PID_TAG_ACCESS: Final = 0x0FF40003
"""What the user may do with the object."""

PID_TAG_ROW_TYPE: Final = 0x0FF50003
"""What kind of row of a table it is."""

PID_TAG_INSTANCE_KEY: Final = 0x0FF60102
"""What identifies a row of a table."""

PID_TAG_ACCESS_LEVEL: Final = 0x0FF70003
"""0 read-only, 1 modify."""

PID_TAG_MAPPING_SIGNATURE: Final = 0x0FF80102
"""Which mapping of named properties applies."""

PID_TAG_RECORD_KEY: Final = 0x0FF90102
"""What identifies the object within its store."""

PID_TAG_OBJECT_TYPE: Final = 0x0FFE0003
"""What kind of object it is: 3 folder, 5 message, 6 user, 7 attachment."""

PID_TAG_ENTRY_ID: Final = 0x0FFF0102
"""What identifies the object."""

PID_TAG_BODY: Final = 0x1000001F
"""The plain text body."""

PID_TAG_RTF_COMPRESSED: Final = 0x10090102
"""The RTF body, compressed."""

PID_TAG_HTML: Final = 0x10130102
"""The HTML body as bytes."""

PID_TAG_NATIVE_BODY: Final = 0x10160003
"""Which body is the best: 1 plain text, 2 RTF, 3 HTML."""

PID_TAG_INTERNET_MESSAGE_ID: Final = 0x1035001F
"""The Message-ID field."""

PID_TAG_INTERNET_REFERENCES: Final = 0x1039001F
"""The References field."""

PID_TAG_IN_REPLY_TO_ID: Final = 0x1042001F
"""The In-Reply-To field."""

PID_TAG_ICON_INDEX: Final = 0x10800003
"""Which icon shows the message."""

PID_TAG_LAST_VERB_EXECUTED: Final = 0x10810003
"""The last action: 102 reply, 103 reply to all, 104 forward."""

PID_TAG_LAST_VERB_EXECUTION_TIME: Final = 0x10820040
"""When the last action was."""

PID_TAG_FLAG_STATUS: Final = 0x10900003
"""1 follow-up done, 2 flagged."""

PID_TAG_FLAG_COMPLETE_TIME: Final = 0x10910040
"""When the follow-up was done."""

PID_TAG_FOLLOWUP_ICON: Final = 0x10950003
"""The colour of the flag."""

PID_TAG_ROWID: Final = 0x30000003
"""The number of a recipient's row."""

PID_TAG_DISPLAY_NAME: Final = 0x3001001F
"""The name that people see."""

PID_TAG_ADDRESS_TYPE: Final = 0x3002001F
"""The type of an address, such as `SMTP`."""

PID_TAG_EMAIL_ADDRESS: Final = 0x3003001F
"""An address."""

PID_TAG_COMMENT: Final = 0x3004001F
"""A comment, or what a note is about."""

PID_TAG_DEPTH: Final = 0x30050003
"""How deep a row of a hierarchy lies."""

PID_TAG_CREATION_TIME: Final = 0x30070040
"""When the object was made."""

PID_TAG_LAST_MODIFICATION_TIME: Final = 0x30080040
"""When the object was last changed."""

PID_TAG_SEARCH_KEY: Final = 0x300B0102
"""What finds equal objects."""

PID_TAG_FOLDER_TYPE: Final = 0x36010003
"""0 root, 1 generic, 2 search."""

PID_TAG_CONTENT_COUNT: Final = 0x36020003
"""How many messages the folder has."""

PID_TAG_CONTENT_UNREAD_COUNT: Final = 0x36030003
"""How many unread messages the folder has."""

PID_TAG_SUBFOLDERS: Final = 0x360A000B
"""The folder has sub-folders."""

PID_TAG_CONTAINER_CLASS: Final = 0x3613001F
"""What the folder is for, such as `IPF.Note`."""

PID_TAG_ASSOCIATED_CONTENT_COUNT: Final = 0x36170003
"""How many associated messages the folder has."""

PID_TAG_ATTACH_DATA_BINARY: Final = 0x37010102
"""The attachment's bytes."""

PID_TAG_ATTACH_DATA_OBJECT: Final = 0x3701000D
"""The attachment as an object: an embedded message."""

PID_TAG_ATTACH_ENCODING: Final = 0x37020102
"""How the attachment is encoded; empty for not at all."""

PID_TAG_ATTACH_EXTENSION: Final = 0x3703001F
"""The file name's extension with its dot."""

PID_TAG_ATTACH_FILENAME: Final = 0x3704001F
"""The file name as 8.3."""

PID_TAG_ATTACH_METHOD: Final = 0x37050003
"""1 by value, 5 embedded message, 6 OLE."""

PID_TAG_ATTACH_LONG_FILENAME: Final = 0x3707001F
"""The file name."""

PID_TAG_RENDERING_POSITION: Final = 0x370B0003
"""Where in the body it is shown; -1 for nowhere."""

PID_TAG_ATTACH_MIME_TAG: Final = 0x370E001F
"""The Content-Type field."""

PID_TAG_ATTACH_CONTENT_ID: Final = 0x3712001F
"""The Content-ID field."""

PID_TAG_ATTACH_CONTENT_LOCATION: Final = 0x3713001F
"""The Content-Location field."""

PID_TAG_ATTACH_FLAGS: Final = 0x37140003
"""What kinds of bodies refer to it."""

PID_TAG_DISPLAY_TYPE: Final = 0x39000003
"""What kind of recipient it is: 0 user, 1 list."""

PID_TAG_SMTP_ADDRESS: Final = 0x39FE001F
"""The SMTP address."""

PID_TAG_ACCOUNT: Final = 0x3A00001F
"""The account's alias."""

PID_TAG_GENERATION: Final = 0x3A05001F
"""What follows the name, such as `Jr.`."""

PID_TAG_GIVEN_NAME: Final = 0x3A06001F
"""The given name."""

PID_TAG_BUSINESS_TELEPHONE_NUMBER: Final = 0x3A08001F
"""The telephone number at work."""

PID_TAG_HOME_TELEPHONE_NUMBER: Final = 0x3A09001F
"""The telephone number at home."""

PID_TAG_INITIALS: Final = 0x3A0A001F
"""The initials."""

PID_TAG_SURNAME: Final = 0x3A11001F
"""The family name."""

PID_TAG_POSTAL_ADDRESS: Final = 0x3A15001F
"""The complete postal address."""

PID_TAG_COMPANY_NAME: Final = 0x3A16001F
"""The company."""

PID_TAG_TITLE: Final = 0x3A17001F
"""The job title."""

PID_TAG_DEPARTMENT_NAME: Final = 0x3A18001F
"""The department."""

PID_TAG_OFFICE_LOCATION: Final = 0x3A19001F
"""The office."""

PID_TAG_BUSINESS2_TELEPHONE_NUMBER: Final = 0x3A1B001F
"""The second telephone number at work."""

PID_TAG_MOBILE_TELEPHONE_NUMBER: Final = 0x3A1C001F
"""The mobile telephone number."""

PID_TAG_OTHER_TELEPHONE_NUMBER: Final = 0x3A1F001F
"""Another telephone number."""

PID_TAG_BUSINESS_FAX_NUMBER: Final = 0x3A24001F
"""The fax number at work."""

PID_TAG_HOME_FAX_NUMBER: Final = 0x3A25001F
"""The fax number at home."""

PID_TAG_COUNTRY: Final = 0x3A26001F
"""The country of the postal address."""

PID_TAG_LOCALITY: Final = 0x3A27001F
"""The town of the postal address."""

PID_TAG_STATE_OR_PROVINCE: Final = 0x3A28001F
"""The state of the postal address."""

PID_TAG_STREET_ADDRESS: Final = 0x3A29001F
"""The street of the postal address."""

PID_TAG_POSTAL_CODE: Final = 0x3A2A001F
"""The postal code."""

PID_TAG_WEDDING_ANNIVERSARY: Final = 0x3A410040
"""The wedding day."""

PID_TAG_BIRTHDAY: Final = 0x3A420040
"""The birthday."""

PID_TAG_MIDDLE_NAME: Final = 0x3A44001F
"""The middle name."""

PID_TAG_DISPLAY_NAME_PREFIX: Final = 0x3A45001F
"""What precedes the name, such as `Dr.`."""

PID_TAG_PROFESSION: Final = 0x3A46001F
"""The profession."""

PID_TAG_SPOUSE_NAME: Final = 0x3A48001F
"""The spouse's name."""

PID_TAG_NICKNAME: Final = 0x3A4F001F
"""The nickname."""

PID_TAG_PERSONAL_HOME_PAGE: Final = 0x3A50001F
"""The personal web page."""

PID_TAG_BUSINESS_HOME_PAGE: Final = 0x3A51001F
"""The company's web page."""

PID_TAG_HOME_ADDRESS_CITY: Final = 0x3A59001F
"""The town at home."""

PID_TAG_HOME_ADDRESS_COUNTRY: Final = 0x3A5A001F
"""The country at home."""

PID_TAG_HOME_ADDRESS_POSTAL_CODE: Final = 0x3A5B001F
"""The postal code at home."""

PID_TAG_HOME_ADDRESS_STATE_OR_PROVINCE: Final = 0x3A5C001F
"""The state at home."""

PID_TAG_HOME_ADDRESS_STREET: Final = 0x3A5D001F
"""The street at home."""

PID_TAG_INTERNET_CODEPAGE: Final = 0x3FDE0003
"""The code page of the HTML body."""

PID_TAG_MESSAGE_LOCALE_ID: Final = 0x3FF10003
"""The locale of the message."""

PID_TAG_CREATOR_NAME: Final = 0x3FF8001F
"""Who made the message."""

PID_TAG_LAST_MODIFIER_NAME: Final = 0x3FFA001F
"""Who last changed the message."""

PID_TAG_MESSAGE_CODEPAGE: Final = 0x3FFD0003
"""The code page of the message."""

PID_TAG_RECIPIENT_ORDER: Final = 0x5FDF0003
"""Where in the list a recipient stands."""

PID_TAG_RECIPIENT_DISPLAY_NAME: Final = 0x5FF6001F
"""A recipient's name."""

PID_TAG_RECIPIENT_ENTRY_ID: Final = 0x5FF70102
"""A recipient's entry id."""

PID_TAG_RECIPIENT_FLAGS: Final = 0x5FFD0003
"""What a recipient is in a meeting."""

PID_TAG_RECIPIENT_TRACK_STATUS: Final = 0x5FFF0003
"""What a recipient answered to a meeting."""

PID_TAG_SOURCE_KEY: Final = 0x65E00102
"""The object's id in synchronization."""

PID_TAG_PARENT_SOURCE_KEY: Final = 0x65E10102
"""The folder's id in synchronization."""

PID_TAG_CHANGE_KEY: Final = 0x65E20102
"""The object's last change in synchronization."""

PID_TAG_PREDECESSOR_CHANGE_LIST: Final = 0x65E30102
"""The changes that the object contains."""

PID_TAG_FOLDER_CHILD_COUNT: Final = 0x66380003
"""How many sub-folders the folder has."""

PID_TAG_RIGHTS: Final = 0x66390003
"""What the user may do in the folder."""

PID_TAG_MEMBER_ID: Final = 0x66710014
"""Which row of a permissions table it is."""

PID_TAG_MEMBER_NAME: Final = 0x6672001F
"""Whose permissions a row shows."""

PID_TAG_MEMBER_RIGHTS: Final = 0x66730003
"""The permissions of a row."""

PID_TAG_LOCAL_COMMIT_TIME_MAX: Final = 0x670A0040
"""When anything in the folder last changed."""

PID_TAG_DELETED_COUNT_TOTAL: Final = 0x670B0003
"""How many messages were ever deleted from the folder."""

PID_TAG_FOLDER_ID: Final = 0x67480014
"""The folder's FID."""

PID_TAG_PARENT_FOLDER_ID: Final = 0x67490014
"""The FID of the folder that it is in."""

PID_TAG_MID: Final = 0x674A0014
"""The message's MID."""

PID_TAG_INST_ID: Final = 0x674D0014
"""The MID or FID of a row of a table."""

PID_TAG_INSTANCE_NUM: Final = 0x674E0003
"""Which of several rows of one message it is."""

PID_TAG_CHANGE_NUMBER: Final = 0x67A40014
"""The object's change number."""

PID_TAG_ASSOCIATED: Final = 0x67AA000B
"""It is folder associated information."""

PID_TAG_EXCEPTION_START_TIME: Final = 0x7FFB0040
"""When an exception of a recurring appointment begins."""

PID_TAG_EXCEPTION_END_TIME: Final = 0x7FFC0040
"""When an exception of a recurring appointment ends."""

PID_TAG_ATTACHMENT_FLAGS: Final = 0x7FFD0003
"""Whether the attachment is an exception of a recurring appointment."""

PID_TAG_ATTACHMENT_HIDDEN: Final = 0x7FFE000B
"""The attachment is not shown in lists."""

PR_INTERNET_CONTENT: Final = 0x66590102
"""The message as MIME, byte for byte; from mapidefs, not in MS-OXPROPS."""
