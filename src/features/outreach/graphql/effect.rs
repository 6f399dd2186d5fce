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
    /// Whether both ratios rest on enough: cameBackEnough and solvedEnough together.
    enough: bool,
    /// Whether cameBackRatio rests on enough. It needs 10 helped people who have their like among the comparable, 10 comparable people,
    /// and 5 of them who came back; and so many must be expected to come back among the helped (`sum(h * y / c)`), that these are 5,
    /// too. A comparable person counts by how many helped ones they stand for (`w = h / c`): they are worth as many as
    /// `sum(w)^2 / sum(w^2)` who stand for equally many. Below that the ratio says nothing.
    came_back_enough: bool,
    /// The same for solvedRatio: 10 people on either side, and 5 who solved their problem.
    solved_enough: bool,
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
            enough: effect.came_back_enough && effect.solved_enough,
            came_back_enough: effect.came_back_enough,
            solved_enough: effect.solved_enough,
        }
    }
}
