//! Evidence that looks arranged, and what staff discounted.

use serde_json::{Value, json};

use super::{MANAGER, Piece, Row, VIEWER};
use crate::access::records::{act, text};
use crate::ingest::calls::did;
use crate::support::{Client, TestApp};

#[rustfmt::skip]
pub(super) const PIECES: &[Piece] = &[
    ("$discount", r#"discountEvidence(input:{community:"home",interactionIds:["%doubtful"],reason:"Arranged"})"#),
];

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    ("Community", "{$home{@}}", VIEWER, "evidenceDiscounts{totalCount}"),
    ("Community", "{$home{@}}", MANAGER, "integrityFindings{kind}"),
    ("EvidenceDiscountConnection", "{$home{evidenceDiscounts{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{reason} totalCount"),
    ("EvidenceDiscount", "{$home{evidenceDiscounts{nodes{@}}}}", VIEWER, "interaction{id} inForce reason discountedBy discountedAt \
        restoredBy restoredAt restoreReason"),
    ("IntegrityFinding", "{$home{integrityFindings(kinds:[JUMP]){@}}}", MANAGER, "kind description members{id} hiddenMembers share credit \
        since until interactions{id} interactionCount"),
    ("Mutation", "mutation{@}", MANAGER, r#"$discount{userErrors{code}}
        restoreEvidence(input:{community:"home",interactionIds:["none"],reason:"All is well"}){userErrors{code}}"#),
    ("EvidenceDiscountPayload", "mutation{$discount{@}}", MANAGER, "discounts{reason} count userErrors{code}"),
];

/// Ada is praised all of a sudden, where there was hardly anything a month ago; one of the praises is discounted already.
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
    vec![("%doubtful", text(&doubtful))]
}
