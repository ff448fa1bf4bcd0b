//! The mutants: name, what is wrong, and the behaviours that it breaks, the first being the one that it is about.

/// One deliberately wrong variant.
pub struct Wrong {
    /// In the code.
    pub mutant: Mutant,
    /// The value of the setting `mutant`.
    pub name: &'static str,
    /// What it does wrong.
    pub wrong: &'static str,
    /// The behaviours that it breaks. One of them at least has to fail.
    pub breaks: &'static [&'static str],
}

macro_rules! mutants {
    ($($mutant:ident $name:literal $wrong:literal $($id:literal)+;)*) => {
        /// The mutants, as the code names them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Mutant {
            $(#[doc = $wrong] $mutant,)*
        }

        /// All mutants.
        pub const MUTANTS: &[Wrong] = &[
            $(Wrong { mutant: Mutant::$mutant, name: $name, wrong: $wrong, breaks: &[$($id),+] },)*
        ];
    };
}

mutants! {
    // Folders.
    DuplicateNameAccepted "duplicate-name-accepted" "a folder gets a name that is taken, or nearly" "FO-02";
    NamelessFolderAccepted "nameless-folder-accepted" "a folder without a name gets one" "FO-03" "FO-16";
    UnknownFolderOpens "unknown-folder-opens" "an unknown FID opens the folder that was asked" "FO-04";
    DeletesWhatIsNotEmpty "deletes-what-is-not-empty" "a folder that is not empty is deleted without being asked to" "FO-05";
    PathWithoutSlash "path-without-slash" "the path of a folder has no final slash" "FO-06";
    RenameNotInPaths "rename-not-in-paths" "a renamed folder keeps its path" "FO-07";
    MoveChangesIds "move-changes-ids" "a moved folder is a copy, with other ids" "FO-08";
    FolderCopyMoves "folder-copy-moves" "copying a folder moves it" "FO-09";
    CopiedFolderKeepsId "copied-folder-keeps-id" "a copied folder is listed under the id of its source" "FO-09";
    FolderCopyIsFlat "folder-copy-is-flat" "copying a folder forgets its sub-folders" "FO-09";
    FolderCopyIsDeep "folder-copy-is-deep" "copying a folder takes its sub-folders along, unasked" "FO-09";
    MoveIntoItselfAccepted "move-into-itself-accepted" "moving a folder into what is below it is no error" "FO-10";
    ChildCountIsOff "child-count-is-off" "the child count is one too many" "FO-11";
    SoftFolderDeleteForgotten "soft-folder-delete-forgotten" "a folder that is softly deleted leaves no tombstone" "FO-21";

    // Messages.
    UnsavedCounted "unsaved-counted" "a message counts before it is saved" "ME-01";
    UnsavedLeavesTrace "unsaved-leaves-trace" "a message that is dropped unsaved is saved" "ME-02";
    TimesInSeconds "times-in-seconds" "times lose their fractions of a second" "ME-04";
    LongTextsCut "long-texts-cut" "texts are cut off after 255 characters" "ME-04";
    EmptyTextsLost "empty-texts-lost" "an empty text is not kept" "ME-04";
    ReadOnlyWritable "read-only-writable" "a message that was opened for reading can be changed" "ME-05";
    AssociatedIsContent "associated-is-content" "associated messages count as messages" "ME-06";
    RecipientsAppended "recipients-appended" "setting recipients adds them to those that are there" "ME-07";
    MissingCellIsEmpty "missing-cell-is-empty" "a missing cell of a recipient becomes an empty text" "ME-07";
    ReadFlagIgnored "read-flag-ignored" "the read flag is never set" "ME-08";
    ChangeNumberStandsStill "change-number-stands-still" "a message keeps its first change number" "ME-09" "ME-08";
    ChangeKeyStandsStill "change-key-stands-still" "a message keeps its first change key" "ME-09";
    SoftDeleteForgotten "soft-delete-forgotten" "a message that is softly deleted leaves no tombstone" "ME-10" "SY-02";
    HardDeleteForgotten "hard-delete-forgotten" "a message that is deleted for good stays" "ME-11";
    MoveLeavesSource "move-leaves-source" "moving messages copies them" "ME-12" "SY-05";
    MoveDropsKeys "move-drops-keys" "the change keys that a move supplies are not kept" "ME-12" "ME-43";
    CopyDeletesSource "copy-deletes-source" "copying messages moves them" "ME-13";
    SubmitsWithoutRecipients "submits-without-recipients" "a message without recipients is sent" "ME-14";
    SubmitStays "submit-stays" "a message that was sent stays where it was" "ME-14";
    ConflictNotNoticed "conflict-not-noticed" "saving overwrites what somebody else saved" "ME-15";
    ForceNotHonoured "force-not-honoured" "saving by force is refused like any other" "ME-15";
    RemovedPropertyStays "removed-property-stays" "a removed property is still there" "ME-17";
    StreamNotCommitted "stream-not-committed" "what was written to a stream of a message gets lost" "ME-26" "ME-25";
    StreamNeedsNoCommit "stream-needs-no-commit" "what was written to a stream is kept without a commit" "ME-27";
    GapNotFilled "gap-not-filled" "writing past the end of a stream leaves no gap" "ME-26";
    PrefixNotSplitOff "prefix-not-split-off" "the normalized subject has its prefix" "ME-30";

    // Attachments.
    AttachmentNumberReused "attachment-number-reused" "the number of a deleted attachment is given out again" "AT-01";
    AttachmentListedEarly "attachment-listed-early" "an attachment is listed before it is saved" "AT-02";
    LargeAttachmentCut "large-attachment-cut" "an attachment is cut off after a mebibyte" "AT-03";
    EmbeddedMessageLost "embedded-message-lost" "a message in an attachment is not kept" "AT-04";
    AttachmentSizeMissing "attachment-size-missing" "the table of attachments has no sizes" "AT-05";
    DeletedAttachmentStays "deleted-attachment-stays" "a deleted attachment is still there" "AT-06" "AT-01";

    // Tables.
    CellsOneShort "cells-one-short" "the last row has one cell less" "TA-01";
    RowBeyondEndIsError "row-beyond-end-is-error" "a row beyond the end is not-found" "TA-03";
    RestrictionIgnored "restriction-ignored" "a restriction shows all rows" "TA-04" "TA-07";
    RowsCountedUnrestricted "rows-counted-unrestricted" "the row count is that of the table without its restriction" "TA-04";
    FindDisturbsView "find-disturbs-view" "finding a row restricts the table" "TA-06";
    RestrictionStays "restriction-stays" "a restriction cannot be taken away" "TA-06";
    OrTakenAsAnd "or-taken-as-and" "`any-of` is taken as `all-of`" "TA-17" "TA-30";
    NotForgotten "not-forgotten" "`negate` is the same as its child" "TA-17" "TA-30";
    LessTakenAsLessOrEqual "less-taken-as-less-or-equal" "`lt` is taken as `le`" "TA-07";
    UnequalIncludesMissing "unequal-includes-missing" "`ne` holds for rows without the property" "TA-27" "TA-30";
    CaseIgnored "case-ignored" "texts match without regard to case, unasked" "TA-08";
    PrefixTakenAsPart "prefix-taken-as-part" "what should be a beginning may be anywhere in the text" "TA-08";
    BitmaskInverted "bitmask-inverted" "a bitmask that should be zero has to be set, and the other way round" "TA-09";
    ExistsIsAlwaysTrue "exists-is-always-true" "every property exists" "TA-09";
    TooComplexIsTrue "too-complex-is-true" "what cannot be evaluated shows all rows" "TA-11";
    DescendingIgnored "descending-ignored" "every sort is ascending" "TA-10";
    LaterKeysIgnored "later-keys-ignored" "only the first key sorts" "TA-22" "TA-31";
    MissingCellsLast "missing-cells-last" "rows without the property sort last" "TA-21" "TA-31";
    SortNotStable "sort-not-stable" "rows with equal keys change their order" "TA-22" "TA-31";
    RefreshDoesNothing "refresh-does-nothing" "a table never shows what came after it was opened" "TA-12";
    NoSnapshot "no-snapshot" "a table shows changes without a refresh" "TA-15";
    FoldersWithoutCounts "folders-without-counts" "the hierarchy table says that all folders are empty" "TA-13";
    FindsForwardOnly "finds-forward-only" "searching backward searches forward" "TA-18";

    // Synchronization.
    ChangesNotFound "changes-not-found" "a restriction to change numbers after one finds nothing" "SY-01";
    LiveIdDeleted "live-id-deleted" "a live message is among the deleted ones" "SY-02";
    AllDeletionsAgain "all-deletions-again" "every deletion is told every time" "SY-02" "SY-04";

    // Permissions.
    ReplaceAllAdds "replace-all-adds" "replacing all permissions adds to them" "PE-01";
    RemovedMemberStays "removed-member-stays" "a member that is removed keeps its rights" "PE-01";
}
