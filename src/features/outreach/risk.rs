//! Why a member may be lost. Pure.

/// A case waits too long for the company after this time, in microseconds.
pub const LONG_WAIT: i64 = 24 * 3_600_000_000;
/// How long the present of a mood goes back, in microseconds.
pub const RECENT: i64 = 30 * 86_400_000_000;
/// How long before that the past of a mood goes back, in microseconds.
pub const BEFORE: i64 = 180 * 86_400_000_000;
/// So much lower must the mean sentiment be.
const FALL: f64 = 0.3;
/// So many measured interactions make a mean.
const ENOUGH: i64 = 3;

/// A reason to care for a member now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// An open case of theirs has a broken promise that was not excused.
    BreachedCase,
    /// An open case of theirs waits for the company too long.
    UnansweredCase,
    /// They feel worse than they did.
    FallingSentiment,
}

/// What open cases say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaseSigns {
    /// How many are open.
    pub open: i64,
    /// How many of them wait too long.
    pub unanswered: i64,
    /// How many of them have a broken promise.
    pub breached: i64,
}

/// The sentiment of interactions of a time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// How many were measured.
    pub count: i64,
    /// Their mean; `None` without any.
    pub mean: Option<f64>,
}

impl Sample {
    /// The mean, where there is enough to say one.
    #[must_use]
    pub fn measured(self) -> Option<f64> {
        self.mean.filter(|_mean| self.count >= ENOUGH)
    }
}

/// How somebody feels, and felt.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mood {
    /// Of late.
    pub recent: Sample,
    /// Before.
    pub before: Sample,
}

impl Mood {
    fn is_falling(self) -> bool {
        // Means of the same numbers differ in the last digit between engines.
        let fell = |recent: f64, before: f64| before - recent >= FALL - 1e-9;
        self.recent
            .measured()
            .zip(self.before.measured())
            .is_some_and(|(recent, before)| fell(recent, before))
    }
}

/// The reasons to care for somebody now.
#[must_use]
pub fn reasons(cases: CaseSigns, mood: Mood) -> Vec<Reason> {
    let signs = [
        (Reason::BreachedCase, cases.breached > 0),
        (Reason::UnansweredCase, cases.unanswered > 0),
        (Reason::FallingSentiment, mood.is_falling()),
    ];
    signs.into_iter().filter(|(_, holds)| *holds).map(|(reason, _)| reason).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mood(recent: (i64, f64), before: (i64, f64)) -> Mood {
        let sample = |(count, mean): (i64, f64)| Sample { count, mean: Some(mean) };
        Mood {
            recent: sample(recent),
            before: sample(before),
        }
    }

    fn of_mood(mood: Mood) -> Vec<Reason> {
        reasons(CaseSigns::default(), mood)
    }

    #[test]
    fn a_mood_falls_by_enough_of_enough() {
        assert_eq!(of_mood(mood((3, 0.2), (3, 0.5))), [Reason::FallingSentiment]);
        for other in [
            ((3, 0.21), (3, 0.5)),
            ((2, -1.0), (3, 0.5)),
            ((3, -1.0), (2, 0.5)),
            ((3, 0.9), (3, 0.5)),
        ] {
            assert!(of_mood(mood(other.0, other.1)).is_empty(), "{other:?}");
        }
        assert!(of_mood(Mood::default()).is_empty());
    }

    #[test]
    fn an_open_case_alone_is_no_reason() {
        let signs = |unanswered, breached| CaseSigns {
            open: 2,
            unanswered,
            breached,
        };
        assert!(reasons(signs(0, 0), Mood::default()).is_empty());
        assert_eq!(
            reasons(signs(1, 2), Mood::default()),
            [Reason::BreachedCase, Reason::UnansweredCase]
        );
        assert_eq!(reasons(signs(1, 0), Mood::default()), [Reason::UnansweredCase]);
    }
}
