// Code generated from the Rust SDK's tags.rs by `go test -run Tags -update`. DO NOT EDIT.

package mapistore

// Property types by their names in MS-OXCDATA 2.11.1.
const (
	PtypUnspecified          PropertyType = 0x0000
	PtypNull                 PropertyType = 0x0001
	PtypInteger16            PropertyType = 0x0002
	PtypInteger32            PropertyType = 0x0003
	PtypFloating32           PropertyType = 0x0004
	PtypFloating64           PropertyType = 0x0005
	PtypCurrency             PropertyType = 0x0006
	PtypFloatingTime         PropertyType = 0x0007
	PtypErrorCode            PropertyType = 0x000A
	PtypBoolean              PropertyType = 0x000B
	PtypObject               PropertyType = 0x000D
	PtypInteger64            PropertyType = 0x0014
	PtypString8              PropertyType = 0x001E
	PtypString               PropertyType = 0x001F
	PtypTime                 PropertyType = 0x0040
	PtypGuid                 PropertyType = 0x0048
	PtypServerId             PropertyType = 0x00FB
	PtypRestriction          PropertyType = 0x00FD
	PtypRuleAction           PropertyType = 0x00FE
	PtypBinary               PropertyType = 0x0102
	PtypMultipleInteger16    PropertyType = 0x1002
	PtypMultipleInteger32    PropertyType = 0x1003
	PtypMultipleFloating32   PropertyType = 0x1004
	PtypMultipleFloating64   PropertyType = 0x1005
	PtypMultipleCurrency     PropertyType = 0x1006
	PtypMultipleFloatingTime PropertyType = 0x1007
	PtypMultipleInteger64    PropertyType = 0x1014
	PtypMultipleString8      PropertyType = 0x101E
	PtypMultipleString       PropertyType = 0x101F
	PtypMultipleTime         PropertyType = 0x1040
	PtypMultipleGuid         PropertyType = 0x1048
	PtypMultipleBinary       PropertyType = 0x1102
)

// Property tags by their names in MS-OXPROPS.
const (
	// PidTagImportance: how important the sender says it is: 0 low, 1 normal, 2 high.
	PidTagImportance = PropertyTag(0x0017<<16 | uint32(PtypInteger32))
	// PidTagMessageClass: what kind of item it is, such as "IPM.Note".
	PidTagMessageClass = PropertyTag(0x001A<<16 | uint32(PtypString))
	// PidTagPriority: how urgent delivery is: -1, 0 or 1.
	PidTagPriority = PropertyTag(0x0026<<16 | uint32(PtypInteger32))
	// PidTagReadReceiptRequested: the sender wants to know when it is read.
	PidTagReadReceiptRequested = PropertyTag(0x0029<<16 | uint32(PtypBoolean))
	// PidTagSensitivity: 0 normal, 1 personal, 2 private, 3 confidential.
	PidTagSensitivity = PropertyTag(0x0036<<16 | uint32(PtypInteger32))
	// PidTagSubject: the whole subject.
	PidTagSubject = PropertyTag(0x0037<<16 | uint32(PtypString))
	// PidTagClientSubmitTime: when the sender submitted it.
	PidTagClientSubmitTime = PropertyTag(0x0039<<16 | uint32(PtypTime))
	// PidTagSubjectPrefix: what stands before the normalized subject, such as "Re: ".
	PidTagSubjectPrefix = PropertyTag(0x003D<<16 | uint32(PtypString))
	// PidTagReceivedByEntryId: the entry id of the recipient who received it.
	PidTagReceivedByEntryId = PropertyTag(0x003F<<16 | uint32(PtypBinary))
	// PidTagReceivedByName: the name of the recipient who received it.
	PidTagReceivedByName = PropertyTag(0x0040<<16 | uint32(PtypString))
	// PidTagSentRepresentingEntryId: the entry id of the user on whose behalf it was sent.
	PidTagSentRepresentingEntryId = PropertyTag(0x0041<<16 | uint32(PtypBinary))
	// PidTagSentRepresentingName: the name of the user on whose behalf it was sent.
	PidTagSentRepresentingName = PropertyTag(0x0042<<16 | uint32(PtypString))
	// PidTagReplyRecipientEntries: where replies should go, as entry ids.
	PidTagReplyRecipientEntries = PropertyTag(0x004F<<16 | uint32(PtypBinary))
	// PidTagReplyRecipientNames: where replies should go, as names.
	PidTagReplyRecipientNames = PropertyTag(0x0050<<16 | uint32(PtypString))
	// PidTagMessageToMe: the user is a primary recipient.
	PidTagMessageToMe = PropertyTag(0x0057<<16 | uint32(PtypBoolean))
	// PidTagMessageCcMe: the user is a copy recipient.
	PidTagMessageCcMe = PropertyTag(0x0058<<16 | uint32(PtypBoolean))
	// PidTagStartDate: when an appointment begins.
	PidTagStartDate = PropertyTag(0x0060<<16 | uint32(PtypTime))
	// PidTagEndDate: when an appointment ends.
	PidTagEndDate = PropertyTag(0x0061<<16 | uint32(PtypTime))
	// PidTagOwnerAppointmentId: what tells an organizer's meetings apart.
	PidTagOwnerAppointmentId = PropertyTag(0x0062<<16 | uint32(PtypInteger32))
	// PidTagResponseRequested: the organizer wants an answer.
	PidTagResponseRequested = PropertyTag(0x0063<<16 | uint32(PtypBoolean))
	// PidTagSentRepresentingAddressType: the type of the address of the user on whose behalf it was sent.
	PidTagSentRepresentingAddressType = PropertyTag(0x0064<<16 | uint32(PtypString))
	// PidTagSentRepresentingEmailAddress: the address of the user on whose behalf it was sent.
	PidTagSentRepresentingEmailAddress = PropertyTag(0x0065<<16 | uint32(PtypString))
	// PidTagConversationTopic: the normalized subject of the first message of a conversation.
	PidTagConversationTopic = PropertyTag(0x0070<<16 | uint32(PtypString))
	// PidTagConversationIndex: where in its conversation a message stands.
	PidTagConversationIndex = PropertyTag(0x0071<<16 | uint32(PtypBinary))
	// PidTagReceivedByAddressType: the type of the address of the recipient who received it.
	PidTagReceivedByAddressType = PropertyTag(0x0075<<16 | uint32(PtypString))
	// PidTagReceivedByEmailAddress: the address of the recipient who received it.
	PidTagReceivedByEmailAddress = PropertyTag(0x0076<<16 | uint32(PtypString))
	// PidTagTransportMessageHeaders: the message's header fields as they were received.
	PidTagTransportMessageHeaders = PropertyTag(0x007D<<16 | uint32(PtypString))
	// PidTagRecipientType: 0 originator, 1 to, 2 cc, 3 bcc.
	PidTagRecipientType = PropertyTag(0x0C15<<16 | uint32(PtypInteger32))
	// PidTagSenderEntryId: the sender's entry id.
	PidTagSenderEntryId = PropertyTag(0x0C19<<16 | uint32(PtypBinary))
	// PidTagSenderName: the sender's name.
	PidTagSenderName = PropertyTag(0x0C1A<<16 | uint32(PtypString))
	// PidTagSenderSearchKey: the sender's search key.
	PidTagSenderSearchKey = PropertyTag(0x0C1D<<16 | uint32(PtypBinary))
	// PidTagSenderAddressType: the type of the sender's address, such as "SMTP".
	PidTagSenderAddressType = PropertyTag(0x0C1E<<16 | uint32(PtypString))
	// PidTagSenderEmailAddress: the sender's address.
	PidTagSenderEmailAddress = PropertyTag(0x0C1F<<16 | uint32(PtypString))
	// PidTagDisplayBcc: the names of the blind copy recipients, with semicolons.
	PidTagDisplayBcc = PropertyTag(0x0E02<<16 | uint32(PtypString))
	// PidTagDisplayCc: the names of the copy recipients, with semicolons.
	PidTagDisplayCc = PropertyTag(0x0E03<<16 | uint32(PtypString))
	// PidTagDisplayTo: the names of the primary recipients, with semicolons.
	PidTagDisplayTo = PropertyTag(0x0E04<<16 | uint32(PtypString))
	// PidTagMessageDeliveryTime: when it was delivered.
	PidTagMessageDeliveryTime = PropertyTag(0x0E06<<16 | uint32(PtypTime))
	// PidTagMessageFlags: the message's state: mfRead, mfUnsent, mfHasAttach.
	PidTagMessageFlags = PropertyTag(0x0E07<<16 | uint32(PtypInteger32))
	// PidTagMessageSize: the size of the object in bytes.
	PidTagMessageSize = PropertyTag(0x0E08<<16 | uint32(PtypInteger32))
	// PidTagMessageSizeExtended: the size of the object in bytes, beyond 2 GiB.
	PidTagMessageSizeExtended = PropertyTag(0x0E08<<16 | uint32(PtypInteger64))
	// PidTagParentEntryId: the entry id of the folder.
	PidTagParentEntryId = PropertyTag(0x0E09<<16 | uint32(PtypBinary))
	// PidTagMessageStatus: the message's state in a contents table.
	PidTagMessageStatus = PropertyTag(0x0E17<<16 | uint32(PtypInteger32))
	// PidTagHasAttachments: there is at least one attachment.
	PidTagHasAttachments = PropertyTag(0x0E1B<<16 | uint32(PtypBoolean))
	// PidTagNormalizedSubject: the subject without its prefix.
	PidTagNormalizedSubject = PropertyTag(0x0E1D<<16 | uint32(PtypString))
	// PidTagRtfInSync: the RTF body agrees with the text body.
	PidTagRtfInSync = PropertyTag(0x0E1F<<16 | uint32(PtypBoolean))
	// PidTagAttachSize: the size of the attachment in bytes.
	PidTagAttachSize = PropertyTag(0x0E20<<16 | uint32(PtypInteger32))
	// PidTagAttachNumber: the attachment's number in its message.
	PidTagAttachNumber = PropertyTag(0x0E21<<16 | uint32(PtypInteger32))
	// PidTagRead: whether the message was read.
	PidTagRead = PropertyTag(0x0E69<<16 | uint32(PtypBoolean))
	// PidTagAccess: what the user may do with the object.
	PidTagAccess = PropertyTag(0x0FF4<<16 | uint32(PtypInteger32))
	// PidTagRowType: what kind of row of a table it is.
	PidTagRowType = PropertyTag(0x0FF5<<16 | uint32(PtypInteger32))
	// PidTagInstanceKey: what identifies a row of a table.
	PidTagInstanceKey = PropertyTag(0x0FF6<<16 | uint32(PtypBinary))
	// PidTagAccessLevel: 0 read-only, 1 modify.
	PidTagAccessLevel = PropertyTag(0x0FF7<<16 | uint32(PtypInteger32))
	// PidTagMappingSignature: which mapping of named properties applies.
	PidTagMappingSignature = PropertyTag(0x0FF8<<16 | uint32(PtypBinary))
	// PidTagRecordKey: what identifies the object within its store.
	PidTagRecordKey = PropertyTag(0x0FF9<<16 | uint32(PtypBinary))
	// PidTagObjectType: what kind of object it is: 3 folder, 5 message, 6 user, 7 attachment.
	PidTagObjectType = PropertyTag(0x0FFE<<16 | uint32(PtypInteger32))
	// PidTagEntryId: what identifies the object.
	PidTagEntryId = PropertyTag(0x0FFF<<16 | uint32(PtypBinary))
	// PidTagBody: the plain text body.
	PidTagBody = PropertyTag(0x1000<<16 | uint32(PtypString))
	// PidTagRtfCompressed: the RTF body, compressed.
	PidTagRtfCompressed = PropertyTag(0x1009<<16 | uint32(PtypBinary))
	// PidTagHtml: the HTML body as bytes.
	PidTagHtml = PropertyTag(0x1013<<16 | uint32(PtypBinary))
	// PidTagNativeBody: which body is the best: 1 plain text, 2 RTF, 3 HTML.
	PidTagNativeBody = PropertyTag(0x1016<<16 | uint32(PtypInteger32))
	// PidTagInternetMessageId: the Message-ID field.
	PidTagInternetMessageId = PropertyTag(0x1035<<16 | uint32(PtypString))
	// PidTagInternetReferences: the References field.
	PidTagInternetReferences = PropertyTag(0x1039<<16 | uint32(PtypString))
	// PidTagInReplyToId: the In-Reply-To field.
	PidTagInReplyToId = PropertyTag(0x1042<<16 | uint32(PtypString))
	// PidTagIconIndex: which icon shows the message.
	PidTagIconIndex = PropertyTag(0x1080<<16 | uint32(PtypInteger32))
	// PidTagLastVerbExecuted: the last action: 102 reply, 103 reply to all, 104 forward.
	PidTagLastVerbExecuted = PropertyTag(0x1081<<16 | uint32(PtypInteger32))
	// PidTagLastVerbExecutionTime: when the last action was.
	PidTagLastVerbExecutionTime = PropertyTag(0x1082<<16 | uint32(PtypTime))
	// PidTagFlagStatus: 1 follow-up done, 2 flagged.
	PidTagFlagStatus = PropertyTag(0x1090<<16 | uint32(PtypInteger32))
	// PidTagFlagCompleteTime: when the follow-up was done.
	PidTagFlagCompleteTime = PropertyTag(0x1091<<16 | uint32(PtypTime))
	// PidTagFollowupIcon: the colour of the flag.
	PidTagFollowupIcon = PropertyTag(0x1095<<16 | uint32(PtypInteger32))
	// PidTagRowid: the number of a recipient's row.
	PidTagRowid = PropertyTag(0x3000<<16 | uint32(PtypInteger32))
	// PidTagDisplayName: the name that people see.
	PidTagDisplayName = PropertyTag(0x3001<<16 | uint32(PtypString))
	// PidTagAddressType: the type of an address, such as "SMTP".
	PidTagAddressType = PropertyTag(0x3002<<16 | uint32(PtypString))
	// PidTagEmailAddress: an address.
	PidTagEmailAddress = PropertyTag(0x3003<<16 | uint32(PtypString))
	// PidTagComment: A comment, or what a note is about.
	PidTagComment = PropertyTag(0x3004<<16 | uint32(PtypString))
	// PidTagDepth: how deep a row of a hierarchy lies.
	PidTagDepth = PropertyTag(0x3005<<16 | uint32(PtypInteger32))
	// PidTagCreationTime: when the object was made.
	PidTagCreationTime = PropertyTag(0x3007<<16 | uint32(PtypTime))
	// PidTagLastModificationTime: when the object was last changed.
	PidTagLastModificationTime = PropertyTag(0x3008<<16 | uint32(PtypTime))
	// PidTagSearchKey: what finds equal objects.
	PidTagSearchKey = PropertyTag(0x300B<<16 | uint32(PtypBinary))
	// PidTagFolderType: 0 root, 1 generic, 2 search.
	PidTagFolderType = PropertyTag(0x3601<<16 | uint32(PtypInteger32))
	// PidTagContentCount: how many messages the folder has.
	PidTagContentCount = PropertyTag(0x3602<<16 | uint32(PtypInteger32))
	// PidTagContentUnreadCount: how many unread messages the folder has.
	PidTagContentUnreadCount = PropertyTag(0x3603<<16 | uint32(PtypInteger32))
	// PidTagSubfolders: the folder has sub-folders.
	PidTagSubfolders = PropertyTag(0x360A<<16 | uint32(PtypBoolean))
	// PidTagContainerClass: what the folder is for, such as "IPF.Note".
	PidTagContainerClass = PropertyTag(0x3613<<16 | uint32(PtypString))
	// PidTagAssociatedContentCount: how many associated messages the folder has.
	PidTagAssociatedContentCount = PropertyTag(0x3617<<16 | uint32(PtypInteger32))
	// PidTagAttachDataBinary: the attachment's bytes.
	PidTagAttachDataBinary = PropertyTag(0x3701<<16 | uint32(PtypBinary))
	// PidTagAttachDataObject: the attachment as an object: an embedded message.
	PidTagAttachDataObject = PropertyTag(0x3701<<16 | uint32(PtypObject))
	// PidTagAttachEncoding: how the attachment is encoded; empty for not at all.
	PidTagAttachEncoding = PropertyTag(0x3702<<16 | uint32(PtypBinary))
	// PidTagAttachExtension: the file name's extension with its dot.
	PidTagAttachExtension = PropertyTag(0x3703<<16 | uint32(PtypString))
	// PidTagAttachFilename: the file name as 8.3.
	PidTagAttachFilename = PropertyTag(0x3704<<16 | uint32(PtypString))
	// PidTagAttachMethod: 1 by value, 5 embedded message, 6 OLE.
	PidTagAttachMethod = PropertyTag(0x3705<<16 | uint32(PtypInteger32))
	// PidTagAttachLongFilename: the file name.
	PidTagAttachLongFilename = PropertyTag(0x3707<<16 | uint32(PtypString))
	// PidTagRenderingPosition: where in the body it is shown; -1 for nowhere.
	PidTagRenderingPosition = PropertyTag(0x370B<<16 | uint32(PtypInteger32))
	// PidTagAttachMimeTag: the Content-Type field.
	PidTagAttachMimeTag = PropertyTag(0x370E<<16 | uint32(PtypString))
	// PidTagAttachContentId: the Content-ID field.
	PidTagAttachContentId = PropertyTag(0x3712<<16 | uint32(PtypString))
	// PidTagAttachContentLocation: the Content-Location field.
	PidTagAttachContentLocation = PropertyTag(0x3713<<16 | uint32(PtypString))
	// PidTagAttachFlags: what kinds of bodies refer to it.
	PidTagAttachFlags = PropertyTag(0x3714<<16 | uint32(PtypInteger32))
	// PidTagDisplayType: what kind of recipient it is: 0 user, 1 list.
	PidTagDisplayType = PropertyTag(0x3900<<16 | uint32(PtypInteger32))
	// PidTagSmtpAddress: the SMTP address.
	PidTagSmtpAddress = PropertyTag(0x39FE<<16 | uint32(PtypString))
	// PidTagAccount: the account's alias.
	PidTagAccount = PropertyTag(0x3A00<<16 | uint32(PtypString))
	// PidTagGeneration: what follows the name, such as "Jr.".
	PidTagGeneration = PropertyTag(0x3A05<<16 | uint32(PtypString))
	// PidTagGivenName: the given name.
	PidTagGivenName = PropertyTag(0x3A06<<16 | uint32(PtypString))
	// PidTagBusinessTelephoneNumber: the telephone number at work.
	PidTagBusinessTelephoneNumber = PropertyTag(0x3A08<<16 | uint32(PtypString))
	// PidTagHomeTelephoneNumber: the telephone number at home.
	PidTagHomeTelephoneNumber = PropertyTag(0x3A09<<16 | uint32(PtypString))
	// PidTagInitials: the initials.
	PidTagInitials = PropertyTag(0x3A0A<<16 | uint32(PtypString))
	// PidTagSurname: the family name.
	PidTagSurname = PropertyTag(0x3A11<<16 | uint32(PtypString))
	// PidTagPostalAddress: the complete postal address.
	PidTagPostalAddress = PropertyTag(0x3A15<<16 | uint32(PtypString))
	// PidTagCompanyName: the company.
	PidTagCompanyName = PropertyTag(0x3A16<<16 | uint32(PtypString))
	// PidTagTitle: the job title.
	PidTagTitle = PropertyTag(0x3A17<<16 | uint32(PtypString))
	// PidTagDepartmentName: the department.
	PidTagDepartmentName = PropertyTag(0x3A18<<16 | uint32(PtypString))
	// PidTagOfficeLocation: the office.
	PidTagOfficeLocation = PropertyTag(0x3A19<<16 | uint32(PtypString))
	// PidTagBusiness2TelephoneNumber: the second telephone number at work.
	PidTagBusiness2TelephoneNumber = PropertyTag(0x3A1B<<16 | uint32(PtypString))
	// PidTagMobileTelephoneNumber: the mobile telephone number.
	PidTagMobileTelephoneNumber = PropertyTag(0x3A1C<<16 | uint32(PtypString))
	// PidTagOtherTelephoneNumber: another telephone number.
	PidTagOtherTelephoneNumber = PropertyTag(0x3A1F<<16 | uint32(PtypString))
	// PidTagBusinessFaxNumber: the fax number at work.
	PidTagBusinessFaxNumber = PropertyTag(0x3A24<<16 | uint32(PtypString))
	// PidTagHomeFaxNumber: the fax number at home.
	PidTagHomeFaxNumber = PropertyTag(0x3A25<<16 | uint32(PtypString))
	// PidTagCountry: the country of the postal address.
	PidTagCountry = PropertyTag(0x3A26<<16 | uint32(PtypString))
	// PidTagLocality: the town of the postal address.
	PidTagLocality = PropertyTag(0x3A27<<16 | uint32(PtypString))
	// PidTagStateOrProvince: the state of the postal address.
	PidTagStateOrProvince = PropertyTag(0x3A28<<16 | uint32(PtypString))
	// PidTagStreetAddress: the street of the postal address.
	PidTagStreetAddress = PropertyTag(0x3A29<<16 | uint32(PtypString))
	// PidTagPostalCode: the postal code.
	PidTagPostalCode = PropertyTag(0x3A2A<<16 | uint32(PtypString))
	// PidTagWeddingAnniversary: the wedding day.
	PidTagWeddingAnniversary = PropertyTag(0x3A41<<16 | uint32(PtypTime))
	// PidTagBirthday: the birthday.
	PidTagBirthday = PropertyTag(0x3A42<<16 | uint32(PtypTime))
	// PidTagMiddleName: the middle name.
	PidTagMiddleName = PropertyTag(0x3A44<<16 | uint32(PtypString))
	// PidTagDisplayNamePrefix: what precedes the name, such as "Dr.".
	PidTagDisplayNamePrefix = PropertyTag(0x3A45<<16 | uint32(PtypString))
	// PidTagProfession: the profession.
	PidTagProfession = PropertyTag(0x3A46<<16 | uint32(PtypString))
	// PidTagSpouseName: the spouse's name.
	PidTagSpouseName = PropertyTag(0x3A48<<16 | uint32(PtypString))
	// PidTagNickname: the nickname.
	PidTagNickname = PropertyTag(0x3A4F<<16 | uint32(PtypString))
	// PidTagPersonalHomePage: the personal web page.
	PidTagPersonalHomePage = PropertyTag(0x3A50<<16 | uint32(PtypString))
	// PidTagBusinessHomePage: the company's web page.
	PidTagBusinessHomePage = PropertyTag(0x3A51<<16 | uint32(PtypString))
	// PidTagHomeAddressCity: the town at home.
	PidTagHomeAddressCity = PropertyTag(0x3A59<<16 | uint32(PtypString))
	// PidTagHomeAddressCountry: the country at home.
	PidTagHomeAddressCountry = PropertyTag(0x3A5A<<16 | uint32(PtypString))
	// PidTagHomeAddressPostalCode: the postal code at home.
	PidTagHomeAddressPostalCode = PropertyTag(0x3A5B<<16 | uint32(PtypString))
	// PidTagHomeAddressStateOrProvince: the state at home.
	PidTagHomeAddressStateOrProvince = PropertyTag(0x3A5C<<16 | uint32(PtypString))
	// PidTagHomeAddressStreet: the street at home.
	PidTagHomeAddressStreet = PropertyTag(0x3A5D<<16 | uint32(PtypString))
	// PidTagInternetCodepage: the code page of the HTML body.
	PidTagInternetCodepage = PropertyTag(0x3FDE<<16 | uint32(PtypInteger32))
	// PidTagMessageLocaleId: the locale of the message.
	PidTagMessageLocaleId = PropertyTag(0x3FF1<<16 | uint32(PtypInteger32))
	// PidTagCreatorName: who made the message.
	PidTagCreatorName = PropertyTag(0x3FF8<<16 | uint32(PtypString))
	// PidTagLastModifierName: who last changed the message.
	PidTagLastModifierName = PropertyTag(0x3FFA<<16 | uint32(PtypString))
	// PidTagMessageCodepage: the code page of the message.
	PidTagMessageCodepage = PropertyTag(0x3FFD<<16 | uint32(PtypInteger32))
	// PidTagRecipientOrder: where in the list a recipient stands.
	PidTagRecipientOrder = PropertyTag(0x5FDF<<16 | uint32(PtypInteger32))
	// PidTagRecipientDisplayName: A recipient's name.
	PidTagRecipientDisplayName = PropertyTag(0x5FF6<<16 | uint32(PtypString))
	// PidTagRecipientEntryId: A recipient's entry id.
	PidTagRecipientEntryId = PropertyTag(0x5FF7<<16 | uint32(PtypBinary))
	// PidTagRecipientFlags: what a recipient is in a meeting.
	PidTagRecipientFlags = PropertyTag(0x5FFD<<16 | uint32(PtypInteger32))
	// PidTagRecipientTrackStatus: what a recipient answered to a meeting.
	PidTagRecipientTrackStatus = PropertyTag(0x5FFF<<16 | uint32(PtypInteger32))
	// PidTagSourceKey: the object's id in synchronization.
	PidTagSourceKey = PropertyTag(0x65E0<<16 | uint32(PtypBinary))
	// PidTagParentSourceKey: the folder's id in synchronization.
	PidTagParentSourceKey = PropertyTag(0x65E1<<16 | uint32(PtypBinary))
	// PidTagChangeKey: the object's last change in synchronization.
	PidTagChangeKey = PropertyTag(0x65E2<<16 | uint32(PtypBinary))
	// PidTagPredecessorChangeList: the changes that the object contains.
	PidTagPredecessorChangeList = PropertyTag(0x65E3<<16 | uint32(PtypBinary))
	// PidTagFolderChildCount: how many sub-folders the folder has.
	PidTagFolderChildCount = PropertyTag(0x6638<<16 | uint32(PtypInteger32))
	// PidTagRights: what the user may do in the folder.
	PidTagRights = PropertyTag(0x6639<<16 | uint32(PtypInteger32))
	// PidTagMemberId: which row of a permissions table it is.
	PidTagMemberId = PropertyTag(0x6671<<16 | uint32(PtypInteger64))
	// PidTagMemberName: whose permissions a row shows.
	PidTagMemberName = PropertyTag(0x6672<<16 | uint32(PtypString))
	// PidTagMemberRights: the permissions of a row.
	PidTagMemberRights = PropertyTag(0x6673<<16 | uint32(PtypInteger32))
	// PidTagLocalCommitTimeMax: when anything in the folder last changed.
	PidTagLocalCommitTimeMax = PropertyTag(0x670A<<16 | uint32(PtypTime))
	// PidTagDeletedCountTotal: how many messages were ever deleted from the folder.
	PidTagDeletedCountTotal = PropertyTag(0x670B<<16 | uint32(PtypInteger32))
	// PidTagFolderId: the folder's FID.
	PidTagFolderId = PropertyTag(0x6748<<16 | uint32(PtypInteger64))
	// PidTagParentFolderId: the FID of the folder that it is in.
	PidTagParentFolderId = PropertyTag(0x6749<<16 | uint32(PtypInteger64))
	// PidTagMid: the message's MID.
	PidTagMid = PropertyTag(0x674A<<16 | uint32(PtypInteger64))
	// PidTagInstId: the MID or FID of a row of a table.
	PidTagInstId = PropertyTag(0x674D<<16 | uint32(PtypInteger64))
	// PidTagInstanceNum: which of several rows of one message it is.
	PidTagInstanceNum = PropertyTag(0x674E<<16 | uint32(PtypInteger32))
	// PidTagChangeNumber: the object's change number.
	PidTagChangeNumber = PropertyTag(0x67A4<<16 | uint32(PtypInteger64))
	// PidTagAssociated: it is folder associated information.
	PidTagAssociated = PropertyTag(0x67AA<<16 | uint32(PtypBoolean))
	// PidTagExceptionStartTime: when an exception of a recurring appointment begins.
	PidTagExceptionStartTime = PropertyTag(0x7FFB<<16 | uint32(PtypTime))
	// PidTagExceptionEndTime: when an exception of a recurring appointment ends.
	PidTagExceptionEndTime = PropertyTag(0x7FFC<<16 | uint32(PtypTime))
	// PidTagAttachmentFlags: whether the attachment is an exception of a recurring appointment.
	PidTagAttachmentFlags = PropertyTag(0x7FFD<<16 | uint32(PtypInteger32))
	// PidTagAttachmentHidden: the attachment is not shown in lists.
	PidTagAttachmentHidden = PropertyTag(0x7FFE<<16 | uint32(PtypBoolean))
	// PrInternetContent: the message as MIME, byte for byte; from mapidefs, not in MS-OXPROPS.
	PrInternetContent = PropertyTag(0x6659<<16 | uint32(PtypBinary))
)
