//! The evidence of a few members, for receipts, history and ties.

use std::collections::HashMap;

use entity::{CommunityId, InteractionId, InteractionKind, MemberId, Timestamp};
use sea_orm::ConnectionTrait;

use super::{Scope, TAGGED, factor, list, not_discounted};
use crate::db::query::Sql;
use crate::error::Result;
use crate::features::influence::account::Evidence;
use crate::features::influence::model::{Beneficiary, ScoringModel, Signal, credit_of, is_contribution, kinds_crediting};

/// Which side of the evidence to look from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// What these members were credited.
    Received,
    /// What these members credited others with.
    Given,
}

/// The evidence of some members, by member: what they received, or what they gave, then with the beneficiary.
pub async fn evidence(
    connection: &impl ConnectionTrait,
    model: &ScoringModel,
    scope: Scope,
    side: Side,
    members: &[MemberId],
) -> Result<HashMap<MemberId, Vec<(MemberId, Evidence)>>> {
    let backend = connection.get_database_backend();
    let mut sql = Sql::new(backend, "");
    // What gives credit, either way round, and for what was received how it was answered in turn.
    let both = [Beneficiary::Target, Beneficiary::Actor];
    let directions = both.map(|to| (to, false)).into_iter().chain(both.map(|to| (to, true)));
    let wanted = directions.filter(|(_, is_return)| !is_return || side == Side::Received);
    for (index, direction) in wanted.enumerate() {
        sql = one_direction(
            if index == 0 { sql } else { sql.text(" UNION ALL ") },
            model,
            scope,
            side,
            direction,
            members,
        );
    }
    let mut found: HashMap<MemberId, Vec<(MemberId, Evidence)>> = HashMap::new();
    let (mut invited, mut discounted) = (Vec::new(), Vec::new());
    for row in connection.query_all_raw(sql.build()).await? {
        let own: MemberId = row.try_get_by_index(0)?;
        let other: Option<MemberId> = row.try_get_by_index(1)?;
        if other == Some(own) {
            continue;
        }
        let (beneficiary, giver) = match side {
            Side::Received => (own, other),
            Side::Given => (other.unwrap_or(own), Some(own)),
        };
        let item = Evidence {
            interaction: row.try_get_by_index(2)?,
            kind: row.try_get_by_index(3)?,
            giver,
            since: row.try_get_by_index(4)?,
            visibility: row.try_get_by_index(5)?,
            until: row.try_get_by_index(6)?,
            factor: row.try_get_by_index(7)?,
            discounts: Vec::new(),
            is_return: row.try_get_by_index(9)?,
        };
        if row.try_get_by_index(8)? {
            discounted.push(item.interaction.0);
        }
        if item.kind == InteractionKind::Invite {
            invited.extend(giver);
        }
        found.entry(own).or_default().push((beneficiary, item));
    }
    settle_invitations(connection, scope, &invited, &mut found).await?;
    note_discounts(connection, scope.community, discounted, &mut found).await?;
    Ok(found)
}

/// Notes when evidence was discounted, and when it was restored.
async fn note_discounts(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    discounted: Vec<i64>,
    found: &mut HashMap<MemberId, Vec<(MemberId, Evidence)>>,
) -> Result<()> {
    if discounted.is_empty() {
        return Ok(());
    }
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT interaction_id, discounted_at, restored_at FROM evidence_discounts WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND interaction_id")
    .in_ids(discounted)
    .text(" ORDER BY discounted_at, id");
    let mut discounts: HashMap<InteractionId, Vec<(Timestamp, Option<Timestamp>)>> = HashMap::new();
    for row in connection.query_all_raw(sql.build()).await? {
        let times = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        discounts.entry(row.try_get_by_index(0)?).or_default().push(times);
    }
    for (_, item) in found.values_mut().flatten() {
        if let Some(times) = discounts.get(&item.interaction) {
            item.discounts.clone_from(times);
        }
    }
    Ok(())
}

fn one_direction(
    sql: Sql,
    model: &ScoringModel,
    scope: Scope,
    side: Side,
    (to, is_return): (Beneficiary, bool),
    members: &[MemberId],
) -> Sql {
    let (own, other) = match (side, to) {
        // Whoever benefits is the other one then.
        (Side::Received, Beneficiary::Actor) if is_return => ("target_id", "actor_id"),
        (Side::Received, Beneficiary::Target) if is_return => ("actor_id", "target_id"),
        (Side::Received, Beneficiary::Target) | (Side::Given, Beneficiary::Actor) => ("target_id", "actor_id"),
        (Side::Received, Beneficiary::Actor) | (Side::Given, Beneficiary::Target) => ("actor_id", "target_id"),
    };
    let kinds: Vec<i64> = kinds_crediting(to)
        .filter(|kind| !is_return || credit_of(*kind).is_some_and(|(signal, _)| signal == Signal::Help))
        .map(|kind| i64::from(kind as i16))
        .collect();
    let ids: Vec<i64> = members.iter().map(|id| id.0).collect();
    let sql = sql.text(
        "SELECT m.root, COALESCE(o.root_id, o.id), i.id, i.kind, i.occurred_at, i.visibility, \
         (SELECT MIN(+r.occurred_at) FROM interactions r WHERE r.community_id = i.community_id AND r.source = i.source \
         AND r.retracts = i.external_id), ",
    );
    let mut sql = factor(sql, &model.terms.topics)
        .text(", EXISTS (SELECT 1 FROM evidence_discounts d WHERE d.community_id = i.community_id AND d.interaction_id = i.id), ")
        .text(if is_return { "1 = 1 FROM " } else { "1 = 0 FROM " })
        .group_of(scope.community.0, &ids)
        .text(&format!(
            " m JOIN interactions i ON i.{own} = m.id LEFT JOIN members o ON o.community_id = i.community_id AND o.id = i.{other}"
        ));
    if let Some(topic) = scope.topic {
        sql = sql.text(TAGGED).value(topic.0);
    }
    sql.text(" WHERE i.community_id = ")
        .value(scope.community.0)
        .text(" AND i.kind IN")
        .text(&list(&kinds))
}

/// An invitation counts since the newcomer first took part after it, and not at all before.
async fn settle_invitations(
    connection: &impl ConnectionTrait,
    scope: Scope,
    invited: &[MemberId],
    found: &mut HashMap<MemberId, Vec<(MemberId, Evidence)>>,
) -> Result<()> {
    let first = if invited.is_empty() {
        HashMap::new()
    } else {
        first_contributions(connection, scope, invited).await?
    };
    for items in found.values_mut() {
        items.retain_mut(|(_, item)| {
            if item.kind != InteractionKind::Invite {
                return true;
            }
            let Some(since) = item.giver.and_then(|giver| first.get(&giver)) else {
                return false;
            };
            let counts = item.since <= *since;
            item.since = *since;
            counts
        });
    }
    Ok(())
}

async fn first_contributions(
    connection: &impl ConnectionTrait,
    scope: Scope,
    members: &[MemberId],
) -> Result<HashMap<MemberId, Timestamp>> {
    let kinds: Vec<i64> = InteractionKind::ALL
        .iter()
        .filter(|kind| is_contribution(**kind))
        .map(|kind| i64::from(*kind as i16))
        .collect();
    let ids: Vec<i64> = members.iter().map(|id| id.0).collect();
    let mut sql = Sql::new(connection.get_database_backend(), "SELECT m.root, MIN(i.occurred_at) FROM ")
        .group_of(scope.community.0, &ids)
        .text(" m JOIN interactions i ON i.actor_id = m.id");
    if let Some(topic) = scope.topic {
        sql = sql.text(TAGGED).value(topic.0);
    }
    let sql = sql
        .text(" WHERE i.community_id = ")
        .value(scope.community.0)
        .text(" AND i.kind IN")
        .text(&list(&kinds))
        .text(
            " AND NOT EXISTS (SELECT 1 FROM interactions r WHERE r.community_id = i.community_id AND r.source = i.source \
             AND r.retracts = i.external_id)",
        );
    let sql = not_discounted(sql, None).text(" GROUP BY 1");
    let rows = connection.query_all_raw(sql.build()).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}
