//! The interactions that a finding rests on.

use entity::{CommunityId, InteractionId, MemberId, Visibility};
use sea_orm::ConnectionTrait;

use crate::db::query::Sql;
use crate::error::Result;
use crate::features::influence::model::{Beneficiary, ScoringModel, credit_of};
use crate::features::influence::store::not_discounted;
use crate::features::integrity::finding::{Finding, MOST_EVIDENCE};

/// The interactions of a finding with their visibility, the newest first.
pub async fn evidence(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    model: &ScoringModel,
    finding: &Finding,
) -> Result<Vec<(InteractionId, Visibility)>> {
    let mut sql = Sql::new(connection.get_database_backend(), "SELECT e.id, e.visibility FROM (");
    let mut is_first = true;
    for to in [Beneficiary::Target, Beneficiary::Actor] {
        let kinds = kinds(model, finding, to);
        if !kinds.is_empty() {
            let sql_before = if is_first { sql } else { sql.text(" UNION ALL ") };
            sql = one_direction(sql_before, community, finding, to, &kinds);
            is_first = false;
        }
    }
    if is_first {
        return Ok(Vec::new());
    }
    let sql = sql.text(") e ORDER BY e.occurred_at DESC, e.id DESC LIMIT ").value(MOST_EVIDENCE);
    let rows = connection.query_all_raw(sql.build()).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}

/// The kinds that a finding is about and that credit one side, as a list in the text: so that the engine can see them.
fn kinds(model: &ScoringModel, finding: &Finding, to: Beneficiary) -> String {
    let counts = |kind: &entity::InteractionKind| {
        let speaks = model.rule(*kind).is_some_and(|rule| rule.to == to && rule.value > 0.0);
        speaks && credit_of(*kind).is_some_and(|(signal, _)| finding.pattern.is_about(signal))
    };
    let kinds = entity::InteractionKind::ALL.iter().filter(|kind| counts(kind));
    kinds.map(|kind| (*kind as i16).to_string()).collect::<Vec<_>>().join(",")
}

fn one_direction(sql: Sql, community: CommunityId, finding: &Finding, to: Beneficiary, kinds: &str) -> Sql {
    let (own, other) = match to {
        Beneficiary::Target => ("target_id", "actor_id"),
        Beneficiary::Actor => ("actor_id", "target_id"),
    };
    let ids = |members: &[MemberId]| members.iter().map(|id| id.0).collect::<Vec<i64>>();
    let mut sql = sql
        .text("SELECT i.id, i.visibility, i.occurred_at FROM ")
        .group_of(community.0, &ids(&finding.members))
        .text(&format!(" b JOIN interactions i ON i.{own} = b.id "));
    if finding.givers.is_empty() {
        sql = sql.text(&format!(
            "LEFT JOIN members g ON g.community_id = i.community_id AND g.id = i.{other} WHERE \
             (g.id IS NULL OR COALESCE(g.root_id, g.id) <> b.root)"
        ));
    } else {
        sql = sql
            .text("JOIN ")
            .group_of(community.0, &ids(&finding.givers))
            .text(&format!(" g ON g.id = i.{other} WHERE g.root <> b.root"));
    }
    let sql = sql
        .text(" AND i.community_id = ")
        .value(community.0)
        .text(&format!(" AND i.kind IN ({kinds}) AND i.occurred_at >= "))
        .value(finding.since.as_micros())
        .text(" AND i.occurred_at <= ")
        .value(finding.until.as_micros())
        .text(
            " AND NOT EXISTS (SELECT 1 FROM interactions r WHERE r.community_id = i.community_id AND r.source = i.source \
             AND r.retracts = i.external_id)",
        );
    not_discounted(sql, None)
}
