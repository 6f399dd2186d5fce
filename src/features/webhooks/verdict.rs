//! What follows from an attempt to deliver a webhook. Pure.

use std::time::Duration;

use entity::{Timestamp, WebhookFault};

use super::schedule;

/// What came of an attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status, when there was an answer.
    pub status_code: Option<u16>,
    /// What was wrong; nothing when the webhook was taken.
    pub fault: Option<WebhookFault>,
    /// The same in words.
    pub message: Option<String>,
    /// The beginning of the answer's body.
    pub response: Option<String>,
    /// How long the endpoint asks to wait, as it wrote it.
    pub retry_after: Option<String>,
    /// How long it took.
    pub took: Duration,
}

impl Answer {
    /// An answer that came, judged by its status.
    #[must_use]
    pub fn of_status(status_code: u16) -> Self {
        let (fault, message) = match status_code {
            200..=299 => (None, None),
            300..=399 => (
                Some(WebhookFault::Redirect),
                Some(format!(
                    "answered {status_code}: redirects are not followed; give the endpoint its new address"
                )),
            ),
            _ => (Some(WebhookFault::Status), Some(format!("answered {status_code}"))),
        };
        Self {
            status_code: Some(status_code),
            fault,
            message,
            ..Self::default()
        }
    }

    /// No answer, and why.
    #[must_use]
    pub fn none(fault: WebhookFault, message: impl Into<String>) -> Self {
        Self {
            fault: Some(fault),
            message: Some(message.into()),
            ..Self::default()
        }
    }

    /// When the attempt that began at an instant was over.
    #[must_use]
    pub fn ended(&self, began: Timestamp) -> Timestamp {
        began.plus_micros(i64::try_from(self.took.as_micros()).unwrap_or(i64::MAX))
    }
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The webhook was taken.
    Delivered,
    /// It is sent again then.
    Again(Timestamp),
    /// It is not sent again by itself. Where the endpoint is to be paused, why.
    Failed(Option<String>),
}

/// Whether an answer asks for more patience: too many requests, or not available for now.
const fn asks_to_wait(status_code: u16) -> bool {
    matches!(status_code, 429 | 503)
}

/// What follows from an attempt that is over now, after `tries` tries with this one. A test is tried once and pauses nothing.
#[must_use]
pub fn judge(answer: &Answer, tries: i32, is_test: bool, now: Timestamp, chance: i64) -> Verdict {
    if answer.fault.is_none() {
        return Verdict::Delivered;
    }
    if is_test {
        return Verdict::Failed(None);
    }
    let told = answer.message.as_deref().unwrap_or("failed");
    if answer.status_code == Some(410) {
        return Verdict::Failed(Some(format!("the endpoint {told} (Gone): it wants no more webhooks")));
    }
    let Some(wait) = schedule::wait_after(tries, chance) else {
        let most = schedule::most_tries();
        return Verdict::Failed(Some(format!(
            "a webhook was not taken in {most} attempts over a day; the last one: {told}"
        )));
    };
    let asked = answer
        .retry_after
        .as_deref()
        .filter(|_| answer.status_code.is_some_and(asks_to_wait))
        .and_then(|text| schedule::asked_wait(text, now));
    // Never sooner than asked, and never sooner than usual either: tries are few.
    Verdict::Again(now.plus_micros(asked.map_or(wait, |asked| asked.max(wait))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000);
    const MINUTE: i64 = 60_000_000;

    fn again(verdict: &Verdict) -> i64 {
        match verdict {
            Verdict::Again(at) => at.as_micros() - NOW.as_micros(),
            other => panic!("not again but {other:?}"),
        }
    }

    #[test]
    fn only_200_to_299_is_delivered() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(
                judge(&Answer::of_status(status), 1, false, NOW, 500),
                Verdict::Delivered,
                "{status}"
            );
        }
        for (status, fault) in [
            (301, WebhookFault::Redirect),
            (307, WebhookFault::Redirect),
            (304, WebhookFault::Redirect),
            (100, WebhookFault::Status),
            (400, WebhookFault::Status),
            (404, WebhookFault::Status),
            (500, WebhookFault::Status),
            (999, WebhookFault::Status),
        ] {
            let answer = Answer::of_status(status);
            assert_eq!(answer.fault, Some(fault), "{status}");
            assert_eq!(again(&judge(&answer, 1, false, NOW, 500)), 5_000_000, "{status}");
        }
        assert!(Answer::of_status(302).message.unwrap().contains("not followed"));
    }

    #[test]
    fn what_fails_to_the_last_try_pauses_its_endpoint_and_says_why() {
        let none = Answer::none(WebhookFault::Timeout, "no answer within 15 s");
        assert_eq!(again(&judge(&none, 10, false, NOW, 500)), 600 * MINUTE);
        let Verdict::Failed(Some(why)) = judge(&none, 11, false, NOW, 500) else {
            panic!("it failed 11 times");
        };
        assert!(why.contains("11 attempts") && why.contains("no answer within 15 s"), "{why}");
    }

    #[test]
    fn gone_pauses_at_once() {
        let Verdict::Failed(Some(why)) = judge(&Answer::of_status(410), 1, false, NOW, 500) else {
            panic!("it is gone");
        };
        assert!(why.contains("410"), "{why}");
    }

    #[test]
    fn a_test_is_tried_once_and_pauses_nothing() {
        for answer in [
            Answer::of_status(500),
            Answer::of_status(410),
            Answer::none(WebhookFault::Connection, "refused"),
        ] {
            assert_eq!(judge(&answer, 1, true, NOW, 500), Verdict::Failed(None));
        }
        assert_eq!(judge(&Answer::of_status(204), 1, true, NOW, 500), Verdict::Delivered);
    }

    #[test]
    fn an_endpoint_that_is_busy_may_ask_for_patience() {
        let asking = |status, after: &str| Answer {
            retry_after: Some(after.to_owned()),
            ..Answer::of_status(status)
        };
        for (answer, wait) in [
            (asking(429, "600"), 10 * MINUTE),
            (asking(503, "600"), 10 * MINUTE),
            (asking(503, "86400"), 60 * MINUTE),
            // Not sooner than usual, and other answers cannot ask.
            (asking(429, "1"), 5_000_000),
            (asking(429, "soon"), 5_000_000),
            (asking(500, "600"), 5_000_000),
        ] {
            assert_eq!(again(&judge(&answer, 1, false, NOW, 500)), wait, "{answer:?}");
        }
    }
}
