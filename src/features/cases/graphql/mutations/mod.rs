//! Mutations of cases: each names one command, and gives the case as it is afterwards.

mod lifecycle;
mod merge;
mod open;
mod promises;
mod talk;
mod upkeep;

use async_graphql::{Context, ID, MergedObject, SimpleObject};
use entity::CaseId;

use self::lifecycle::LifecycleMutation;
use self::merge::MergeMutation;
use self::open::OpenMutation;
use self::promises::PromiseMutation;
use self::talk::TalkMutation;
use self::upkeep::UpkeepMutation;
use super::Case;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result, UserErrorCode, UserErrors};
use crate::features::cases::command::Command;
use crate::features::cases::service;
use crate::graphql::errors::{UserErrorObject, user_errors};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::idempotency::Once;

/// Changes to cases.
#[derive(MergedObject, Default)]
pub struct CaseMutation(
    OpenMutation,
    TalkMutation,
    LifecycleMutation,
    UpkeepMutation,
    MergeMutation,
    PromiseMutation,
);

/// The case after a change, or why it did not change.
#[derive(SimpleObject)]
pub struct CasePayload {
    /// The case as it is now; null when nothing was done, or when the caller may not see it any more.
    case: Option<Case>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

impl CasePayload {
    async fn new(ctx: &Context<'_>, access: &Access, done: Result<CaseId>) -> Result<Self> {
        Ok(match user_errors(done)? {
            Err(user_errors) => Self { case: None, user_errors },
            Ok(id) => Self {
                case: Case::find(ctx, access, id).await?,
                user_errors: Vec::new(),
            },
        })
    }
}

/// The case to change, and how to be sure that it is changed once and as it was seen.
struct Target {
    community: String,
    case_id: ID,
    expected_version: Option<i64>,
    idempotency_key: Option<String>,
}

impl Target {
    const fn new(community: String, case_id: ID, expected_version: Option<i64>, idempotency_key: Option<String>) -> Self {
        Self {
            community,
            case_id,
            expected_version,
            idempotency_key,
        }
    }
}

/// Does one command to a case. `command` decodes what else was given, once it is known that the caller may write.
async fn change(
    ctx: &Context<'_>,
    mutation: &'static str,
    target: Target,
    command: impl FnOnce(&Access) -> Result<Command>,
) -> Result<CasePayload> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = op.community(&target.community)?;
    access.require(Permission::WriteCases)?;
    let changed = async {
        // All that is wrong with the input is told at once.
        let mut errors = UserErrors::default();
        let case = errors.value(case_key(access, &target.case_id, "caseId"))?;
        let command = errors.value(command(access))?;
        errors.add(command.iter().flat_map(Command::check));
        let input = (case, target.expected_version, &command);
        let key = errors.value(Once::new(target.idempotency_key.as_deref(), mutation, &input))?;
        let ((case, command), key) = errors.done(case.zip(command).zip(key))?;
        let target = (case, target.expected_version);
        service::change(ctx.data_unchecked(), op, access, target, &command, key.as_ref()).await
    };
    CasePayload::new(ctx, access, changed.await).await
}

/// The key in a global id of the community.
fn key_of(access: &Access, id: &ID, node_type: NodeType, field: &str) -> Result<i64> {
    GlobalId::expect(id, node_type, access.community_id(), "object")
        .map_err(|_not_here| Error::user(field, UserErrorCode::NotFound, "is not in this community"))
}

fn case_key(access: &Access, id: &ID, field: &str) -> Result<CaseId> {
    key_of(access, id, NodeType::Case, field).map(CaseId)
}
