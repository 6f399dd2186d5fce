//! What an order to discount or to restore evidence may be. Pure.

use entity::{InteractionId, InteractionKind};
use serde::Serialize;

use crate::error::{Error, Result, UserError, UserErrorCode as Code};
use crate::features::cases::texts::{self, LONGEST_REASON};

/// Most interactions in one order.
pub const MOST_INTERACTIONS: usize = 100;

/// The field that names the interactions.
const FIELD: &str = "interactionIds";

/// An order: which interactions, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Order {
    /// Which, in the order in which they were named; `None` for an id that names nothing in the community.
    pub interactions: Vec<Option<InteractionId>>,
    /// Why, kept as given.
    pub reason: String,
}

/// What is known of an interaction that an order names and that the caller may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// Which.
    pub id: InteractionId,
    /// What was done.
    pub kind: InteractionKind,
    /// Whether a discount of it is in force.
    pub is_discounted: bool,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// Take them out of the account.
    Discount,
    /// Put them back.
    Restore,
}

impl Order {
    /// What can be said of it before looking anything up.
    ///
    /// # Errors
    /// Each field that is wrong.
    pub fn check(&self) -> Result<()> {
        let mut wrong: Vec<UserError> = Vec::new();
        if self.interactions.is_empty() {
            wrong.push(UserError::at(FIELD, Code::Required, "must name at least one interaction"));
        }
        if self.interactions.len() > MOST_INTERACTIONS {
            let message = format!("must be at most {MOST_INTERACTIONS}");
            wrong.push(UserError::at(FIELD, Code::TooMany, message));
        }
        wrong.extend(texts::check("reason", &self.reason, LONGEST_REASON).err());
        none_of(wrong)
    }

    /// The ids that may name something.
    #[must_use]
    pub fn ids(&self) -> Vec<InteractionId> {
        self.interactions.iter().copied().flatten().collect()
    }

    /// Passes when the aim can be reached for every interaction. `known` tells of those that are there for the caller.
    ///
    /// # Errors
    /// Each interaction for which it cannot, by its place.
    pub fn check_each(&self, aim: Aim, known: impl Fn(InteractionId) -> Option<Named>) -> Result<()> {
        let mut wrong = Vec::new();
        let mut before: Vec<InteractionId> = Vec::with_capacity(self.interactions.len());
        for (place, id) in self.interactions.iter().enumerate() {
            let fault = match id.and_then(&known) {
                None => Some((Code::NotFound, "is not an interaction of this community")),
                Some(named) if before.contains(&named.id) => Some((Code::Invalid, "is named twice")),
                Some(named) => {
                    before.push(named.id);
                    fault(aim, named)
                }
            };
            wrong.extend(fault.map(|(code, message)| UserError::at(&format!("{FIELD}.{place}"), code, message)));
        }
        none_of(wrong)
    }
}

fn fault(aim: Aim, named: Named) -> Option<(Code, &'static str)> {
    match aim {
        Aim::Discount if named.kind == InteractionKind::Retraction => Some((Code::Invalid, "is a retraction, which gives nobody credit")),
        Aim::Discount if named.is_discounted => Some((Code::NotAllowedNow, "is discounted already")),
        Aim::Restore if !named.is_discounted => Some((Code::NotAllowedNow, "is not discounted")),
        Aim::Discount | Aim::Restore => None,
    }
}

fn none_of(wrong: Vec<UserError>) -> Result<()> {
    if wrong.is_empty() { Ok(()) } else { Err(Error::User(wrong)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(ids: &[Option<i64>]) -> Order {
        Order {
            interactions: ids.iter().map(|id| id.map(InteractionId)).collect(),
            reason: "They know each other".to_owned(),
        }
    }

    fn faults(result: Result<()>) -> Vec<String> {
        match result {
            Err(Error::User(errors)) => errors
                .into_iter()
                .map(|error| format!("{} {:?}", error.field.join("."), error.code))
                .collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn what_is_wrong_with_the_order_is_named() {
        assert_eq!(faults(order(&[Some(1)]).check()), [""; 0]);
        assert_eq!(faults(order(&[Some(1); 100]).check()), [""; 0]);
        assert_eq!(faults(order(&[Some(1); 101]).check()), ["interactionIds TooMany"]);
        let empty = Order {
            reason: " ".to_owned(),
            ..order(&[])
        };
        assert_eq!(faults(empty.check()), ["interactionIds Required", "reason Required"]);
    }

    #[test]
    fn each_interaction_that_will_not_do_is_named_by_its_place() {
        // 1 counts, 2 is discounted, 3 is a retraction; there are no others.
        let known = |id: InteractionId| {
            (1..=3).contains(&id.0).then_some(Named {
                id,
                kind: if id.0 == 3 {
                    InteractionKind::Retraction
                } else {
                    InteractionKind::Kudos
                },
                is_discounted: id.0 == 2,
            })
        };
        let all = order(&[Some(1), Some(2), Some(3), Some(4), None, Some(1)]);
        let expected = [
            "interactionIds.1 NotAllowedNow",
            "interactionIds.2 Invalid",
            "interactionIds.3 NotFound",
            "interactionIds.4 NotFound",
            "interactionIds.5 Invalid",
        ];
        assert_eq!(faults(all.check_each(Aim::Discount, known)), expected);
        assert_eq!(faults(order(&[Some(1)]).check_each(Aim::Discount, known)), [""; 0]);
        assert_eq!(faults(order(&[Some(2)]).check_each(Aim::Restore, known)), [""; 0]);
        let expected = ["interactionIds.0 NotAllowedNow", "interactionIds.1 NotAllowedNow"];
        assert_eq!(faults(order(&[Some(1), Some(3)]).check_each(Aim::Restore, known)), expected);
    }
}
