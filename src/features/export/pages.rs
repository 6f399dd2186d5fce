//! The lines of a page: rows read in one snapshot of the database, and of what they refer to only what the caller may see, as in
//! the API.

mod amends;

use std::collections::{HashMap, HashSet};

use entity::{CaseId, InteractionId, MemberId, Timestamp, case, identity, member};
use sea_orm::DatabaseTransaction;
use serde::Serialize;

use super::kind::Kind;
use super::line::{self, Ids};
use super::store::{self, Person, Slice};
use crate::auth::Permission;
use crate::context::Access;
use crate::error::{Error, Result};
use crate::features::cases::policy as cases;
use crate::features::cases::summary::NEVER;
use crate::features::expectations::rows as expectations;
use crate::features::influence::snapshot::Snapshot;
use crate::features::members;
use crate::global_id::NodeType;
use crate::graphql::scalars::Promised;

/// What a page is made from.
pub(super) struct Source<'a> {
    /// The snapshot.
    pub db: &'a DatabaseTransaction,
    /// What the caller may do.
    pub access: &'a Access,
    /// The instant of the export.
    pub now: Timestamp,
    /// The ranking, and its members by id, where scores are exported.
    pub scores: Option<(&'a Snapshot, &'a [MemberId])>,
}

/// A page.
#[derive(Default)]
pub(super) struct Page {
    /// Its lines.
    pub lines: Vec<u8>,
    /// How many.
    pub count: u64,
    /// The last key that was looked at; `None` when there is nothing more.
    pub last: Option<i64>,
}

impl Page {
    /// An empty page for rows with these keys.
    fn over(slice: Slice, keys: impl ExactSizeIterator<Item = i64>) -> Self {
        let is_full = i64::try_from(keys.len()).is_ok_and(|count| count >= slice.limit);
        Self {
            last: keys.last().filter(|_last| is_full),
            ..Self::default()
        }
    }

    fn add(&mut self, line: &impl Serialize) -> Result<()> {
        self.count += 1;
        line::add(&mut self.lines, line)
    }
}

/// The account by which an import knows a member: it takes the member's handle for that of this account.
fn own_account<'a>(row: &member::Model, accounts: &'a [identity::Model]) -> Option<&'a identity::Model> {
    let has_handle = |account: &&identity::Model| row.handle.is_some() && account.handle == row.handle;
    accounts.iter().find(has_handle).or_else(|| accounts.first())
}

impl Source<'_> {
    /// A page of a kind.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn page(&self, kind: Kind, slice: Slice) -> Result<Page> {
        match kind {
            Kind::Members => Box::pin(self.members(slice)).await,
            Kind::Interactions => Box::pin(self.interactions(slice)).await,
            Kind::Expectations => Box::pin(self.expectations(slice)).await,
            Kind::Cases => Box::pin(self.cases(slice)).await,
            Kind::Apologies => Box::pin(self.apologies(slice)).await,
            Kind::Repairs => Box::pin(self.repairs(slice)).await,
            Kind::FollowUps => Box::pin(self.follow_ups(slice)).await,
            Kind::Advocates => Box::pin(self.advocates(slice)).await,
            Kind::Scores => self.scores(slice),
        }
    }

    fn may(&self, permission: Permission) -> bool {
        self.access.require(permission).is_ok()
    }

    fn ids(&self) -> Ids {
        Ids(self.access.community_id())
    }

    /// Whose something is, for who may know members.
    fn member_id(&self, id: MemberId) -> Option<String> {
        self.may(Permission::ReadMembers).then(|| self.ids().of(NodeType::Member, id.0))
    }

    async fn members(&self, slice: Slice) -> Result<Page> {
        let rows = store::members(self.db, slice).await?;
        let may_read_data = self.may(Permission::ReadMemberData);
        let identities = if may_read_data {
            let ids: Vec<MemberId> = rows.iter().map(|row| row.id).collect();
            members::store::identities(self.db, slice.community, &ids).await?
        } else {
            HashMap::new()
        };
        let mut page = Page::over(slice, rows.iter().map(|row| row.id.0));
        for row in &rows {
            let accounts = identities.get(&row.id).map(Vec::as_slice).unwrap_or_default();
            let own = own_account(row, accounts);
            page.add(&line::Member {
                r#type: Kind::Members.line_type(),
                id: self.ids().of(NodeType::Member, row.id.0),
                source: own.map(|own| own.provider.as_str()),
                external_id: own.map(|own| own.external_id.as_str()),
                display_name: &row.display_name,
                handle: row.handle.as_deref(),
                joined_at: row.joined_at,
                last_active_at: row.last_active_at,
                is_staff: row.is_staff,
                is_bot: row.is_bot,
                consent: row.consent,
                attributes: may_read_data.then_some(&row.attributes),
                identities: may_read_data.then(|| accounts.iter().map(line::Identity::from).collect()),
                created_at: row.created_at,
                updated_at: row.updated_at,
            })?;
        }
        Ok(page)
    }

    async fn interactions(&self, slice: Slice) -> Result<Page> {
        let rows = store::interactions(self.db, slice).await?;
        let ids: Vec<InteractionId> = rows.iter().map(|row| row.id).collect();
        let topics = crate::features::interactions::store::topics_of(self.db, slice.community, &ids).await?;
        let named: HashSet<MemberId> = rows.iter().flat_map(|row| row.actor_id.into_iter().chain(row.target_id)).collect();
        let people = store::people(self.db, slice.community, &named).await?;
        let accounts = if self.may(Permission::ReadMemberData) {
            store::accounts(self.db, slice.community, &named).await?
        } else {
            HashMap::new()
        };
        let member = |id: Option<MemberId>| Some(self.ids().of(NodeType::Member, people.get(&id?)?.root.0));
        let account = |id: Option<MemberId>, source: &str| accounts.get(&(id?, source.to_owned())).map(String::as_str);
        let mut page = Page::over(slice, rows.iter().map(|row| row.id.0));
        for row in &rows {
            let about = topics.get(&row.id).map(Vec::as_slice).unwrap_or_default();
            page.add(&line::Interaction {
                r#type: Kind::Interactions.line_type(),
                id: self.ids().of(NodeType::Interaction, row.id.0),
                source: &row.source,
                external_id: &row.external_id,
                kind: row.kind,
                actor: account(row.actor_id, &row.source),
                actor_id: member(row.actor_id),
                target: account(row.target_id, &row.source),
                target_id: member(row.target_id),
                thread: row.thread.as_deref(),
                parent: row.parent.as_deref(),
                channel: row.channel.as_deref(),
                visibility: row.visibility,
                occurred_at: row.occurred_at,
                recorded_at: row.recorded_at,
                topics: about.iter().map(|(_, name)| name.as_str()).collect(),
                sentiment: row.sentiment,
                text: row.text.as_deref(),
                url: row.url.as_deref(),
                retracts: row.retracts.as_deref(),
            })?;
        }
        Ok(page)
    }

    async fn expectations(&self, slice: Slice) -> Result<Page> {
        let rows = store::expectations(self.db, slice).await?;
        let mut page = Page::over(slice, rows.iter().map(|row| row.id.0));
        for row in &rows {
            let terms = expectations::terms(row)?;
            let promised = |micros: i64| Promised {
                micros,
                is_open_time: row.calendar_series_id.is_some(),
            };
            page.add(&line::Expectation {
                r#type: Kind::Expectations.line_type(),
                id: self.ids().of(NodeType::Expectation, row.id.0),
                version: row.version,
                status: expectations::status_at(row, self.now),
                name: &row.name,
                public_text: &row.public_text,
                metric: row.metric,
                target: promised(row.target).text(),
                warn_before: promised(row.warn_before).text(),
                pause_on: terms.pause_on(),
                severities: terms.severities,
                categories: terms.categories,
                channels: terms.channels,
                effective_from: row.effective_from,
                effective_to: row.effective_to,
                published_at: row.published_at,
            })?;
        }
        Ok(page)
    }

    async fn cases(&self, slice: Slice) -> Result<Page> {
        let mut rows = store::cases(self.db, slice).await?;
        let mut page = Page::over(slice, rows.iter().map(|row| row.id.0));
        // The statement says so already: what is private never leaves by a forgotten condition.
        rows.retain(|row| cases::visible(self.access, row));
        let whose: HashSet<MemberId> = rows.iter().map(|row| row.member_id).collect();
        let people = store::people(self.db, slice.community, &whose).await?;
        let others: HashSet<CaseId> = rows
            .iter()
            .flat_map(|row| row.parent_id.into_iter().chain(row.merged_into))
            .collect();
        let seen = store::seen_cases(self.db, slice, others).await?;
        let origins = if self.may(Permission::ReadInteractions) {
            let origins: HashSet<InteractionId> = rows.iter().filter_map(|row| row.origin_interaction_id).collect();
            store::seen_interactions(self.db, slice, origins).await?
        } else {
            HashSet::new()
        };
        for row in &rows {
            let person = people.get(&row.member_id).copied();
            let person = person.ok_or_else(|| Error::internal(format!("case {} has lost its member", row.id)))?;
            page.add(&self.case(row, person, &seen, &origins))?;
        }
        Ok(page)
    }

    fn case<'a>(&self, row: &'a case::Model, person: Person, seen: &HashSet<CaseId>, origins: &HashSet<InteractionId>) -> line::Case<'a> {
        let ids = self.ids();
        let other = |id: Option<CaseId>| Some(ids.of(NodeType::Case, id.filter(|id| seen.contains(id))?.0));
        let origin = row.origin_interaction_id.filter(|id| origins.contains(id));
        let may_read_influence = cases::may_read_influence(self.access, row) && person.is_scored;
        line::Case {
            r#type: Kind::Cases.line_type(),
            id: ids.of(NodeType::Case, row.id.0),
            number: row.number,
            member_id: self.member_id(person.root),
            subject: &row.subject,
            category: row.category.as_deref(),
            severity: row.severity,
            channel: row.channel.as_deref(),
            visibility: row.visibility,
            status: row.status,
            assignee_id: row.assignee_id.map(|id| ids.of(NodeType::Staff, id.0)),
            opened_at: row.opened_at,
            first_response_at: row.first_response_at,
            waiting_since: row.waiting_since,
            resolved_at: row.resolved_at,
            first_resolved_at: row.first_resolved_at,
            closed_at: row.closed_at,
            reopen_count: row.reopen_count,
            next_due_at: (row.queue_due_at < NEVER).then_some(row.queue_due_at),
            sentiment: row.sentiment,
            parent_id: other(row.parent_id),
            merged_into_id: other(row.merged_into),
            origin_interaction_id: origin.map(|id| ids.of(NodeType::Interaction, id.0)),
            influence_at_open: row.influence_at_open.filter(|_value| may_read_influence),
            backdated: row.backdated,
            version: row.version,
            updated_at: row.updated_at,
        }
    }

    async fn advocates(&self, slice: Slice) -> Result<Page> {
        let rows = store::advocates(self.db, slice).await?;
        let whom: HashSet<MemberId> = rows.iter().map(|row| row.member_id).collect();
        let people = store::people(self.db, slice.community, &whom).await?;
        let programmes = rows.iter().map(|row| row.programme_id).collect();
        let programmes = store::programmes(self.db, slice.community, programmes).await?;
        let mut page = Page::over(slice, rows.iter().map(|row| row.id.0));
        for row in &rows {
            let member = people.get(&row.member_id).map_or(row.member_id, |person| person.root);
            page.add(&line::Advocate {
                r#type: Kind::Advocates.line_type(),
                id: self.ids().of(NodeType::Advocate, row.id.0),
                programme_id: self.ids().of(NodeType::AdvocateProgramme, row.programme_id.0),
                programme: programmes.get(&row.programme_id).map(String::as_str),
                member_id: self.member_id(member),
                since: row.since,
                reason: &row.reason,
                status: row.status,
                added_by: &row.added_by,
                added_at: row.added_at,
                left_at: row.left_at,
                left_reason: row.left_reason.as_deref(),
            })?;
        }
        Ok(page)
    }

    fn scores(&self, slice: Slice) -> Result<Page> {
        let Some((ranking, members)) = self.scores else {
            return Err(Error::internal("scores are not loaded"));
        };
        let start = members.partition_point(|member| member.0 <= slice.after);
        let limit = usize::try_from(slice.limit).unwrap_or(usize::MAX);
        let members = members.get(start..).unwrap_or_default();
        let members = members.get(..limit.min(members.len())).unwrap_or_default();
        let mut page = Page::over(slice, members.iter().map(|member| member.0));
        for standing in members.iter().filter_map(|member| ranking.standing(*member)) {
            page.add(&line::Score {
                r#type: Kind::Scores.line_type(),
                member_id: self.ids().of(NodeType::Member, standing.member.0),
                value: ranking.model.value(standing.total),
                points: standing.total,
                rank: ranking.rank(standing.total),
                percentile: ranking.percentile(standing.total),
                level: ranking.model.level(standing.total, standing.evidence).as_str(),
                computed_at: ranking.as_of,
            })?;
        }
        Ok(page)
    }
}
