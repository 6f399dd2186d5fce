//! Evidence that looks arranged, what staff discounted, and for whom they vouch.

use serde_json::{Value, json};

use super::{MANAGER, Piece, Row, VIEWER};
use crate::access::records::{act, text};
use crate::ingest::calls::{did, member_id};
use crate::support::{Client, TestApp};

#[rustfmt::skip]
pub(super) const PIECES: &[Piece] = &[
    ("$discount", r#"discountEvidence(input:{community:"home",interactionIds:["%doubtful"],reason:"Arranged"})"#),
    ("$vouch", r#"vouchForMember(input:{community:"home",memberId:"%ada",reason:"We met"})"#),
];

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    ("Community", "{$home{@}}", VIEWER, "evidenceDiscounts{totalCount} memberVouches{totalCount}"),
    ("Community", "{$home{@}}", MANAGER, "integrityFindings{kind}"),
    ("EvidenceDiscountConnection", "{$home{evidenceDiscounts{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{reason} totalCount"),
    ("EvidenceDiscount", "{$home{evidenceDiscounts{nodes{@}}}}", VIEWER, "interaction{id} inForce reason discountedBy discountedAt \
        restoredBy restoredAt restoreReason"),
    ("IntegrityFinding", "{$home{integrityFindings(kinds:[JUMP]){@}}}", MANAGER, "kind description members{id} hiddenMembers share credit \
        since until interactions{id} interactionCount"),
    ("Mutation", "mutation{@}", MANAGER, r#"$discount{userErrors{code}}
        restoreEvidence(input:{community:"home",interactionIds:["none"],reason:"All is well"}){userErrors{code}}"#),
    ("EvidenceDiscountPayload", "mutation{$discount{@}}", MANAGER, "discounts{reason} count userErrors{code}"),
    ("Member", "{$home{$cyd{@}}}", VIEWER, "vouch{reason}"),
    ("VouchConnection", "{$home{memberVouches{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{reason} totalCount"),
    ("Vouch", "{$home{memberVouches{nodes{@}}}}", VIEWER, "member{id} inForce reason vouchedBy vouchedAt withdrawnBy withdrawnAt \
        withdrawalReason"),
    ("Mutation", "mutation{@}", MANAGER, r#"$vouch{userErrors{code}}
        withdrawVouch(input:{community:"home",memberId:"none",reason:"Nobody"}){userErrors{code}}"#),
    ("VouchPayload", "mutation{$vouch{@}}", MANAGER, "vouch{reason} userErrors{code}"),
];

/// Ada is praised all of a sudden, where there was hardly anything a month ago; one of the praises is discounted already. Staff vouch
/// for Cyd.
pub(super) async fn praise(app: &TestApp, admin: &Client<'_>) -> Vec<(&'static str, String)> {
    let at = app.days_ago(1.5);
    let mut told = vec![did("POST", "p-old", "cyd", "", &app.days_ago(30.0))];
    told.extend((0..6).map(|number| did("ENDORSEMENT", &format!("praise-{number}"), "bob", "ada", &at)));
    let payload = admin.record("home", told).await;
    let doubtful = payload["results"]
        .as_array()
        .unwrap()
        .last()
        .map(|result| result["interactionId"].clone());
    let doubtful = doubtful.unwrap_or(Value::Null);
    let input = json!({ "community": "home", "interactionIds": [doubtful], "reason": "Bob is a friend" });
    act(admin, "discountEvidence", "count", input).await;
    let input = json!({ "community": "home", "memberId": member_id(admin, "home", "cyd").await, "reason": "She spoke at our meeting" });
    act(admin, "vouchForMember", "vouch { reason }", input).await;
    vec![("%doubtful", text(&doubtful))]
}
