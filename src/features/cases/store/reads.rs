//! What is read of cases: lists by condition, and what hangs on cases, looked up for many of them in one statement.

use std::collections::HashMap;

use entity::{
    ApologyStatus, BreachId, CaseEventId, CaseId, ClockId, CommunityId, MemberId, StaffId, Timestamp, Visibility, apology, apology_breach,
    breach, case, case_event, clock,
};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement, SimpleExpr};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait, Order, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Select, Statement,
};

use crate::db::packed;
use crate::db::query::Sql;
use crate::error::Result;
use crate::features::interactions;

/// Steps of an order: expressions without nulls, each with its direction.
pub type Steps = Vec<(SimpleExpr, Order)>;

/// Cases that meet a condition, in an order, at most `limit`.
pub async fn list_cases(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    condition: Condition,
    order: Steps,
    limit: u64,
) -> Result<Vec<case::Model>> {
    let query = ordered(case::Entity::in_community(community), condition, order, limit);
    packed::rows_of(connection, query.build(connection.get_database_backend())).await
}

/// How many cases meet a condition.
pub async fn count_cases(connection: &impl ConnectionTrait, community: CommunityId, condition: Condition) -> Result<u64> {
    Ok(case::Entity::in_community(community).filter(condition).count(connection).await?)
}

/// Breaches that meet a condition, in an order, at most `limit`.
pub async fn list_breaches(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    condition: Condition,
    order: Steps,
    limit: u64,
) -> Result<Vec<breach::Model>> {
    let query = ordered(breach::Entity::in_community(community), condition, order, limit);
    packed::rows_of(connection, query.build(connection.get_database_backend())).await
}

/// How many breaches meet a condition.
pub async fn count_breaches(connection: &impl ConnectionTrait, community: CommunityId, condition: Condition) -> Result<u64> {
    Ok(breach::Entity::in_community(community).filter(condition).count(connection).await?)
}

/// Entries of timelines that meet a condition, in an order, at most `limit`.
pub async fn list_entries(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    condition: Condition,
    order: Steps,
    limit: u64,
) -> Result<Vec<case_event::Model>> {
    let query = ordered(case_event::Entity::in_community(community), condition, order, limit);
    Ok(query.all(connection).await?)
}

/// How many entries of timelines meet a condition.
pub async fn count_entries(connection: &impl ConnectionTrait, community: CommunityId, condition: Condition) -> Result<u64> {
    let query = case_event::Entity::in_community(community).filter(condition);
    Ok(query.count(connection).await?)
}

fn ordered<E: EntityTrait>(query: Select<E>, condition: Condition, order: Steps, limit: u64) -> Select<E> {
    let query = query.filter(condition).limit(limit);
    order
        .into_iter()
        .fold(query, |query, (expression, direction)| query.order_by(expression, direction))
}

/// The case of a number.
pub async fn case_by_number(connection: &impl ConnectionTrait, community: CommunityId, number: i64) -> Result<Option<case::Model>> {
    let query = case::Entity::in_community(community).filter(case::Column::Number.eq(number));
    Ok(query.one(connection).await?)
}

/// Cases by id.
pub async fn cases_by_ids(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    ids: &[CaseId],
) -> Result<HashMap<CaseId, case::Model>> {
    let statement = by_ids(connection, "cases", community, ids.iter().map(|id| id.0));
    let rows: Vec<case::Model> = packed::rows_of(connection, statement).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Clocks by id.
pub async fn clocks_by_ids(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    ids: &[ClockId],
) -> Result<HashMap<ClockId, clock::Model>> {
    let statement = by_ids(connection, "clocks", community, ids.iter().map(|id| id.0));
    let rows: Vec<clock::Model> = packed::rows_of(connection, statement).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Breaches by id.
pub async fn breaches_by_ids(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    ids: &[BreachId],
) -> Result<HashMap<BreachId, breach::Model>> {
    let statement = by_ids(connection, "breaches", community, ids.iter().map(|id| id.0));
    let rows: Vec<breach::Model> = packed::rows_of(connection, statement).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

fn by_ids(connection: &impl ConnectionTrait, table: &str, community: CommunityId, ids: impl Iterator<Item = i64>) -> Statement {
    let head = format!("SELECT * FROM {table} WHERE community_id = ");
    Sql::new(connection.get_database_backend(), &head)
        .value(community.0)
        .text(" AND id")
        .in_ids(ids)
        .build()
}

/// The breaches of clocks; those that have one.
pub async fn breaches_of_clocks(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    clocks: &[ClockId],
) -> Result<HashMap<ClockId, breach::Model>> {
    let sql = Sql::new(connection.get_database_backend(), "SELECT * FROM breaches WHERE community_id = ")
        .value(community.0)
        .text(" AND clock_id")
        .in_ids(clocks.iter().map(|id| id.0));
    let rows: Vec<breach::Model> = packed::rows_of(connection, sql.build()).await?;
    Ok(rows.into_iter().map(|row| (row.clock_id, row)).collect())
}

/// An entry of a timeline.
pub async fn entry_by_id(connection: &impl ConnectionTrait, community: CommunityId, id: CaseEventId) -> Result<Option<case_event::Model>> {
    let query = case_event::Entity::in_community(community).filter(case_event::Column::Id.eq(id));
    Ok(query.one(connection).await?)
}

/// Some rows of each of several cases: a case may have thousands of them.
struct OfEach {
    table: &'static str,
    /// The column that names the case.
    owner: &'static str,
    /// More conditions.
    which: &'static str,
    order: &'static str,
    limit: i64,
}

impl OfEach {
    fn build(&self, backend: DbBackend, community: CommunityId, cases: &[CaseId]) -> Statement {
        let Self {
            table,
            owner,
            which,
            order,
            limit,
        } = self;
        let head = format!(
            "SELECT * FROM (SELECT r.*, ROW_NUMBER() OVER (PARTITION BY r.{owner} ORDER BY {order}) AS place FROM {table} r \
             WHERE r.community_id = "
        );
        Sql::new(backend, &head)
            .value(community.0)
            .text(&format!(" AND r.{owner}"))
            .in_ids(cases.iter().map(|id| id.0))
            .text(&format!("{which}) ranked WHERE place <= "))
            .value(*limit)
            .text(&format!(" ORDER BY {owner}, place"))
            .build()
    }
}

/// Which clocks of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WhichClocks {
    /// All of them.
    All,
    /// Those that run or are paused.
    Open,
    /// Those that have ended.
    Ended,
}

/// The clocks of cases, the latest started first, at most `limit` of each.
pub async fn clocks_by_case(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    cases: &[CaseId],
    which: WhichClocks,
    limit: i64,
) -> Result<HashMap<CaseId, Vec<clock::Model>>> {
    let of_each = OfEach {
        table: "clocks",
        owner: "case_id",
        which: match which {
            WhichClocks::All => "",
            WhichClocks::Open => " AND r.ended_at IS NULL",
            WhichClocks::Ended => " AND r.ended_at IS NOT NULL",
        },
        order: "r.started_at DESC, r.metric, r.id",
        limit,
    };
    let statement = of_each.build(connection.get_database_backend(), community, cases);
    let rows: Vec<clock::Model> = packed::rows_of(connection, statement).await?;
    Ok(grouped(rows, |row| Some(row.case_id)))
}

/// The breaches of cases, the latest due first, at most `limit` of each.
pub async fn breaches_by_case(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    cases: &[CaseId],
    limit: i64,
) -> Result<HashMap<CaseId, Vec<breach::Model>>> {
    let of_each = OfEach {
        table: "breaches",
        owner: "case_id",
        which: "",
        order: "r.due_at DESC, r.id DESC",
        limit,
    };
    let statement = of_each.build(connection.get_database_backend(), community, cases);
    let rows: Vec<breach::Model> = packed::rows_of(connection, statement).await?;
    Ok(grouped(rows, |row| Some(row.case_id)))
}

/// How a case hangs on another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// It goes on from it.
    Linked,
    /// It was merged into it.
    Merged,
}

/// The cases that hang on cases, the latest opened first, at most `limit` of each. Those above the clearance are left out.
pub async fn cases_on(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    cases: &[CaseId],
    (link, clearance): (Link, Visibility),
    limit: i64,
) -> Result<HashMap<CaseId, Vec<case::Model>>> {
    let of_each = OfEach {
        table: "cases",
        owner: match link {
            Link::Linked => "parent_id",
            Link::Merged => "merged_into",
        },
        which: match clearance {
            Visibility::Private => "",
            Visibility::Public | Visibility::SemiPrivate => " AND r.visibility < 2",
        },
        order: "r.opened_at DESC, r.id DESC",
        limit,
    };
    let statement = of_each.build(connection.get_database_backend(), community, cases);
    let rows: Vec<case::Model> = packed::rows_of(connection, statement).await?;
    Ok(grouped(rows, |row| match link {
        Link::Linked => row.parent_id,
        Link::Merged => row.merged_into,
    }))
}

fn grouped<R>(rows: Vec<R>, owner: impl Fn(&R) -> Option<CaseId>) -> HashMap<CaseId, Vec<R>> {
    let mut found: HashMap<CaseId, Vec<R>> = HashMap::new();
    for row in rows {
        if let Some(case) = owner(&row) {
            found.entry(case).or_default().push(row);
        }
    }
    found
}

/// Adds `IN (…)` over a case and those that were merged into it, directly or by way of others.
#[must_use]
pub fn in_whole_case(sql: Sql, community: CommunityId, case: CaseId) -> Sql {
    sql.text(" IN (WITH RECURSIVE whole(id) AS (SELECT id FROM cases WHERE community_id = ")
        .value(community.0)
        .text(" AND id = ")
        .value(case.0)
        .text(" UNION SELECT m.id FROM cases m JOIN whole w ON m.merged_into = w.id WHERE m.community_id = ")
        .value(community.0)
        .text(") SELECT id FROM whole)")
}

/// The condition that a case is a member's, or somebody's who was merged into them.
#[must_use]
pub fn of_members(community: CommunityId, members: &[MemberId]) -> SimpleExpr {
    Expr::col((case::Entity, case::Column::MemberId)).in_subquery(interactions::store::group_of(community, members))
}

/// The condition that a promise on a case was broken: there is a breach, or a clock that runs is overdue and was not
/// announced yet.
#[must_use]
pub fn is_breached(community: CommunityId, now: Timestamp) -> Condition {
    Condition::any()
        .add(Expr::col((case::Entity, case::Column::QueueDueAt)).lt(now.as_micros()))
        .add(Expr::exists(breaches_of_the_case(community)))
}

/// The condition that a case has a breach that is owed an apology, or goes on for one that has.
#[must_use]
pub fn owes_apology(community: CommunityId) -> Condition {
    let owed = breaches_of_the_case(community)
        .and_where(Expr::col((breach::Entity, breach::Column::ExcusedAt)).is_null())
        .and_where(is_answered(community).not())
        .to_owned();
    Condition::any().add(Expr::exists(owed)).add(goes_on_for_one_that_owes(community))
}

/// Starts from what is owed on merged cases, which are few, and follows each to where it goes on.
fn goes_on_for_one_that_owes(community: CommunityId) -> SimpleExpr {
    let counts = ANSWERS.map(|status| (status as i16).to_string()).join(", ");
    Expr::cust(format!(
        "\"cases\".\"id\" IN (WITH RECURSIVE line(id) AS (SELECT k.merged_into FROM breaches b JOIN cases k ON \
         k.community_id = b.community_id AND k.id = b.case_id WHERE b.community_id = {community} AND k.merged_into IS NOT NULL \
         AND b.excused_at IS NULL AND NOT EXISTS (SELECT 1 FROM apology_breaches x JOIN apologies a ON a.community_id = x.community_id \
         AND a.id = x.apology_id WHERE x.community_id = b.community_id AND x.breach_id = b.id AND a.status IN ({counts})) \
         UNION SELECT m.merged_into FROM cases m JOIN line l ON m.id = l.id WHERE m.community_id = {community} \
         AND m.merged_into IS NOT NULL) SELECT id FROM line)"
    ))
}

fn breaches_of_the_case(community: CommunityId) -> SelectStatement {
    Query::select()
        .column((breach::Entity, breach::Column::Id))
        .from(breach::Entity)
        .and_where(Expr::col((breach::Entity, breach::Column::CommunityId)).eq(community.0))
        .and_where(Expr::col((breach::Entity, breach::Column::CaseId)).equals((case::Entity, case::Column::Id)))
        .to_owned()
}

/// Where an apology stands that the customer has.
const ANSWERS: [ApologyStatus; 4] = [
    ApologyStatus::Sent,
    ApologyStatus::Accepted,
    ApologyStatus::Rejected,
    ApologyStatus::NoReply,
];

/// The condition that a breach was answered: the customer has an apology for it, which was not taken back.
#[must_use]
pub fn is_answered(community: CommunityId) -> SimpleExpr {
    use apology_breach::Column as Answer;
    let same = |ours: apology::Column, theirs: Answer| Expr::col((apology::Entity, ours)).equals((apology_breach::Entity, theirs));
    let answers = Query::select()
        .column((apology_breach::Entity, Answer::ApologyId))
        .from(apology_breach::Entity)
        .inner_join(
            apology::Entity,
            Condition::all()
                .add(same(apology::Column::CommunityId, Answer::CommunityId))
                .add(same(apology::Column::Id, Answer::ApologyId)),
        )
        .and_where(Expr::col((apology_breach::Entity, Answer::CommunityId)).eq(community.0))
        .and_where(Expr::col((apology_breach::Entity, Answer::BreachId)).equals((breach::Entity, breach::Column::Id)))
        .and_where(Expr::col((apology::Entity, apology::Column::Status)).is_in(ANSWERS.map(|status| status as i16)))
        .to_owned();
    Expr::exists(answers)
}

/// The condition that a breach's case meets another one.
#[must_use]
pub fn in_case(community: CommunityId, condition: Condition) -> SimpleExpr {
    let case = Query::select()
        .column((case::Entity, case::Column::Id))
        .from(case::Entity)
        .and_where(Expr::col((case::Entity, case::Column::CommunityId)).eq(community.0))
        .and_where(Expr::col((case::Entity, case::Column::Id)).equals((breach::Entity, breach::Column::CaseId)))
        .cond_where(condition)
        .to_owned();
    Expr::exists(case)
}

/// The condition that a breach is on a case that a member of staff has, or on one that goes on as such a case. Their cases are
/// looked up first: they are few.
#[must_use]
pub fn on_cases_of(community: CommunityId, staff: StaffId) -> SimpleExpr {
    Expr::cust(format!(
        "\"breaches\".\"case_id\" IN (WITH RECURSIVE own(id) AS (SELECT id FROM cases WHERE community_id = {community} AND assignee_id = \
         {staff} AND merged_into IS NULL UNION SELECT m.id FROM cases m JOIN own o ON m.merged_into = o.id WHERE m.community_id = \
         {community}) SELECT id FROM own)"
    ))
}
