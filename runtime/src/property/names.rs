//! The names of the standard properties. Owns one flat table, taken from MS-OXPROPS; knows nothing of named
//! properties (ids from 0x8000), whose meaning differs from mailbox to mailbox.

use crate::bindings::mapistore::backend::types::PropertyTag;

/// A property that has a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownProperty {
    /// The tag: id and type.
    pub tag: PropertyTag,
    /// The canonical name, such as `PidTagSubject`.
    pub name: &'static str,
    /// Short names for people at a shell, in lower case; the first is the usual one.
    pub short: &'static [&'static str],
}

const fn p(tag: PropertyTag, name: &'static str, short: &'static [&'static str]) -> KnownProperty {
    KnownProperty { tag, name, short }
}

/// The tag that `name` stands for: a canonical name or a short name, in any case, or a number, decimal or with `0x`.
///
/// A number is taken as it is, whether or not the table has it.
pub fn tag_by_name(name: &str) -> Option<PropertyTag> {
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return match name.strip_prefix("0x").or_else(|| name.strip_prefix("0X")) {
            // `from_str_radix` would take a sign.
            Some(digits) if digits.starts_with(|c: char| c.is_ascii_hexdigit()) => {
                PropertyTag::from_str_radix(digits, 16).ok()
            }
            Some(_) => None,
            None => name.parse().ok(),
        };
    }
    let named = |known: &&KnownProperty| {
        known.name.eq_ignore_ascii_case(name)
            || known.short.iter().any(|short| short.eq_ignore_ascii_case(name))
    };
    KNOWN.iter().find(named).map(|known| known.tag)
}

/// The name in the table that a mistyped `name` looks most like, if any does.
pub fn similar_name(name: &str) -> Option<&'static str> {
    /// Below this, names have nothing to do with each other.
    const ALIKE: f64 = 0.85;
    let wanted = name.to_lowercase();
    let names = KNOWN.iter().flat_map(|known| known.short.iter().copied().chain([known.name]));
    let alike = names.map(|known| (strsim::jaro_winkler(&wanted, &known.to_lowercase()), known));
    let best = alike.filter(|(score, _)| *score >= ALIKE).max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.map(|(_, known)| known)
}

/// The canonical name of the property with exactly this tag.
pub fn name_of(tag: PropertyTag) -> Option<&'static str> {
    known(tag).map(|known| known.name)
}

/// The row of the table with exactly this tag.
pub fn known(tag: PropertyTag) -> Option<&'static KnownProperty> {
    KNOWN.binary_search_by_key(&tag, |known| known.tag).ok().and_then(|at| KNOWN.get(at))
}

/// The standard properties of messages, folders, recipients, attachments, rules and permissions, sorted by tag.
pub static KNOWN: &[KnownProperty] = &[
    p(0x0005000B, "PidTagAutoForwarded", &[]),
    p(0x000F0040, "PidTagDeferredDeliveryTime", &[]),
    p(0x00150040, "PidTagExpiryTime", &["expires"]),
    p(0x00170003, "PidTagImportance", &["importance"]),
    p(0x001A001F, "PidTagMessageClass", &["class", "messageclass"]),
    p(0x00260003, "PidTagPriority", &["priority"]),
    p(0x0029000B, "PidTagReadReceiptRequested", &[]),
    p(0x002B000B, "PidTagRecipientReassignmentProhibited", &[]),
    p(0x00300040, "PidTagReplyTime", &[]),
    p(0x00310102, "PidTagReportTag", &[]),
    p(0x00320040, "PidTagReportTime", &[]),
    p(0x00360003, "PidTagSensitivity", &["sensitivity"]),
    p(0x0037001F, "PidTagSubject", &["subject"]),
    p(0x00390040, "PidTagClientSubmitTime", &["sent", "submitted"]),
    p(0x003B0102, "PidTagSentRepresentingSearchKey", &[]),
    p(0x003D001F, "PidTagSubjectPrefix", &[]),
    p(0x003F0102, "PidTagReceivedByEntryId", &[]),
    p(0x0040001F, "PidTagReceivedByName", &[]),
    p(0x00410102, "PidTagSentRepresentingEntryId", &[]),
    p(0x0042001F, "PidTagSentRepresentingName", &["from"]),
    p(0x00430102, "PidTagReceivedRepresentingEntryId", &[]),
    p(0x0044001F, "PidTagReceivedRepresentingName", &[]),
    p(0x004F0102, "PidTagReplyRecipientEntries", &[]),
    p(0x0050001F, "PidTagReplyRecipientNames", &["replyto"]),
    p(0x00510102, "PidTagReceivedBySearchKey", &[]),
    p(0x0057000B, "PidTagMessageToMe", &["tome"]),
    p(0x0058000B, "PidTagMessageCcMe", &["ccme"]),
    p(0x00600040, "PidTagStartDate", &["startdate"]),
    p(0x00610040, "PidTagEndDate", &["enddate"]),
    p(0x00620003, "PidTagOwnerAppointmentId", &[]),
    p(0x0064001F, "PidTagSentRepresentingAddressType", &[]),
    p(0x0065001F, "PidTagSentRepresentingEmailAddress", &["fromaddress"]),
    p(0x0070001F, "PidTagConversationTopic", &["topic"]),
    p(0x00710102, "PidTagConversationIndex", &[]),
    p(0x0075001F, "PidTagReceivedByAddressType", &[]),
    p(0x0076001F, "PidTagReceivedByEmailAddress", &[]),
    p(0x007D001F, "PidTagTransportMessageHeaders", &["headers"]),
    p(0x0C150003, "PidTagRecipientType", &["recipienttype"]),
    p(0x0C17000B, "PidTagReplyRequested", &[]),
    p(0x0C190102, "PidTagSenderEntryId", &[]),
    p(0x0C1A001F, "PidTagSenderName", &["sender"]),
    p(0x0C1D0102, "PidTagSenderSearchKey", &[]),
    p(0x0C1E001F, "PidTagSenderAddressType", &[]),
    p(0x0C1F001F, "PidTagSenderEmailAddress", &["senderaddress"]),
    p(0x0E01000B, "PidTagDeleteAfterSubmit", &[]),
    p(0x0E02001F, "PidTagDisplayBcc", &["bcc"]),
    p(0x0E03001F, "PidTagDisplayCc", &["cc"]),
    p(0x0E04001F, "PidTagDisplayTo", &["to"]),
    p(0x0E060040, "PidTagMessageDeliveryTime", &["received", "delivered"]),
    p(0x0E070003, "PidTagMessageFlags", &["flags"]),
    p(0x0E080003, "PidTagMessageSize", &["size"]),
    p(0x0E080014, "PidTagMessageSizeExtended", &[]),
    p(0x0E090102, "PidTagParentEntryId", &[]),
    p(0x0E0F000B, "PidTagResponsibility", &[]),
    p(0x0E12000D, "PidTagMessageRecipients", &[]),
    p(0x0E13000D, "PidTagMessageAttachments", &[]),
    p(0x0E170003, "PidTagMessageStatus", &["status"]),
    p(0x0E1B000B, "PidTagHasAttachments", &["hasattachments", "attachments"]),
    p(0x0E1D001F, "PidTagNormalizedSubject", &["normalizedsubject"]),
    p(0x0E1F000B, "PidTagRtfInSync", &[]),
    p(0x0E200003, "PidTagAttachSize", &["attachsize"]),
    p(0x0E210003, "PidTagAttachNumber", &["attachnumber"]),
    p(0x0E230003, "PidTagInternetArticleNumber", &["articlenumber"]),
    p(0x0E2B0003, "PidTagToDoItemFlags", &["todoflags"]),
    p(0x0E69000B, "PidTagRead", &["read"]),
    p(0x0E790003, "PidTagTrustSender", &[]),
    p(0x0FF40003, "PidTagAccess", &["access"]),
    p(0x0FF60102, "PidTagInstanceKey", &[]),
    p(0x0FF70003, "PidTagAccessLevel", &[]),
    p(0x0FF80102, "PidTagMappingSignature", &[]),
    p(0x0FF90102, "PidTagRecordKey", &["recordkey"]),
    p(0x0FFB0102, "PidTagStoreEntryId", &[]),
    p(0x0FFE0003, "PidTagObjectType", &[]),
    p(0x0FFF0102, "PidTagEntryId", &["entryid"]),
    p(0x1000001F, "PidTagBody", &["body"]),
    p(0x10090102, "PidTagRtfCompressed", &["rtf"]),
    p(0x10130102, "PidTagHtml", &["html"]),
    p(0x10160003, "PidTagNativeBody", &["nativebody"]),
    p(0x1035001F, "PidTagInternetMessageId", &["messageid"]),
    p(0x1039001F, "PidTagInternetReferences", &["references"]),
    p(0x1042001F, "PidTagInReplyToId", &["inreplyto"]),
    p(0x10800003, "PidTagIconIndex", &["icon"]),
    p(0x10810003, "PidTagLastVerbExecuted", &["lastverb"]),
    p(0x10820040, "PidTagLastVerbExecutionTime", &[]),
    p(0x10900003, "PidTagFlagStatus", &["flagstatus"]),
    p(0x10910040, "PidTagFlagCompleteTime", &[]),
    p(0x10950003, "PidTagFollowupIcon", &["flagicon"]),
    p(0x10960003, "PidTagBlockStatus", &[]),
    p(0x10F4000B, "PidTagAttributeHidden", &["hidden"]),
    p(0x10F6000B, "PidTagAttributeReadOnly", &["readonly"]),
    p(0x30000003, "PidTagRowid", &["rowid"]),
    p(0x3001001F, "PidTagDisplayName", &["name", "displayname"]),
    p(0x3002001F, "PidTagAddressType", &["addresstype"]),
    p(0x3003001F, "PidTagEmailAddress", &["email", "emailaddress"]),
    p(0x3004001F, "PidTagComment", &["comment"]),
    p(0x30070040, "PidTagCreationTime", &["created"]),
    p(0x30080040, "PidTagLastModificationTime", &["modified"]),
    p(0x300B0102, "PidTagSearchKey", &["searchkey"]),
    p(0x30130102, "PidTagConversationId", &["conversationid"]),
    p(0x30180102, "PidTagArchiveTag", &[]),
    p(0x30190102, "PidTagPolicyTag", &[]),
    p(0x301A0003, "PidTagRetentionPeriod", &[]),
    p(0x301C0040, "PidTagRetentionDate", &[]),
    p(0x340D0003, "PidTagStoreSupportMask", &[]),
    p(0x35E00102, "PidTagIpmSubtreeEntryId", &[]),
    p(0x35E20102, "PidTagIpmOutboxEntryId", &[]),
    p(0x35E30102, "PidTagIpmWastebasketEntryId", &[]),
    p(0x35E40102, "PidTagIpmSentMailEntryId", &[]),
    p(0x36010003, "PidTagFolderType", &["foldertype"]),
    p(0x36020003, "PidTagContentCount", &["count", "contentcount"]),
    p(0x36030003, "PidTagContentUnreadCount", &["unread"]),
    p(0x360A000B, "PidTagSubfolders", &["subfolders"]),
    p(0x3613001F, "PidTagContainerClass", &["containerclass"]),
    p(0x36170003, "PidTagAssociatedContentCount", &["associatedcount"]),
    p(0x36D00102, "PidTagIpmAppointmentEntryId", &[]),
    p(0x36D10102, "PidTagIpmContactEntryId", &[]),
    p(0x36D20102, "PidTagIpmJournalEntryId", &[]),
    p(0x36D30102, "PidTagIpmNoteEntryId", &[]),
    p(0x36D40102, "PidTagIpmTaskEntryId", &[]),
    p(0x36D70102, "PidTagIpmDraftsEntryId", &[]),
    p(0x36D81102, "PidTagAdditionalRenEntryIds", &[]),
    p(0x36DA0102, "PidTagExtendedFolderFlags", &[]),
    p(0x36E5001F, "PidTagDefaultPostMessageClass", &[]),
    p(0x3701000D, "PidTagAttachDataObject", &[]),
    p(0x37010102, "PidTagAttachDataBinary", &["attachdata"]),
    p(0x37020102, "PidTagAttachEncoding", &[]),
    p(0x3703001F, "PidTagAttachExtension", &["extension"]),
    p(0x3704001F, "PidTagAttachFilename", &["shortfilename"]),
    p(0x37050003, "PidTagAttachMethod", &["attachmethod"]),
    p(0x3707001F, "PidTagAttachLongFilename", &["filename"]),
    p(0x370B0003, "PidTagRenderingPosition", &[]),
    p(0x370E001F, "PidTagAttachMimeTag", &["mimetype"]),
    p(0x3712001F, "PidTagAttachContentId", &["contentid"]),
    p(0x3713001F, "PidTagAttachContentLocation", &[]),
    p(0x37140003, "PidTagAttachFlags", &[]),
    p(0x39000003, "PidTagDisplayType", &["displaytype"]),
    p(0x39050003, "PidTagDisplayTypeEx", &[]),
    p(0x39FE001F, "PidTagSmtpAddress", &["smtp", "smtpaddress"]),
    p(0x39FF001F, "PidTagAddressBookDisplayNamePrintable", &[]),
    p(0x3A00001F, "PidTagAccount", &["account"]),
    p(0x3A05001F, "PidTagGeneration", &["generation"]),
    p(0x3A06001F, "PidTagGivenName", &["givenname", "firstname"]),
    p(0x3A08001F, "PidTagBusinessTelephoneNumber", &["businessphone"]),
    p(0x3A09001F, "PidTagHomeTelephoneNumber", &["homephone"]),
    p(0x3A0A001F, "PidTagInitials", &["initials"]),
    p(0x3A0B001F, "PidTagKeyword", &[]),
    p(0x3A0F001F, "PidTagMessageHandlingSystemCommonName", &[]),
    p(0x3A10001F, "PidTagOrganizationalIdNumber", &[]),
    p(0x3A11001F, "PidTagSurname", &["surname", "lastname"]),
    p(0x3A15001F, "PidTagPostalAddress", &["postaladdress"]),
    p(0x3A16001F, "PidTagCompanyName", &["company"]),
    p(0x3A17001F, "PidTagTitle", &["title", "jobtitle"]),
    p(0x3A18001F, "PidTagDepartmentName", &["department"]),
    p(0x3A19001F, "PidTagOfficeLocation", &["office"]),
    p(0x3A1A001F, "PidTagPrimaryTelephoneNumber", &[]),
    p(0x3A1B001F, "PidTagBusiness2TelephoneNumber", &[]),
    p(0x3A1C001F, "PidTagMobileTelephoneNumber", &["mobile", "mobilephone"]),
    p(0x3A1F001F, "PidTagOtherTelephoneNumber", &[]),
    p(0x3A21001F, "PidTagPagerTelephoneNumber", &["pager"]),
    p(0x3A23001F, "PidTagPrimaryFaxNumber", &[]),
    p(0x3A24001F, "PidTagBusinessFaxNumber", &["businessfax"]),
    p(0x3A25001F, "PidTagHomeFaxNumber", &["homefax"]),
    p(0x3A26001F, "PidTagCountry", &["country"]),
    p(0x3A27001F, "PidTagLocality", &["locality", "city"]),
    p(0x3A28001F, "PidTagStateOrProvince", &["state"]),
    p(0x3A29001F, "PidTagStreetAddress", &["street"]),
    p(0x3A2A001F, "PidTagPostalCode", &["postalcode"]),
    p(0x3A2B001F, "PidTagPostOfficeBox", &[]),
    p(0x3A2E001F, "PidTagAssistantTelephoneNumber", &[]),
    p(0x3A30001F, "PidTagAssistant", &["assistant"]),
    p(0x3A40000B, "PidTagSendRichInfo", &[]),
    p(0x3A410040, "PidTagWeddingAnniversary", &["anniversary"]),
    p(0x3A420040, "PidTagBirthday", &["birthday"]),
    p(0x3A44001F, "PidTagMiddleName", &["middlename"]),
    p(0x3A45001F, "PidTagDisplayNamePrefix", &[]),
    p(0x3A46001F, "PidTagProfession", &["profession"]),
    p(0x3A48001F, "PidTagSpouseName", &["spouse"]),
    p(0x3A4E001F, "PidTagManagerName", &["manager"]),
    p(0x3A4F001F, "PidTagNickname", &["nickname"]),
    p(0x3A50001F, "PidTagPersonalHomePage", &[]),
    p(0x3A51001F, "PidTagBusinessHomePage", &["homepage"]),
    p(0x3A59001F, "PidTagHomeAddressCity", &["homecity"]),
    p(0x3A5A001F, "PidTagHomeAddressCountry", &["homecountry"]),
    p(0x3A5B001F, "PidTagHomeAddressPostalCode", &["homepostalcode"]),
    p(0x3A5C001F, "PidTagHomeAddressStateOrProvince", &["homestate"]),
    p(0x3A5D001F, "PidTagHomeAddressStreet", &["homestreet"]),
    p(0x3A5F001F, "PidTagOtherAddressCity", &[]),
    p(0x3A60001F, "PidTagOtherAddressCountry", &[]),
    p(0x3A61001F, "PidTagOtherAddressPostalCode", &[]),
    p(0x3A62001F, "PidTagOtherAddressStateOrProvince", &[]),
    p(0x3A63001F, "PidTagOtherAddressStreet", &[]),
    p(0x3FDE0003, "PidTagInternetCodepage", &["codepage"]),
    p(0x3FF10003, "PidTagMessageLocaleId", &["locale"]),
    p(0x3FF8001F, "PidTagCreatorName", &[]),
    p(0x3FFA001F, "PidTagLastModifierName", &["modifier"]),
    p(0x3FFD0003, "PidTagMessageCodepage", &[]),
    p(0x40760003, "PidTagContentFilterSpamConfidenceLevel", &["scl"]),
    p(0x5D01001F, "PidTagSenderSmtpAddress", &["sendersmtp"]),
    p(0x5D02001F, "PidTagSentRepresentingSmtpAddress", &["fromsmtp"]),
    p(0x5FDE0003, "PidTagRecipientResourceState", &[]),
    p(0x5FDF0003, "PidTagRecipientOrder", &[]),
    p(0x5FF6001F, "PidTagRecipientDisplayName", &[]),
    p(0x5FF70102, "PidTagRecipientEntryId", &[]),
    p(0x5FFD0003, "PidTagRecipientFlags", &["recipientflags"]),
    p(0x5FFF0003, "PidTagRecipientTrackStatus", &["trackstatus"]),
    p(0x65E00102, "PidTagSourceKey", &["sourcekey"]),
    p(0x65E10102, "PidTagParentSourceKey", &[]),
    p(0x65E20102, "PidTagChangeKey", &["changekey"]),
    p(0x65E30102, "PidTagPredecessorChangeList", &[]),
    p(0x661D000B, "PidTagOutOfOfficeState", &[]),
    p(0x66380003, "PidTagFolderChildCount", &["childcount"]),
    p(0x66390003, "PidTagRights", &["rights"]),
    p(0x663A000B, "PidTagHasRules", &[]),
    p(0x66590102, "PR_INTERNET_CONTENT", &["mime"]),
    p(0x66710014, "PidTagMemberId", &["memberid"]),
    p(0x6672001F, "PidTagMemberName", &["membername"]),
    p(0x66730003, "PidTagMemberRights", &["memberrights"]),
    p(0x66740014, "PidTagRuleId", &["ruleid"]),
    p(0x66760003, "PidTagRuleSequence", &["rulesequence"]),
    p(0x66770003, "PidTagRuleState", &["rulestate"]),
    p(0x66780003, "PidTagRuleUserFlags", &[]),
    p(0x667900FD, "PidTagRuleCondition", &["rulecondition"]),
    p(0x668000FE, "PidTagRuleActions", &["ruleactions"]),
    p(0x6681001F, "PidTagRuleProvider", &["ruleprovider"]),
    p(0x6682001F, "PidTagRuleName", &["rulename"]),
    p(0x66830003, "PidTagRuleLevel", &[]),
    p(0x66840102, "PidTagRuleProviderData", &[]),
    p(0x66A10003, "PidTagLocaleId", &[]),
    p(0x670A0040, "PidTagLocalCommitTimeMax", &[]),
    p(0x670B0003, "PidTagDeletedCountTotal", &[]),
    p(0x670E001F, "PidTagFlatUrlName", &[]),
    p(0x67480014, "PidTagFolderId", &["fid"]),
    p(0x67490014, "PidTagParentFolderId", &["parentfid"]),
    p(0x674A0014, "PidTagMid", &["mid"]),
    p(0x674D0014, "PidTagInstID", &[]),
    p(0x674E0003, "PidTagInstanceNum", &[]),
    p(0x674F0014, "PidTagAddressBookMessageId", &[]),
    p(0x67A40014, "PidTagChangeNumber", &["changenumber"]),
    p(0x67AA000B, "PidTagAssociated", &["associated"]),
    p(0x7FFA0003, "PidTagAttachmentLinkId", &[]),
    p(0x7FFB0040, "PidTagExceptionStartTime", &[]),
    p(0x7FFC0040, "PidTagExceptionEndTime", &[]),
    p(0x7FFD0003, "PidTagAttachmentFlags", &[]),
    p(0x7FFE000B, "PidTagAttachmentHidden", &["attachmenthidden"]),
    p(0x7FFF000B, "PidTagAttachmentContactPhoto", &["contactphoto"]),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::value::PropertyType;
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_no_tag_twice() {
        for pair in KNOWN.windows(2) {
            assert!(pair[0].tag < pair[1].tag, "{pair:?}");
        }
    }

    #[test]
    fn no_name_stands_for_two_properties() {
        let mut seen = HashSet::new();
        for known in KNOWN {
            for name in known.short.iter().chain([&known.name]) {
                assert!(seen.insert(name.to_ascii_lowercase()), "`{name}`");
                assert!(name.starts_with(|c: char| c.is_ascii_alphabetic()), "`{name}`");
                assert_eq!(tag_by_name(name), Some(known.tag), "`{name}`");
            }
            assert!(known.short.iter().all(|short| *short == short.to_ascii_lowercase()), "{known:?}");
        }
    }

    #[test]
    fn every_tag_has_a_type_of_the_contract_and_an_id_below_the_named_properties() {
        for known in KNOWN {
            assert!(PropertyType::from_tag(known.tag).is_some(), "{known:?}");
            assert!(known.tag < 0x8000_0000, "{known:?}");
        }
    }

    #[test]
    fn names_and_numbers_both_find_a_tag() {
        assert_eq!(tag_by_name("PidTagSubject"), Some(0x0037_001F));
        assert_eq!(tag_by_name("pidtagsubject"), Some(0x0037_001F));
        assert_eq!(tag_by_name("received"), Some(0x0E06_0040));
        assert_eq!(tag_by_name("0x0037001F"), Some(0x0037_001F));
        assert_eq!(tag_by_name("0x8001001f"), Some(0x8001_001F));
        assert_eq!(tag_by_name("3604511"), Some(0x0037_001F));
        assert_eq!(name_of(0x6659_0102), Some("PR_INTERNET_CONTENT"));
        for unknown in ["", "nothing", "0x", "0x+1", "0x1234567890", "12x", "99999999999"] {
            assert_eq!(tag_by_name(unknown), None, "`{unknown}`");
        }
    }
}
