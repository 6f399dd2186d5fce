//! What the fields of one request look up together about outreach: a period is read once, for all members of a list.

use std::collections::HashMap;

use entity::MemberId;

use crate::app::App;
use crate::context::OpContext;
use crate::error::Result;
use crate::features::outreach::after_effect::Effect;
use crate::features::outreach::service::{self, Period};
use crate::graphql::batch::Batcher;

/// The batches of one request.
#[derive(Default)]
pub struct OutreachLoaders {
    effects: Batcher<(Period, MemberId), Effect>,
}

impl OutreachLoaders {
    /// What a member's help led to in a period; `None` when there is too much to read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn effect(&self, app: &App, ctx: &OpContext, period: Period, member: MemberId) -> Result<Option<Effect>> {
        let load = |keys: Vec<(Period, MemberId)>| async move {
            let mut groups: HashMap<Period, Vec<MemberId>> = HashMap::new();
            for (period, member) in keys {
                groups.entry(period).or_default().push(member);
            }
            let mut found = HashMap::new();
            for (period, members) in groups {
                let effects = service::after_effects(app, ctx, period, &members).await?;
                found.extend(effects.into_iter().map(|(member, effect)| ((period, member), effect)));
            }
            Ok(found)
        };
        self.effects.load((period, member), load).await
    }
}
