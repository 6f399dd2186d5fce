//! What a member's help led to, as the API tells it.

use async_graphql::SimpleObject;

use crate::features::outreach::after_effect::Effect;

/// What became of those whom a member helped, beside comparable people whom nobody helped. Each person counts once, by one question;
/// staff, bots and those who opted out do not count.
///
/// It is observed and not tried: who is helped is not drawn by lot, so a ratio above 1 goes with the help and need not come from it.
#[derive(SimpleObject)]
pub struct AfterEffect {
    /// How many people this member answered, replied to or wrote to within 7 days after a question of theirs.
    helped: u32,
    /// How many of them contributed anything in the 30 days after the help.
    came_back: u32,
    /// How many of them accepted a solution in the 30 days after the help: in the conversation of their question, where one is known.
    solved: u32,
    /// How many others asked in the same time and were helped by nobody within 7 days; only those who had contributed about as often
    /// before (never, 1 to 4 times, more often) as somebody who was helped. They are looked at for 30 days from as long after their
    /// question as this member's help took in the middle.
    comparable: u32,
    /// How many of the comparable people came back.
    comparable_came_back: u32,
    /// How many of the comparable people solved their problem.
    comparable_solved: u32,
    /// How often the helped came back, as a multiple of what comparable people did: `sum(x) / sum(h * y / c)` over the three groups of
    /// how often people had contributed before, where `h` were helped and `x` of them came back, and `c` are comparable and `y` of
    /// them came back (direct standardisation). Null when no comparable person came back.
    came_back_ratio: Option<f64>,
    /// The same for how often people solved their problem.
    solved_ratio: Option<f64>,
    /// Whether there are at least 10 people on both sides to compare. Below that the ratios say nothing.
    enough: bool,
}

impl From<Effect> for AfterEffect {
    fn from(effect: Effect) -> Self {
        Self {
            helped: effect.helped.people,
            came_back: effect.helped.came_back,
            solved: effect.helped.solved,
            comparable: effect.comparable.people,
            comparable_came_back: effect.comparable.came_back,
            comparable_solved: effect.comparable.solved,
            came_back_ratio: effect.came_back_ratio,
            solved_ratio: effect.solved_ratio,
            enough: effect.enough,
        }
    }
}
