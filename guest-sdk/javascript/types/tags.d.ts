export const PtypUnspecified: 0;
export const PtypNull: 1;
export const PtypInteger16: 2;
export const PtypInteger32: 3;
export const PtypFloating32: 4;
export const PtypFloating64: 5;
export const PtypCurrency: 6;
export const PtypFloatingTime: 7;
export const PtypErrorCode: 10;
export const PtypBoolean: 11;
export const PtypObject: 13;
export const PtypInteger64: 20;
export const PtypString8: 30;
export const PtypString: 31;
export const PtypTime: 64;
export const PtypGuid: 72;
export const PtypServerId: 251;
export const PtypRestriction: 253;
export const PtypRuleAction: 254;
export const PtypBinary: 258;
export const PtypMultipleInteger16: 4098;
export const PtypMultipleInteger32: 4099;
export const PtypMultipleFloating32: 4100;
export const PtypMultipleFloating64: 4101;
export const PtypMultipleCurrency: 4102;
export const PtypMultipleFloatingTime: 4103;
export const PtypMultipleInteger64: 4116;
export const PtypMultipleString8: 4126;
export const PtypMultipleString: 4127;
export const PtypMultipleTime: 4160;
export const PtypMultipleGuid: 4168;
export const PtypMultipleBinary: 4354;
/** How important the sender says it is: 0 low, 1 normal, 2 high. */
export const PidTagImportance: 1507331;
/** What kind of item it is, such as `IPM.Note`. */
export const PidTagMessageClass: 1703967;
/** How urgent delivery is: -1, 0 or 1. */
export const PidTagPriority: 2490371;
/** The sender wants to know when it is read. */
export const PidTagReadReceiptRequested: 2686987;
/** 0 normal, 1 personal, 2 private, 3 confidential. */
export const PidTagSensitivity: 3538947;
/** The whole subject. */
export const PidTagSubject: 3604511;
/** When the sender submitted it. */
export const PidTagClientSubmitTime: 3735616;
/** What stands before the normalized subject, such as `Re: `. */
export const PidTagSubjectPrefix: 3997727;
/** The entry id of the recipient who received it. */
export const PidTagReceivedByEntryId: 4129026;
/** The name of the recipient who received it. */
export const PidTagReceivedByName: 4194335;
/** The entry id of the user on whose behalf it was sent. */
export const PidTagSentRepresentingEntryId: 4260098;
/** The name of the user on whose behalf it was sent. */
export const PidTagSentRepresentingName: 4325407;
/** Where replies should go, as entry ids. */
export const PidTagReplyRecipientEntries: 5177602;
/** Where replies should go, as names. */
export const PidTagReplyRecipientNames: 5242911;
/** The user is a primary recipient. */
export const PidTagMessageToMe: 5701643;
/** The user is a copy recipient. */
export const PidTagMessageCcMe: 5767179;
/** When an appointment begins. */
export const PidTagStartDate: 6291520;
/** When an appointment ends. */
export const PidTagEndDate: 6357056;
/** What tells an organizer's meetings apart. */
export const PidTagOwnerAppointmentId: 6422531;
/** The organizer wants an answer. */
export const PidTagResponseRequested: 6488075;
/** The type of the address of the user on whose behalf it was sent. */
export const PidTagSentRepresentingAddressType: 6553631;
/** The address of the user on whose behalf it was sent. */
export const PidTagSentRepresentingEmailAddress: 6619167;
/** The normalized subject of the first message of a conversation. */
export const PidTagConversationTopic: 7340063;
/** Where in its conversation a message stands. */
export const PidTagConversationIndex: 7405826;
/** The type of the address of the recipient who received it. */
export const PidTagReceivedByAddressType: 7667743;
/** The address of the recipient who received it. */
export const PidTagReceivedByEmailAddress: 7733279;
/** The message's header fields as they were received. */
export const PidTagTransportMessageHeaders: 8192031;
/** 0 originator, 1 to, 2 cc, 3 bcc. */
export const PidTagRecipientType: 202702851;
/** The sender's entry id. */
export const PidTagSenderEntryId: 202965250;
/** The sender's name. */
export const PidTagSenderName: 203030559;
/** The sender's search key. */
export const PidTagSenderSearchKey: 203227394;
/** The type of the sender's address, such as `SMTP`. */
export const PidTagSenderAddressType: 203292703;
/** The sender's address. */
export const PidTagSenderEmailAddress: 203358239;
/** The names of the blind copy recipients, with semicolons. */
export const PidTagDisplayBcc: 235012127;
/** The names of the copy recipients, with semicolons. */
export const PidTagDisplayCc: 235077663;
/** The names of the primary recipients, with semicolons. */
export const PidTagDisplayTo: 235143199;
/** When it was delivered. */
export const PidTagMessageDeliveryTime: 235274304;
/** The message's state: mfRead, mfUnsent, mfHasAttach. */
export const PidTagMessageFlags: 235339779;
/** The size of the object in bytes. */
export const PidTagMessageSize: 235405315;
/** The size of the object in bytes, beyond 2 GiB. */
export const PidTagMessageSizeExtended: 235405332;
/** The entry id of the folder. */
export const PidTagParentEntryId: 235471106;
/** The message's state in a contents table. */
export const PidTagMessageStatus: 236388355;
/** There is at least one attachment. */
export const PidTagHasAttachments: 236650507;
/** The subject without its prefix. */
export const PidTagNormalizedSubject: 236781599;
/** The RTF body agrees with the text body. */
export const PidTagRtfInSync: 236912651;
/** The size of the attachment in bytes. */
export const PidTagAttachSize: 236978179;
/** The attachment's number in its message. */
export const PidTagAttachNumber: 237043715;
/** Whether the message was read. */
export const PidTagRead: 241762315;
/** What the user may do with the object. */
export const PidTagAccess: 267649027;
/** What kind of row of a table it is. */
export const PidTagRowType: 267714563;
/** What identifies a row of a table. */
export const PidTagInstanceKey: 267780354;
/** 0 read-only, 1 modify. */
export const PidTagAccessLevel: 267845635;
/** Which mapping of named properties applies. */
export const PidTagMappingSignature: 267911426;
/** What identifies the object within its store. */
export const PidTagRecordKey: 267976962;
/** What kind of object it is: 3 folder, 5 message, 6 user, 7 attachment. */
export const PidTagObjectType: 268304387;
/** What identifies the object. */
export const PidTagEntryId: 268370178;
/** The plain text body. */
export const PidTagBody: 268435487;
/** The RTF body, compressed. */
export const PidTagRtfCompressed: 269025538;
/** The HTML body as bytes. */
export const PidTagHtml: 269680898;
/** Which body is the best: 1 plain text, 2 RTF, 3 HTML. */
export const PidTagNativeBody: 269877251;
/** The Message-ID field. */
export const PidTagInternetMessageId: 271908895;
/** The References field. */
export const PidTagInternetReferences: 272171039;
/** The In-Reply-To field. */
export const PidTagInReplyToId: 272760863;
/** Which icon shows the message. */
export const PidTagIconIndex: 276824067;
/** The last action: 102 reply, 103 reply to all, 104 forward. */
export const PidTagLastVerbExecuted: 276889603;
/** When the last action was. */
export const PidTagLastVerbExecutionTime: 276955200;
/** 1 follow-up done, 2 flagged. */
export const PidTagFlagStatus: 277872643;
/** When the follow-up was done. */
export const PidTagFlagCompleteTime: 277938240;
/** The colour of the flag. */
export const PidTagFollowupIcon: 278200323;
/** The number of a recipient's row. */
export const PidTagRowid: 805306371;
/** The name that people see. */
export const PidTagDisplayName: 805371935;
/** The type of an address, such as `SMTP`. */
export const PidTagAddressType: 805437471;
/** An address. */
export const PidTagEmailAddress: 805503007;
/** A comment, or what a note is about. */
export const PidTagComment: 805568543;
/** How deep a row of a hierarchy lies. */
export const PidTagDepth: 805634051;
/** When the object was made. */
export const PidTagCreationTime: 805765184;
/** When the object was last changed. */
export const PidTagLastModificationTime: 805830720;
/** What finds equal objects. */
export const PidTagSearchKey: 806027522;
/** 0 root, 1 generic, 2 search. */
export const PidTagFolderType: 906035203;
/** How many messages the folder has. */
export const PidTagContentCount: 906100739;
/** How many unread messages the folder has. */
export const PidTagContentUnreadCount: 906166275;
/** The folder has sub-folders. */
export const PidTagSubfolders: 906625035;
/** What the folder is for, such as `IPF.Note`. */
export const PidTagContainerClass: 907214879;
/** How many associated messages the folder has. */
export const PidTagAssociatedContentCount: 907476995;
/** The attachment's bytes. */
export const PidTagAttachDataBinary: 922812674;
/** The attachment as an object: an embedded message. */
export const PidTagAttachDataObject: 922812429;
/** How the attachment is encoded; empty for not at all. */
export const PidTagAttachEncoding: 922878210;
/** The file name's extension with its dot. */
export const PidTagAttachExtension: 922943519;
/** The file name as 8.3. */
export const PidTagAttachFilename: 923009055;
/** 1 by value, 5 embedded message, 6 OLE. */
export const PidTagAttachMethod: 923074563;
/** The file name. */
export const PidTagAttachLongFilename: 923205663;
/** Where in the body it is shown; -1 for nowhere. */
export const PidTagRenderingPosition: 923467779;
/** The Content-Type field. */
export const PidTagAttachMimeTag: 923664415;
/** The Content-ID field. */
export const PidTagAttachContentId: 923926559;
/** The Content-Location field. */
export const PidTagAttachContentLocation: 923992095;
/** What kinds of bodies refer to it. */
export const PidTagAttachFlags: 924057603;
/** What kind of recipient it is: 0 user, 1 list. */
export const PidTagDisplayType: 956301315;
/** The SMTP address. */
export const PidTagSmtpAddress: 972947487;
/** The account's alias. */
export const PidTagAccount: 973078559;
/** What follows the name, such as `Jr.`. */
export const PidTagGeneration: 973406239;
/** The given name. */
export const PidTagGivenName: 973471775;
/** The telephone number at work. */
export const PidTagBusinessTelephoneNumber: 973602847;
/** The telephone number at home. */
export const PidTagHomeTelephoneNumber: 973668383;
/** The initials. */
export const PidTagInitials: 973733919;
/** The family name. */
export const PidTagSurname: 974192671;
/** The complete postal address. */
export const PidTagPostalAddress: 974454815;
/** The company. */
export const PidTagCompanyName: 974520351;
/** The job title. */
export const PidTagTitle: 974585887;
/** The department. */
export const PidTagDepartmentName: 974651423;
/** The office. */
export const PidTagOfficeLocation: 974716959;
/** The second telephone number at work. */
export const PidTagBusiness2TelephoneNumber: 974848031;
/** The mobile telephone number. */
export const PidTagMobileTelephoneNumber: 974913567;
/** Another telephone number. */
export const PidTagOtherTelephoneNumber: 975110175;
/** The fax number at work. */
export const PidTagBusinessFaxNumber: 975437855;
/** The fax number at home. */
export const PidTagHomeFaxNumber: 975503391;
/** The country of the postal address. */
export const PidTagCountry: 975568927;
/** The town of the postal address. */
export const PidTagLocality: 975634463;
/** The state of the postal address. */
export const PidTagStateOrProvince: 975699999;
/** The street of the postal address. */
export const PidTagStreetAddress: 975765535;
/** The postal code. */
export const PidTagPostalCode: 975831071;
/** The wedding day. */
export const PidTagWeddingAnniversary: 977338432;
/** The birthday. */
export const PidTagBirthday: 977403968;
/** The middle name. */
export const PidTagMiddleName: 977535007;
/** What precedes the name, such as `Dr.`. */
export const PidTagDisplayNamePrefix: 977600543;
/** The profession. */
export const PidTagProfession: 977666079;
/** The spouse's name. */
export const PidTagSpouseName: 977797151;
/** The nickname. */
export const PidTagNickname: 978255903;
/** The personal web page. */
export const PidTagPersonalHomePage: 978321439;
/** The company's web page. */
export const PidTagBusinessHomePage: 978386975;
/** The town at home. */
export const PidTagHomeAddressCity: 978911263;
/** The country at home. */
export const PidTagHomeAddressCountry: 978976799;
/** The postal code at home. */
export const PidTagHomeAddressPostalCode: 979042335;
/** The state at home. */
export const PidTagHomeAddressStateOrProvince: 979107871;
/** The street at home. */
export const PidTagHomeAddressStreet: 979173407;
/** The code page of the HTML body. */
export const PidTagInternetCodepage: 1071513603;
/** The locale of the message. */
export const PidTagMessageLocaleId: 1072758787;
/** Who made the message. */
export const PidTagCreatorName: 1073217567;
/** Who last changed the message. */
export const PidTagLastModifierName: 1073348639;
/** The code page of the message. */
export const PidTagMessageCodepage: 1073545219;
/** Where in the list a recipient stands. */
export const PidTagRecipientOrder: 1608450051;
/** A recipient's name. */
export const PidTagRecipientDisplayName: 1609957407;
/** A recipient's entry id. */
export const PidTagRecipientEntryId: 1610023170;
/** What a recipient is in a meeting. */
export const PidTagRecipientFlags: 1610416131;
/** What a recipient answered to a meeting. */
export const PidTagRecipientTrackStatus: 1610547203;
/** The object's id in synchronization. */
export const PidTagSourceKey: 1709179138;
/** The folder's id in synchronization. */
export const PidTagParentSourceKey: 1709244674;
/** The object's last change in synchronization. */
export const PidTagChangeKey: 1709310210;
/** The changes that the object contains. */
export const PidTagPredecessorChangeList: 1709375746;
/** How many sub-folders the folder has. */
export const PidTagFolderChildCount: 1714946051;
/** What the user may do in the folder. */
export const PidTagRights: 1715011587;
/** Which row of a permissions table it is. */
export const PidTagMemberId: 1718681620;
/** Whose permissions a row shows. */
export const PidTagMemberName: 1718747167;
/** The permissions of a row. */
export const PidTagMemberRights: 1718812675;
/** When anything in the folder last changed. */
export const PidTagLocalCommitTimeMax: 1728708672;
/** How many messages were ever deleted from the folder. */
export const PidTagDeletedCountTotal: 1728774147;
/** The folder's FID. */
export const PidTagFolderId: 1732771860;
/** The FID of the folder that it is in. */
export const PidTagParentFolderId: 1732837396;
/** The message's MID. */
export const PidTagMid: 1732902932;
/** The MID or FID of a row of a table. */
export const PidTagInstID: 1733099540;
/** Which of several rows of one message it is. */
export const PidTagInstanceNum: 1733165059;
/** The object's change number. */
export const PidTagChangeNumber: 1738801172;
/** It is folder associated information. */
export const PidTagAssociated: 1739194379;
/** When an exception of a recurring appointment begins. */
export const PidTagExceptionStartTime: 2147156032;
/** When an exception of a recurring appointment ends. */
export const PidTagExceptionEndTime: 2147221568;
/** Whether the attachment is an exception of a recurring appointment. */
export const PidTagAttachmentFlags: 2147287043;
/** The attachment is not shown in lists. */
export const PidTagAttachmentHidden: 2147352587;
/** The message as MIME, byte for byte; from mapidefs, not in MS-OXPROPS. */
export const PR_INTERNET_CONTENT: 1717108994;
