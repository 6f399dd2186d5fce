//! What an endpoint is told: which events, under which id, in which words.

use entity::{Timestamp, Visibility, WebhookDeliveryId, WebhookDeliveryStatus, webhook_delivery, webhook_endpoint};
use serde_json::{Value, json};

use super::store::NewDelivery;
use crate::auth::Permissions;
use crate::events::EventType;
use crate::events::log::{Entry, Page, Reading};
use crate::events::payload;

/// The type of test deliveries, which no event has.
pub const TEST: &str = "webhook.test";

/// The kind of record that endpoints are in the change log.
const ENDPOINT: &str = "webhook_endpoint";

/// Largest body, in bytes. The data of an event that would be larger is left out.
const MOST_BODY: usize = 256 * 1024;
/// So much text is made at once, about: imports write events that list thousands of records.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Which events an endpoint asked for, and may be told of.
#[must_use]
pub fn reading(endpoint: &webhook_endpoint::Model) -> Reading {
    let types = endpoint.event_types.as_deref();
    Reading {
        community: endpoint.community_id,
        permissions: Permissions::of_scopes(&endpoint.scopes),
        clearance: endpoint.clearance,
        types: types.map(|names| names.split_ascii_whitespace().filter_map(EventType::parse).collect()),
        subjects: None,
    }
}

/// Whether an endpoint, as it is now, may be told what a delivery says. Tests say nothing.
#[must_use]
pub fn may_be_told(endpoint: &webhook_endpoint::Model, delivery: &webhook_delivery::Model) -> bool {
    delivery.seq.is_none() || reading(endpoint).shows(&entry(delivery))
}

/// The event of a delivery, as far as its row says.
#[must_use]
pub fn entry(delivery: &webhook_delivery::Model) -> Entry {
    Entry {
        community: delivery.community_id,
        seq: delivery.seq.unwrap_or(0),
        event_type: delivery.event_type.clone(),
        subject_type: delivery.subject_type.clone(),
        subject_id: delivery.subject_id,
        at: delivery.at,
        actor: String::new(),
        visibility: delivery.visibility,
        internal: delivery.internal,
        payload: Value::Null,
    }
}

/// The delivery of an event.
#[must_use]
pub fn of_event(endpoint: &webhook_endpoint::Model, entry: &Entry, slug: &str) -> NewDelivery {
    let envelope = payload::envelope_for(entry, slug, Permissions::of_scopes(&endpoint.scopes));
    NewDelivery {
        seq: entry.seq,
        message_id: format!("msg_{}_{}_{}", endpoint.community_id, entry.seq, endpoint.id),
        event_type: entry.event_type.clone(),
        subject_type: entry.subject_type.clone(),
        subject_id: entry.subject_id,
        visibility: entry.visibility,
        internal: entry.internal,
        at: entry.at,
        body: bounded(envelope),
    }
}

/// The deliveries of a page, as far as they are not too much at once; up to where that is, and whether there is more.
#[must_use]
pub fn of_page(endpoint: &webhook_endpoint::Model, page: &Page, slug: &str) -> (Vec<NewDelivery>, i64, bool) {
    let (mut made, mut bytes) = (Vec::new(), 0);
    for entry in &page.entries {
        let new = of_event(endpoint, entry, slug);
        bytes += new.body.len();
        made.push(new);
        if bytes >= MOST_BYTES {
            return (made, entry.seq, true);
        }
    }
    (made, page.end, page.has_more)
}

/// The body of an event. Where it would be too large, it says so, and what it leaves out can be read from the change log.
fn bounded(mut envelope: Value) -> String {
    let body = envelope.to_string();
    if body.len() <= MOST_BODY {
        return body;
    }
    if let Some(envelope) = envelope.as_object_mut() {
        envelope.insert("data".to_owned(), Value::Null);
        envelope.insert("truncated".to_owned(), Value::Bool(true));
    }
    envelope.to_string()
}

/// The body of a delivery as far as its endpoint may read it now: it may have lost scopes since that was written.
#[must_use]
pub fn body_for(endpoint: &webhook_endpoint::Model, delivery: &webhook_delivery::Model) -> String {
    let mut envelope: Value = serde_json::from_str(&delivery.body).unwrap_or_default();
    let permissions = Permissions::of_scopes(&endpoint.scopes);
    let is_less = envelope.get_mut("data").is_some_and(|data| payload::withhold(data, permissions));
    if is_less { envelope.to_string() } else { delivery.body.clone() }
}

/// Who asks for a test, and when.
#[derive(Clone, Copy, Debug)]
pub struct Tester<'a> {
    /// As the change log names actors.
    pub actor: &'a str,
    /// When.
    pub now: Timestamp,
}

/// A test delivery, which is due at once.
#[must_use]
pub fn of_test(endpoint: &webhook_endpoint::Model, id: WebhookDeliveryId, slug: &str, tester: Tester<'_>) -> webhook_delivery::Model {
    let community = endpoint.community_id;
    // In the words of events, so that a receiver need not know tests.
    let entry = Entry {
        community,
        seq: 0,
        event_type: TEST.to_owned(),
        subject_type: ENDPOINT.to_owned(),
        subject_id: endpoint.id.0,
        at: tester.now,
        actor: tester.actor.to_owned(),
        visibility: Visibility::Public,
        internal: false,
        payload: json!({ "message": "This is a test. Nothing happened." }),
    };
    let mut envelope = payload::envelope(&entry, slug);
    if let Some(envelope) = envelope.as_object_mut() {
        // It has no place in the log from which somebody could go on.
        envelope.insert("id".to_owned(), Value::Null);
    }
    webhook_delivery::Model {
        community_id: community,
        id,
        endpoint_id: endpoint.id,
        seq: None,
        message_id: format!("msg_{community}_test{id}_{}", endpoint.id),
        event_type: entry.event_type,
        subject_type: entry.subject_type,
        subject_id: entry.subject_id,
        visibility: entry.visibility,
        internal: entry.internal,
        at: entry.at,
        body: envelope.to_string(),
        status: WebhookDeliveryStatus::Pending,
        tries: 0,
        next_at: tester.now,
        claimed_by: None,
        claimed_until: None,
        created_at: tester.now,
        finished_at: None,
    }
}

#[cfg(test)]
mod tests {
    use entity::{CommunityId, WebhookEndpointId, WebhookEndpointStatus, WebhookSecret};

    use super::*;
    use crate::global_id::{GlobalId, NodeType};

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

    fn endpoint(types: Option<&str>, scopes: &str, clearance: Visibility) -> webhook_endpoint::Model {
        webhook_endpoint::Model {
            community_id: CommunityId(1),
            id: WebhookEndpointId(3),
            url: "https://example.com/".to_owned(),
            description: None,
            event_types: types.map(ToOwned::to_owned),
            scopes: scopes.to_owned(),
            clearance,
            status: WebhookEndpointStatus::Active,
            paused_at: None,
            pause_reason: None,
            read_to: 0,
            secret: WebhookSecret(String::new()),
            secret_at: NOW,
            old_secret: None,
            old_secret_until: None,
            created_by: "staff:1".to_owned(),
            created_at: NOW,
            deleted_at: None,
        }
    }

    fn opened(payload: Value) -> Entry {
        Entry {
            community: CommunityId(1),
            seq: 7,
            event_type: "case.opened".to_owned(),
            subject_type: "case".to_owned(),
            subject_id: 5,
            at: NOW,
            actor: "staff:1".to_owned(),
            visibility: Visibility::SemiPrivate,
            internal: false,
            payload,
        }
    }

    fn delivery(new: NewDelivery) -> webhook_delivery::Model {
        webhook_delivery::Model {
            seq: Some(new.seq),
            message_id: new.message_id,
            event_type: new.event_type,
            subject_type: new.subject_type,
            subject_id: new.subject_id,
            visibility: new.visibility,
            internal: new.internal,
            at: new.at,
            body: new.body,
            ..of_test(
                &endpoint(None, "", Visibility::Public),
                WebhookDeliveryId(9),
                "tea",
                Tester {
                    actor: "staff:1",
                    now: NOW,
                },
            )
        }
    }

    #[test]
    fn an_event_goes_out_in_its_envelope_under_an_id_that_stays() {
        let for_all = endpoint(None, "cases:read", Visibility::Private);
        let new = of_event(&for_all, &opened(json!({ "severity": "HIGH" })), "tea");
        assert_eq!(new.message_id, "msg_1_7_3");
        let body: Value = serde_json::from_str(&new.body).unwrap();
        assert_eq!(
            (&body["type"], &body["community"], &body["data"]["severity"]),
            (&json!("case.opened"), &json!("tea"), &json!("HIGH"))
        );
        assert_eq!(body["subject"]["type"], "Case");
    }

    #[test]
    fn a_body_is_bounded_and_says_so() {
        let for_all = endpoint(None, "cases:read", Visibility::Private);
        let new = of_event(&for_all, &opened(json!({ "long": "x".repeat(MOST_BODY) })), "tea");
        assert!(new.body.len() < 1_000);
        let body: Value = serde_json::from_str(&new.body).unwrap();
        assert_eq!((&body["data"], &body["truncated"]), (&Value::Null, &json!(true)));
    }

    #[test]
    fn an_endpoint_is_told_what_it_asked_for_and_may_know() {
        let told = delivery(of_event(
            &endpoint(None, "cases:read", Visibility::Private),
            &opened(json!({})),
            "tea",
        ));
        for (types, scopes, clearance, may) in [
            (None, "cases:read", Visibility::Private, true),
            (Some("case.opened"), "members:read cases:read", Visibility::SemiPrivate, true),
            (None, "cases:read", Visibility::Public, false),
            (None, "members:read", Visibility::Private, false),
            (Some("case.resolved"), "cases:read", Visibility::Private, false),
        ] {
            assert_eq!(
                may_be_told(&endpoint(types, scopes, clearance), &told),
                may,
                "{types:?} {scopes} {clearance}"
            );
        }
    }

    #[test]
    fn what_an_endpoint_may_know_no_more_is_left_out_of_what_waits_for_it() {
        let (wide, narrow) = ("cases:read members:read", "cases:read");
        let made = |scopes| {
            let event = opened(json!({ "member": 4, "severity": "HIGH" }));
            delivery(of_event(&endpoint(None, scopes, Visibility::Private), &event, "tea"))
        };
        let read = |scopes, delivery: &webhook_delivery::Model| body_for(&endpoint(None, scopes, Visibility::Private), delivery);
        assert!(made(wide).body.contains("memberId"));
        assert_eq!(read(wide, &made(wide)), made(wide).body, "the same bytes");
        assert_eq!(read(narrow, &made(narrow)), made(narrow).body, "the same bytes");
        assert_eq!(read(wide, &made(narrow)), made(narrow).body, "the same bytes");
        assert_eq!(read(narrow, &made(wide)), made(narrow).body);
    }

    #[test]
    fn a_test_may_always_be_sent_and_has_an_id_of_its_own() {
        let endpoint = endpoint(Some("case.opened"), "cases:read", Visibility::Public);
        let tester = Tester {
            actor: "staff:1",
            now: NOW,
        };
        let test = of_test(&endpoint, WebhookDeliveryId(9), "tea", tester);
        assert_eq!(
            (test.message_id.as_str(), test.seq, test.status),
            ("msg_1_test9_3", None, WebhookDeliveryStatus::Pending)
        );
        assert!(may_be_told(&endpoint, &test));
        let body: Value = serde_json::from_str(&test.body).unwrap();
        assert_eq!((&body["type"], &body["id"]), (&json!("webhook.test"), &Value::Null));
        let id = GlobalId::text(NodeType::WebhookEndpoint, CommunityId(1), 3);
        assert_eq!(body["subject"], json!({ "type": "WebhookEndpoint", "id": id }));
    }
}
