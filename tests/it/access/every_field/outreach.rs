//! Whom to turn to, and what a member's help led to. Before the rows that change cases.

use super::{Piece, Row, VIEWER};

#[rustfmt::skip]
pub(super) const PIECES: &[Piece] = &[
    ("$rising", r#"risingMembers(over:"P30D")"#),
    ("$fading", r#"fadingMembers(over:"P30D")"#),
];

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    ("Community", "{$home{@}}", VIEWER, "quietInfluencers{totalCount} $rising{totalCount} $fading{totalCount} membersAtRisk{totalCount}"),
    ("QuietInfluencerConnection", "{$home{quietInfluencers{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{rank} totalCount"),
    ("QuietInfluencer", "{$home{quietInfluencers{nodes{@}}}}", VIEWER, "member{id} value points level rank followers"),
    ("MovingMemberConnection", "{$home{$rising{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{change} totalCount"),
    ("MovingMemberConnection", "{$home{$fading{@}}}", VIEWER, "nodes{change} totalCount"),
    ("MovingMember", "{$home{$rising{nodes{@}}}}", VIEWER, "member{id} value points level rank change valueBefore levelBefore rankBefore"),
    ("MemberAtRiskConnection", "{$home{membersAtRisk{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{rank} totalCount"),
    ("MemberAtRisk", "{$home{membersAtRisk{nodes{@}}}}", VIEWER, "member{id} value points level rank reasons openCases sentiment \
        sentimentBefore"),
    ("Member", "{$home{$ada{@}}}", VIEWER, "afterEffect{helped}"),
    ("AfterEffect", "{$home{$ada{afterEffect{@}}}}", VIEWER, "helped cameBack solved comparable comparableCameBack comparableSolved \
        cameBackRatio solvedRatio enough cameBackEnough solvedEnough"),
];
