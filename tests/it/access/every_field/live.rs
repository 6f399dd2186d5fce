//! What can be followed. Each document asks for what happened since the beginning, so that its first event is there at once.

use super::{Piece, Row, VIEWER};

#[rustfmt::skip]
pub(super) const PIECES: &[Piece] = &[
    ("$follow", r#"caseUpdated(community:"home",caseId:"%case",after:"%since")"#),
    ("$queue", r#"caseQueueChanged(community:"home",after:"%since")"#),
    ("$moves", r#"influenceChanged(community:"home",after:"%since")"#),
    ("$due", r#"followUpsDue(community:"home",after:"%since")"#),
];

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    ("Subscription", "subscription{@}", VIEWER, r#"changes(community:"home",after:"%since"){cursor} $follow{cursor} $queue{cursor}
        $moves{cursor} $due{cursor}"#),
    ("CaseUpdate", "subscription{$follow{@}}", VIEWER, "cursor case{id} change{type}"),
    ("CaseQueueChange", "subscription{$queue{@}}", VIEWER, "cursor cases"),
    ("InfluenceChange", "subscription{$moves{@}}", VIEWER, "cursor member{id} value previousValue rank previousRank level previousLevel"),
    ("DueFollowUp", "subscription{$due{@}}", VIEWER, "cursor followUp{id}"),
];
