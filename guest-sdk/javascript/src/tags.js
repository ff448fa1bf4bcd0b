// Property tags by their names in MS-OXPROPS, and property types by theirs in MS-OXCDATA 2.11.1. A tag has the property's id in its
// high 16 bits and its type in the low ones. Written by scripts/tags.js; not to be edited.

export const PtypUnspecified = 0x0000;
export const PtypNull = 0x0001;
export const PtypInteger16 = 0x0002;
export const PtypInteger32 = 0x0003;
export const PtypFloating32 = 0x0004;
export const PtypFloating64 = 0x0005;
export const PtypCurrency = 0x0006;
export const PtypFloatingTime = 0x0007;
export const PtypErrorCode = 0x000A;
export const PtypBoolean = 0x000B;
export const PtypObject = 0x000D;
export const PtypInteger64 = 0x0014;
export const PtypString8 = 0x001E;
export const PtypString = 0x001F;
export const PtypTime = 0x0040;
export const PtypGuid = 0x0048;
export const PtypServerId = 0x00FB;
export const PtypRestriction = 0x00FD;
export const PtypRuleAction = 0x00FE;
export const PtypBinary = 0x0102;
export const PtypMultipleInteger16 = 0x1002;
export const PtypMultipleInteger32 = 0x1003;
export const PtypMultipleFloating32 = 0x1004;
export const PtypMultipleFloating64 = 0x1005;
export const PtypMultipleCurrency = 0x1006;
export const PtypMultipleFloatingTime = 0x1007;
export const PtypMultipleInteger64 = 0x1014;
export const PtypMultipleString8 = 0x101E;
export const PtypMultipleString = 0x101F;
export const PtypMultipleTime = 0x1040;
export const PtypMultipleGuid = 0x1048;
export const PtypMultipleBinary = 0x1102;

/** How important the sender says it is: 0 low, 1 normal, 2 high. */
export const PidTagImportance = 0x00170003;
/** What kind of item it is, such as `IPM.Note`. */
export const PidTagMessageClass = 0x001A001F;
/** How urgent delivery is: -1, 0 or 1. */
export const PidTagPriority = 0x00260003;
/** The sender wants to know when it is read. */
export const PidTagReadReceiptRequested = 0x0029000B;
/** 0 normal, 1 personal, 2 private, 3 confidential. */
export const PidTagSensitivity = 0x00360003;
/** The whole subject. */
export const PidTagSubject = 0x0037001F;
/** When the sender submitted it. */
export const PidTagClientSubmitTime = 0x00390040;
/** What stands before the normalized subject, such as `Re: `. */
export const PidTagSubjectPrefix = 0x003D001F;
/** The entry id of the recipient who received it. */
export const PidTagReceivedByEntryId = 0x003F0102;
/** The name of the recipient who received it. */
export const PidTagReceivedByName = 0x0040001F;
/** The entry id of the user on whose behalf it was sent. */
export const PidTagSentRepresentingEntryId = 0x00410102;
/** The name of the user on whose behalf it was sent. */
export const PidTagSentRepresentingName = 0x0042001F;
/** Where replies should go, as entry ids. */
export const PidTagReplyRecipientEntries = 0x004F0102;
/** Where replies should go, as names. */
export const PidTagReplyRecipientNames = 0x0050001F;
/** The user is a primary recipient. */
export const PidTagMessageToMe = 0x0057000B;
/** The user is a copy recipient. */
export const PidTagMessageCcMe = 0x0058000B;
/** When an appointment begins. */
export const PidTagStartDate = 0x00600040;
/** When an appointment ends. */
export const PidTagEndDate = 0x00610040;
/** What tells an organizer's meetings apart. */
export const PidTagOwnerAppointmentId = 0x00620003;
/** The organizer wants an answer. */
export const PidTagResponseRequested = 0x0063000B;
/** The type of the address of the user on whose behalf it was sent. */
export const PidTagSentRepresentingAddressType = 0x0064001F;
/** The address of the user on whose behalf it was sent. */
export const PidTagSentRepresentingEmailAddress = 0x0065001F;
/** The normalized subject of the first message of a conversation. */
export const PidTagConversationTopic = 0x0070001F;
/** Where in its conversation a message stands. */
export const PidTagConversationIndex = 0x00710102;
/** The type of the address of the recipient who received it. */
export const PidTagReceivedByAddressType = 0x0075001F;
/** The address of the recipient who received it. */
export const PidTagReceivedByEmailAddress = 0x0076001F;
/** The message's header fields as they were received. */
export const PidTagTransportMessageHeaders = 0x007D001F;
/** 0 originator, 1 to, 2 cc, 3 bcc. */
export const PidTagRecipientType = 0x0C150003;
/** The sender's entry id. */
export const PidTagSenderEntryId = 0x0C190102;
/** The sender's name. */
export const PidTagSenderName = 0x0C1A001F;
/** The sender's search key. */
export const PidTagSenderSearchKey = 0x0C1D0102;
/** The type of the sender's address, such as `SMTP`. */
export const PidTagSenderAddressType = 0x0C1E001F;
/** The sender's address. */
export const PidTagSenderEmailAddress = 0x0C1F001F;
/** The names of the blind copy recipients, with semicolons. */
export const PidTagDisplayBcc = 0x0E02001F;
/** The names of the copy recipients, with semicolons. */
export const PidTagDisplayCc = 0x0E03001F;
/** The names of the primary recipients, with semicolons. */
export const PidTagDisplayTo = 0x0E04001F;
/** When it was delivered. */
export const PidTagMessageDeliveryTime = 0x0E060040;
/** The message's state: mfRead, mfUnsent, mfHasAttach. */
export const PidTagMessageFlags = 0x0E070003;
/** The size of the object in bytes. */
export const PidTagMessageSize = 0x0E080003;
/** The size of the object in bytes, beyond 2 GiB. */
export const PidTagMessageSizeExtended = 0x0E080014;
/** The entry id of the folder. */
export const PidTagParentEntryId = 0x0E090102;
/** The message's state in a contents table. */
export const PidTagMessageStatus = 0x0E170003;
/** There is at least one attachment. */
export const PidTagHasAttachments = 0x0E1B000B;
/** The subject without its prefix. */
export const PidTagNormalizedSubject = 0x0E1D001F;
/** The RTF body agrees with the text body. */
export const PidTagRtfInSync = 0x0E1F000B;
/** The size of the attachment in bytes. */
export const PidTagAttachSize = 0x0E200003;
/** The attachment's number in its message. */
export const PidTagAttachNumber = 0x0E210003;
/** Whether the message was read. */
export const PidTagRead = 0x0E69000B;
/** What the user may do with the object. */
export const PidTagAccess = 0x0FF40003;
/** What kind of row of a table it is. */
export const PidTagRowType = 0x0FF50003;
/** What identifies a row of a table. */
export const PidTagInstanceKey = 0x0FF60102;
/** 0 read-only, 1 modify. */
export const PidTagAccessLevel = 0x0FF70003;
/** Which mapping of named properties applies. */
export const PidTagMappingSignature = 0x0FF80102;
/** What identifies the object within its store. */
export const PidTagRecordKey = 0x0FF90102;
/** What kind of object it is: 3 folder, 5 message, 6 user, 7 attachment. */
export const PidTagObjectType = 0x0FFE0003;
/** What identifies the object. */
export const PidTagEntryId = 0x0FFF0102;
/** The plain text body. */
export const PidTagBody = 0x1000001F;
/** The RTF body, compressed. */
export const PidTagRtfCompressed = 0x10090102;
/** The HTML body as bytes. */
export const PidTagHtml = 0x10130102;
/** Which body is the best: 1 plain text, 2 RTF, 3 HTML. */
export const PidTagNativeBody = 0x10160003;
/** The Message-ID field. */
export const PidTagInternetMessageId = 0x1035001F;
/** The References field. */
export const PidTagInternetReferences = 0x1039001F;
/** The In-Reply-To field. */
export const PidTagInReplyToId = 0x1042001F;
/** Which icon shows the message. */
export const PidTagIconIndex = 0x10800003;
/** The last action: 102 reply, 103 reply to all, 104 forward. */
export const PidTagLastVerbExecuted = 0x10810003;
/** When the last action was. */
export const PidTagLastVerbExecutionTime = 0x10820040;
/** 1 follow-up done, 2 flagged. */
export const PidTagFlagStatus = 0x10900003;
/** When the follow-up was done. */
export const PidTagFlagCompleteTime = 0x10910040;
/** The colour of the flag. */
export const PidTagFollowupIcon = 0x10950003;
/** The number of a recipient's row. */
export const PidTagRowid = 0x30000003;
/** The name that people see. */
export const PidTagDisplayName = 0x3001001F;
/** The type of an address, such as `SMTP`. */
export const PidTagAddressType = 0x3002001F;
/** An address. */
export const PidTagEmailAddress = 0x3003001F;
/** A comment, or what a note is about. */
export const PidTagComment = 0x3004001F;
/** How deep a row of a hierarchy lies. */
export const PidTagDepth = 0x30050003;
/** When the object was made. */
export const PidTagCreationTime = 0x30070040;
/** When the object was last changed. */
export const PidTagLastModificationTime = 0x30080040;
/** What finds equal objects. */
export const PidTagSearchKey = 0x300B0102;
/** 0 root, 1 generic, 2 search. */
export const PidTagFolderType = 0x36010003;
/** How many messages the folder has. */
export const PidTagContentCount = 0x36020003;
/** How many unread messages the folder has. */
export const PidTagContentUnreadCount = 0x36030003;
/** The folder has sub-folders. */
export const PidTagSubfolders = 0x360A000B;
/** What the folder is for, such as `IPF.Note`. */
export const PidTagContainerClass = 0x3613001F;
/** How many associated messages the folder has. */
export const PidTagAssociatedContentCount = 0x36170003;
/** The attachment's bytes. */
export const PidTagAttachDataBinary = 0x37010102;
/** The attachment as an object: an embedded message. */
export const PidTagAttachDataObject = 0x3701000D;
/** How the attachment is encoded; empty for not at all. */
export const PidTagAttachEncoding = 0x37020102;
/** The file name's extension with its dot. */
export const PidTagAttachExtension = 0x3703001F;
/** The file name as 8.3. */
export const PidTagAttachFilename = 0x3704001F;
/** 1 by value, 5 embedded message, 6 OLE. */
export const PidTagAttachMethod = 0x37050003;
/** The file name. */
export const PidTagAttachLongFilename = 0x3707001F;
/** Where in the body it is shown; -1 for nowhere. */
export const PidTagRenderingPosition = 0x370B0003;
/** The Content-Type field. */
export const PidTagAttachMimeTag = 0x370E001F;
/** The Content-ID field. */
export const PidTagAttachContentId = 0x3712001F;
/** The Content-Location field. */
export const PidTagAttachContentLocation = 0x3713001F;
/** What kinds of bodies refer to it. */
export const PidTagAttachFlags = 0x37140003;
/** What kind of recipient it is: 0 user, 1 list. */
export const PidTagDisplayType = 0x39000003;
/** The SMTP address. */
export const PidTagSmtpAddress = 0x39FE001F;
/** The account's alias. */
export const PidTagAccount = 0x3A00001F;
/** What follows the name, such as `Jr.`. */
export const PidTagGeneration = 0x3A05001F;
/** The given name. */
export const PidTagGivenName = 0x3A06001F;
/** The telephone number at work. */
export const PidTagBusinessTelephoneNumber = 0x3A08001F;
/** The telephone number at home. */
export const PidTagHomeTelephoneNumber = 0x3A09001F;
/** The initials. */
export const PidTagInitials = 0x3A0A001F;
/** The family name. */
export const PidTagSurname = 0x3A11001F;
/** The complete postal address. */
export const PidTagPostalAddress = 0x3A15001F;
/** The company. */
export const PidTagCompanyName = 0x3A16001F;
/** The job title. */
export const PidTagTitle = 0x3A17001F;
/** The department. */
export const PidTagDepartmentName = 0x3A18001F;
/** The office. */
export const PidTagOfficeLocation = 0x3A19001F;
/** The second telephone number at work. */
export const PidTagBusiness2TelephoneNumber = 0x3A1B001F;
/** The mobile telephone number. */
export const PidTagMobileTelephoneNumber = 0x3A1C001F;
/** Another telephone number. */
export const PidTagOtherTelephoneNumber = 0x3A1F001F;
/** The fax number at work. */
export const PidTagBusinessFaxNumber = 0x3A24001F;
/** The fax number at home. */
export const PidTagHomeFaxNumber = 0x3A25001F;
/** The country of the postal address. */
export const PidTagCountry = 0x3A26001F;
/** The town of the postal address. */
export const PidTagLocality = 0x3A27001F;
/** The state of the postal address. */
export const PidTagStateOrProvince = 0x3A28001F;
/** The street of the postal address. */
export const PidTagStreetAddress = 0x3A29001F;
/** The postal code. */
export const PidTagPostalCode = 0x3A2A001F;
/** The wedding day. */
export const PidTagWeddingAnniversary = 0x3A410040;
/** The birthday. */
export const PidTagBirthday = 0x3A420040;
/** The middle name. */
export const PidTagMiddleName = 0x3A44001F;
/** What precedes the name, such as `Dr.`. */
export const PidTagDisplayNamePrefix = 0x3A45001F;
/** The profession. */
export const PidTagProfession = 0x3A46001F;
/** The spouse's name. */
export const PidTagSpouseName = 0x3A48001F;
/** The nickname. */
export const PidTagNickname = 0x3A4F001F;
/** The personal web page. */
export const PidTagPersonalHomePage = 0x3A50001F;
/** The company's web page. */
export const PidTagBusinessHomePage = 0x3A51001F;
/** The town at home. */
export const PidTagHomeAddressCity = 0x3A59001F;
/** The country at home. */
export const PidTagHomeAddressCountry = 0x3A5A001F;
/** The postal code at home. */
export const PidTagHomeAddressPostalCode = 0x3A5B001F;
/** The state at home. */
export const PidTagHomeAddressStateOrProvince = 0x3A5C001F;
/** The street at home. */
export const PidTagHomeAddressStreet = 0x3A5D001F;
/** The code page of the HTML body. */
export const PidTagInternetCodepage = 0x3FDE0003;
/** The locale of the message. */
export const PidTagMessageLocaleId = 0x3FF10003;
/** Who made the message. */
export const PidTagCreatorName = 0x3FF8001F;
/** Who last changed the message. */
export const PidTagLastModifierName = 0x3FFA001F;
/** The code page of the message. */
export const PidTagMessageCodepage = 0x3FFD0003;
/** Where in the list a recipient stands. */
export const PidTagRecipientOrder = 0x5FDF0003;
/** A recipient's name. */
export const PidTagRecipientDisplayName = 0x5FF6001F;
/** A recipient's entry id. */
export const PidTagRecipientEntryId = 0x5FF70102;
/** What a recipient is in a meeting. */
export const PidTagRecipientFlags = 0x5FFD0003;
/** What a recipient answered to a meeting. */
export const PidTagRecipientTrackStatus = 0x5FFF0003;
/** The object's id in synchronization. */
export const PidTagSourceKey = 0x65E00102;
/** The folder's id in synchronization. */
export const PidTagParentSourceKey = 0x65E10102;
/** The object's last change in synchronization. */
export const PidTagChangeKey = 0x65E20102;
/** The changes that the object contains. */
export const PidTagPredecessorChangeList = 0x65E30102;
/** How many sub-folders the folder has. */
export const PidTagFolderChildCount = 0x66380003;
/** What the user may do in the folder. */
export const PidTagRights = 0x66390003;
/** Which row of a permissions table it is. */
export const PidTagMemberId = 0x66710014;
/** Whose permissions a row shows. */
export const PidTagMemberName = 0x6672001F;
/** The permissions of a row. */
export const PidTagMemberRights = 0x66730003;
/** When anything in the folder last changed. */
export const PidTagLocalCommitTimeMax = 0x670A0040;
/** How many messages were ever deleted from the folder. */
export const PidTagDeletedCountTotal = 0x670B0003;
/** The folder's FID. */
export const PidTagFolderId = 0x67480014;
/** The FID of the folder that it is in. */
export const PidTagParentFolderId = 0x67490014;
/** The message's MID. */
export const PidTagMid = 0x674A0014;
/** The MID or FID of a row of a table. */
export const PidTagInstID = 0x674D0014;
/** Which of several rows of one message it is. */
export const PidTagInstanceNum = 0x674E0003;
/** The object's change number. */
export const PidTagChangeNumber = 0x67A40014;
/** It is folder associated information. */
export const PidTagAssociated = 0x67AA000B;
/** When an exception of a recurring appointment begins. */
export const PidTagExceptionStartTime = 0x7FFB0040;
/** When an exception of a recurring appointment ends. */
export const PidTagExceptionEndTime = 0x7FFC0040;
/** Whether the attachment is an exception of a recurring appointment. */
export const PidTagAttachmentFlags = 0x7FFD0003;
/** The attachment is not shown in lists. */
export const PidTagAttachmentHidden = 0x7FFE000B;
/** The message as MIME, byte for byte; from mapidefs, not in MS-OXPROPS. */
export const PR_INTERNET_CONTENT = 0x66590102;
