//! Storing the cases of the demo: their histories as an import does it, and what was done to make up for things by the services
//! that do it every day, at the instants at which it was done.

use std::collections::HashMap;
use std::sync::Arc;

use entity::{ApologyId, BreachId, CaseId, StaffId, Timestamp, Visibility, breach, staff};

use super::amends::{Apology, FollowUp, Repair, Then};
use super::promises::promised;
use super::{AGENT, DAY, DemoCase, HOUR, MANAGER, words};
use crate::app::App;
use crate::context::{Access, Actor, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::features::access;
use crate::features::cases::backdate::record::{CaseRecord, What};
use crate::features::cases::backdate::take::{CaseOutcome, take};
use crate::features::cases::command::Command;
use crate::features::cases::{announce, merge, service, store};
use crate::features::communities::service::{self as communities, CommunityChanges};
use crate::features::demo::DemoPlan;
use crate::features::expectations::apply::apply;
use crate::features::recovery::apology::{Answer, NewApology};
use crate::features::recovery::follow_up::{Cancellation, Completion, NewFollowUp, Rescheduling};
use crate::features::recovery::repair::NewRepair;
use crate::features::recovery::service::apologies::{Response, Retraction};
use crate::features::recovery::service::{apologies, follow_ups, repairs};

/// Cases in one transaction.
const BATCH: usize = 100;
/// Most breaches of a case that an apology names.
const MOST_BREACHES: i64 = 20;

/// Sets up what is promised, the cases, and what was done about them. Staff are there already.
///
/// # Errors
/// When the database fails.
pub(in crate::features::demo) async fn play(app: &App, access: &Access, plan: &DemoPlan, cases: &[DemoCase]) -> Result<()> {
    let ctx = app.system("seed");
    let changes = CommunityChanges {
        publish_expectations: Some(true),
        ..CommunityChanges::default()
    };
    communities::update(&app.db, &ctx, access, &changes, None).await?;
    apply(app, &ctx, access, &promised(plan)).await?;
    let ids = record(app, &ctx, access, cases).await?;
    let all: Vec<CaseId> = ids.values().copied().collect();
    let mut breaches = store::breaches_by_case(app.db.read(), access.community_id(), &all, MOST_BREACHES).await?;
    let stage = Stage {
        app,
        access,
        now: plan.now,
        staff: access::service::staff_of(app, access)
            .await?
            .into_iter()
            .map(|(person, _)| person)
            .collect(),
    };
    for case in cases {
        if let Some(id) = ids.get(case.record.external_id.as_str()) {
            let broken = breaches.remove(id).unwrap_or_default();
            Box::pin(stage.make_up(*id, case, &broken)).await?;
        }
    }
    for case in cases {
        Box::pin(stage.go_on(case, &ids)).await?;
    }
    // Days that have come and times that have passed since then.
    announce::run_once(app, ctx.now).await?;
    Ok(())
}

/// Records the cases; their ids by the ids that the forum gives them.
async fn record<'a>(app: &App, ctx: &OpContext, access: &Access, cases: &'a [DemoCase]) -> Result<HashMap<&'a str, CaseId>> {
    let mut ids = HashMap::new();
    for batch in cases.chunks(BATCH) {
        let records: Vec<CaseRecord> = batch.iter().map(|case| case.record.clone()).collect();
        let (all, community) = (&records, access.community_id());
        let taken = app
            .db
            .write(|tx: Tx| async move { take(&tx, ctx, community, all).await.map(|taken| taken.outcomes) })
            .await?;
        for (case, outcome) in batch.iter().zip(taken) {
            match outcome {
                CaseOutcome::Created(id) | CaseOutcome::Duplicate(id) => {
                    ids.insert(case.record.external_id.as_str(), id);
                }
                CaseOutcome::Rejected(error) => {
                    return Err(Error::internal(format!(
                        "{}: {}: {}",
                        case.record.external_id,
                        error.field.join("."),
                        error.message
                    )));
                }
            }
        }
    }
    Ok(ids)
}

/// Whether a case was private from the start, or became so.
fn is_private(case: &DemoCase) -> bool {
    let moved = |what: &What| *what == What::Visibility(Visibility::Private);
    case.record.visibility == Visibility::Private || case.record.events.iter().any(|event| moved(&event.what))
}

struct Stage<'a> {
    app: &'a App,
    access: &'a Access,
    now: Timestamp,
    staff: Vec<staff::Model>,
}

impl Stage<'_> {
    /// Somebody of staff does something at an instant.
    fn by(&self, case: &DemoCase, at: Timestamp) -> OpContext {
        let email = if is_private(case) { MANAGER } else { AGENT };
        let person = self.staff.iter().find(|person| person.email == email);
        OpContext {
            actor: person.map_or(Actor::System("seed"), |person| Actor::Staff {
                id: person.id,
                email: Arc::from(person.email.as_str()),
                name: Arc::from(person.name.as_str()),
                access: Arc::from([self.access.clone()]),
            }),
            request_id: Arc::from("seed"),
            now: at,
        }
    }

    /// Who had the case last, if they are staff: what is owed in it is theirs.
    fn owner(&self, case: &DemoCase) -> Option<StaffId> {
        let given = case.record.events.iter().rev().find_map(|event| match &event.what {
            What::Assignee(Some(to)) => Some(to),
            _ => None,
        });
        let owner = self.staff.iter().find(|person| Some(&person.email) == given)?;
        // Who works on public cases cannot own what has gone private since.
        (!is_private(case) || owner.email != AGENT).then_some(owner.id)
    }

    async fn make_up(&self, id: CaseId, case: &DemoCase, broken: &[breach::Model]) -> Result<()> {
        for follow_up in &case.amends.follow_ups {
            if follow_up.scheduled_at <= self.now && follow_up.scheduled_at >= case.record.opened_at {
                self.follow_up(id, case, follow_up).await?;
            }
        }
        if let (Some(apology), Some(first)) = (&case.amends.apology, broken.iter().map(|breach| breach.due_at).min()) {
            self.apologize(id, case, apology, first.plus_micros(apology.after_hours * HOUR), broken)
                .await?;
        }
        Ok(())
    }

    async fn follow_up(&self, id: CaseId, case: &DemoCase, plan: &FollowUp) -> Result<()> {
        let (app, access) = (self.app, self.access);
        let new = NewFollowUp {
            case: id,
            kind: plan.kind,
            description: plan.description.to_owned(),
            due_at: plan.due_at,
            owner: self.owner(case),
            promised_to_member: None,
        };
        let follow_up = follow_ups::schedule(app, &self.by(case, plan.scheduled_at), access, &new, None).await?;
        // The same one is said for the same follow-up each time.
        let outcome = usize::try_from(follow_up.0)
            .ok()
            .and_then(|number| words::OUTCOMES.get(number % words::OUTCOMES.len()));
        let done = Completion {
            follow_up,
            outcome: outcome.copied().unwrap_or_default().to_owned(),
        };
        match plan.then {
            Then::Nothing => {}
            Then::Done(at) => {
                follow_ups::complete(app, &self.by(case, at), access, &done, None).await?;
            }
            Then::PutOff(at, due_at, then) => {
                let to = Rescheduling { follow_up, due_at };
                follow_ups::reschedule(app, &self.by(case, at), access, &to, None).await?;
                if let Some(at) = then {
                    follow_ups::complete(app, &self.by(case, at), access, &done, None).await?;
                }
            }
            Then::Cancelled(at) => {
                let cancelled = Cancellation {
                    follow_up,
                    reason: "Is settled without it.".to_owned(),
                };
                follow_ups::cancel(app, &self.by(case, at), access, &cancelled, None).await?;
            }
        }
        Ok(())
    }

    async fn apologize(&self, id: CaseId, case: &DemoCase, plan: &Apology, at: Timestamp, broken: &[breach::Model]) -> Result<()> {
        let (app, access) = (self.app, self.access);
        if at > self.now {
            return Ok(());
        }
        // What was broken later is not known yet.
        let breaches: Vec<BreachId> = broken.iter().filter(|breach| breach.due_at <= at).map(|breach| breach.id).collect();
        let new = |text: &str| NewApology {
            case: id,
            breaches: breaches.clone(),
            text: text.to_owned(),
            components: plan.components.to_vec(),
            visibility: None,
            heard_at: None,
            send: !plan.is_draft,
        };
        let ctx = self.by(case, at);
        let apology = apologies::record(app, &ctx, access, &new(plan.text), None).await?.apology;
        if let Some(repair) = &plan.repair {
            self.repair(id, case, apology, repair, at).await?;
        }
        let later = |days: i64| Some(at.plus_micros(days * DAY)).filter(|at| *at <= self.now);
        if let (Some(reason), Some(at)) = (plan.retracted, later(1)) {
            let retraction = Retraction {
                apology,
                reason: reason.to_owned(),
            };
            apologies::retract(app, &self.by(case, at), access, &retraction, None).await?;
            return Ok(());
        }
        // Nobody knows before a fortnight is over that there will be no answer.
        let days = if plan.answer == Some(Answer::NoReply) { 14 } else { 1 };
        if let (Some(answer), Some(at)) = (plan.answer, later(days)) {
            let response = Response {
                apology,
                answer,
                responded_at: Some(at),
            };
            apologies::record_response(app, &self.by(case, at), access, &response, None).await?;
        }
        if let (Some(text), Some(at)) = (plan.again, later(3)) {
            apologies::record(app, &self.by(case, at), access, &new(text), None).await?;
        }
        Ok(())
    }

    async fn repair(&self, id: CaseId, case: &DemoCase, apology: ApologyId, plan: &Repair, at: Timestamp) -> Result<()> {
        let (app, access) = (self.app, self.access);
        let new = NewRepair {
            case: id,
            apology: Some(apology),
            kind: plan.kind,
            description: plan.description.to_owned(),
            amount: plan.amount,
            currency: plan.amount.map(|_| "EUR".to_owned()),
            due_at: Some(at.plus_micros(plan.due_days * DAY)),
        };
        let repair = repairs::promise(app, &self.by(case, at), access, &new, None).await?;
        let delivered = plan.delivered_after_days.map(|days| at.plus_micros(days * DAY));
        if let Some(at) = delivered.filter(|at| *at <= self.now) {
            repairs::deliver(app, &self.by(case, at), access, repair, None).await?;
        }
        Ok(())
    }

    /// What happens to a case in a way that involves another one.
    async fn go_on(&self, case: &DemoCase, ids: &HashMap<&str, CaseId>) -> Result<()> {
        let (app, access) = (self.app, self.access);
        let Some(id) = ids.get(case.record.external_id.as_str()) else {
            return Ok(());
        };
        if let Some((at, text)) = &case.written_again {
            let message = Command::ReceiveMessage {
                text: (*text).to_owned(),
                channel: case.record.channel.clone(),
            };
            service::change(app, &self.by(case, *at), access, (*id, None), &message, None).await?;
        }
        if let Some(into) = case.merged_into.and_then(|into| ids.get(into)) {
            merge::merge(app, &self.by(case, self.now), access, (*id, None), *into, None).await?;
        }
        Ok(())
    }
}
