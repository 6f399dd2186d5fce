//! What members really did for others in a stretch of time: what a ranking made before it should foretell. Pure.

use std::collections::HashSet;

use entity::InteractionKind as Kind;

use super::record::Act;

/// What somebody who was helped with an answer counts.
const ANSWERED: f64 = 1.0;
/// What somebody who accepted an answer counts.
const ACCEPTED: f64 = 2.0;
/// What a thank-you or an endorsement counts.
const THANKED: f64 = 0.5;

/// Gains by place of member: 1 for each person answered, 2 for each person who accepted an answer, ½ for each thank-you or
/// endorsement. What people do towards themselves gains nothing.
#[must_use]
pub fn gains(people: usize, acts: &[Act]) -> Vec<f64> {
    let mut gains = vec![0.0; people];
    let mut add = |place: usize, gain: f64| {
        if let Some(slot) = gains.get_mut(place) {
            *slot += gain;
        }
    };
    let mut met: HashSet<(Kind, usize, usize)> = HashSet::new();
    for act in acts {
        match act.kind {
            Kind::Answer | Kind::Reply | Kind::Message => {
                if let Some((helper, helped)) = act.pair()
                    && met.insert((Kind::Answer, helper, helped))
                {
                    add(helper, ANSWERED);
                }
            }
            Kind::SolutionAccepted => {
                if let Some((asker, solver)) = act.pair()
                    && met.insert((Kind::SolutionAccepted, solver, asker))
                {
                    add(solver, ACCEPTED);
                }
            }
            Kind::Kudos | Kind::Endorsement => {
                if let Some(target) = act.target.filter(|_| act.actor != act.target) {
                    add(target as usize, THANKED);
                }
            }
            _ => {}
        }
    }
    gains
}

#[cfg(test)]
mod tests {
    use entity::Timestamp;

    use super::*;

    fn act(kind: Kind, actor: Option<u32>, target: Option<u32>) -> Act {
        Act {
            kind,
            actor,
            target,
            at: Timestamp::from_micros(0),
            factor: 1.0,
        }
    }

    #[test]
    fn people_count_once_and_thanks_each_time() {
        let acts = [
            act(Kind::Answer, Some(0), Some(1)),
            act(Kind::Reply, Some(0), Some(1)),
            act(Kind::Answer, Some(0), Some(2)),
            act(Kind::Answer, Some(0), Some(0)),
            act(Kind::SolutionAccepted, Some(2), Some(0)),
            act(Kind::SolutionAccepted, Some(2), Some(0)),
            act(Kind::Kudos, None, Some(0)),
            act(Kind::Kudos, Some(1), Some(0)),
            act(Kind::Kudos, Some(0), Some(0)),
            act(Kind::Comment, Some(1), Some(0)),
        ];
        assert_eq!(gains(3, &acts), [1.0 + 1.0 + 2.0 + 0.5 + 0.5, 0.0, 0.0]);
    }
}
