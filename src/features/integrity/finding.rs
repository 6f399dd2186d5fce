//! What was found: whose credit looks arranged, and in which words that is told. Pure.

use entity::{InteractionId, MemberId, Timestamp, Visibility};

use crate::features::influence::model::Signal;

/// Most interactions that are kept as the evidence of a finding.
pub const MOST_EVIDENCE: i64 = 200;

/// Most findings of a kind.
pub const MOST_FINDINGS: usize = 100;

/// What kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Members without trust who credit hardly anybody but one member and each other.
    Ring,
    /// Far more credit in a week than is usual.
    Jump,
}

/// What the credit looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pattern {
    /// Members without trust credit one member and each other.
    Lifted,
    /// Members without trust credit each other.
    Circle,
    /// Sudden credit for help and thanks.
    Jump {
        /// How much in the last week.
        credit: f64,
        /// How much in a usual week before.
        usual: f64,
    },
}

impl Pattern {
    /// The kind of the finding.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Lifted | Self::Circle => Kind::Ring,
            Self::Jump { .. } => Kind::Jump,
        }
    }

    /// Whether credit for this is looked at. Invitations are not: whether they count is up to what the newcomer does.
    #[must_use]
    pub const fn is_about(self, signal: Signal) -> bool {
        match self {
            Self::Lifted | Self::Circle => !matches!(signal, Signal::Advocacy),
            Self::Jump { .. } => matches!(signal, Signal::Help | Signal::Recognition),
        }
    }
}

/// A finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What the credit looks like.
    pub pattern: Pattern,
    /// Who is in it; where one member benefits, that one first.
    pub members: Vec<MemberId>,
    /// Whose credit to these members it is about; anybody's when empty.
    pub givers: Vec<MemberId>,
    /// How much of the credit it is, 0 to 1; of which credit depends on the pattern.
    pub share: f64,
    /// How much credit is in question, before it faded.
    pub credit: f64,
    /// The first of these interactions.
    pub since: Timestamp,
    /// The last of them.
    pub until: Timestamp,
    /// How many there are.
    pub count: usize,
    /// The newest of them, with their visibility.
    pub evidence: Vec<(InteractionId, Visibility)>,
}

impl Finding {
    /// The finding in a plain sentence, without names.
    #[must_use]
    pub fn description(&self) -> String {
        let percent = self.share * 100.0;
        let givers = self.givers.len();
        match self.pattern {
            Pattern::Lifted => format!(
                "{givers} members without trust gave at least 80 % of all their credit to one member and to each other; it is \
                 {percent:.0} % of what this member's credit of the last half-life is worth."
            ),
            Pattern::Circle => format!("{givers} members without trust gave {percent:.0} % of all their credit to each other."),
            Pattern::Jump { credit, usual } if usual > 0.0 => {
                format!("{credit:.1} credit for help and thanks in 7 days, where {usual:.1} a week was usual before.")
            }
            Pattern::Jump { credit, .. } => format!("{credit:.1} credit for help and thanks in 7 days, where there was none before."),
        }
    }
}

/// Findings in the order in which they are told: those with the most credit in question first.
pub fn strongest_first(findings: &mut [Finding]) {
    findings.sort_by(|a, b| b.credit.total_cmp(&a.credit).then_with(|| a.members.cmp(&b.members)));
}
