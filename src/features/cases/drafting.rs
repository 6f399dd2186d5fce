//! What is settled about a case to open, by what the community has. What is wrong with fields that do not depend on each other is told
//! at once.

use entity::{CaseId, CommunityId, InteractionId, MemberId, Visibility, interaction};

use super::opening::{Draft, Opening};
use super::service::assignable;
use super::{policy, store};
use crate::context::Access;
use crate::db::Tx;
use crate::error::{Error, Result, UserErrorCode, UserErrors};

/// What is settled about a case to open.
///
/// # Errors
/// [`Error::User`] with all that is not here, is not possible, or does not fit together.
pub(super) async fn draft(tx: &Tx, access: &Access, opening: &Opening, influence: Option<f64>) -> Result<Draft> {
    let community = access.community_id();
    let mut errors = UserErrors::default();
    let origin = match opening.origin {
        None => Some(None),
        Some(id) => errors.value(origin(tx, access, id).await)?.map(Some),
    };
    let author = origin.as_ref().and_then(Option::as_ref).and_then(|origin| origin.actor_id);
    let person = errors.value(person(tx, community, opening.member, author).await)?;
    // Without the interaction it is not known how public the case would be, unless it is said.
    let visibility = match &origin {
        Some(origin) => errors.value(visibility(access, opening, origin.as_ref()))?,
        None => opening.visibility,
    };
    if let Some(parent) = opening.parent {
        errors.value(check_parent(tx, access, parent).await)?;
    }
    if let Some(visibility) = visibility {
        errors.value(assignable(tx, community, opening.assignee, visibility).await)?;
    }
    let ((origin, is_scored), visibility) = errors.done(origin.zip(person).zip(visibility))?;
    let influence = influence.filter(|_| is_scored);
    Ok(settled(opening, origin, visibility, influence))
}

fn settled(opening: &Opening, origin: Option<interaction::Model>, visibility: Visibility, influence: Option<f64>) -> Draft {
    let said = origin.as_ref();
    Draft {
        // The person themselves, not the member they were merged into: a merge can be taken back.
        member: said.and_then(|said| said.actor_id).unwrap_or(opening.member),
        subject: opening.subject(said),
        has_private_subject: opening.has_private_subject(said, visibility),
        channel: opening.channel.clone().or_else(|| said.and_then(|said| said.channel.clone())),
        origin,
        category: opening.category.clone(),
        severity: opening.severity,
        visibility,
        assignee: opening.assignee,
        message: opening.message.clone(),
        parent: opening.parent,
        influence,
    }
}

fn not_here(field: &str) -> Error {
    Error::user(field, UserErrorCode::NotFound, "is not in this community")
}

/// The interaction that a case comes from, which has opened none yet.
async fn origin(tx: &Tx, access: &Access, id: InteractionId) -> Result<interaction::Model> {
    let community = access.community_id();
    let found = store::interaction(tx, community, id).await?;
    let found = found.filter(|row| row.visibility <= access.clearance);
    let found = found.ok_or_else(|| not_here("originId"))?;
    let Some(other) = store::opened_by(tx, community, id).await? else {
        return Ok(found);
    };
    let which = if policy::visible(access, &other) {
        format!("case {}", other.number)
    } else {
        "a case".to_owned()
    };
    Err(Error::user(
        "originId",
        UserErrorCode::Conflict,
        format!("has opened {which} already"),
    ))
}

/// Whether the member whose case it is may be scored; who said what it comes from must be the same person.
async fn person(tx: &Tx, community: CommunityId, member: MemberId, author: Option<MemberId>) -> Result<bool> {
    let ids: Vec<_> = author.into_iter().chain([member]).collect();
    let people = store::people(tx, community, &ids).await?;
    let person = people.get(&member).ok_or_else(|| not_here("memberId"))?;
    if let Some(author) = author
        && people.get(&author).is_none_or(|author| author.root != person.root)
    {
        return Err(Error::user(
            "originId",
            UserErrorCode::Invalid,
            "is an interaction of another member",
        ));
    }
    Ok(person.is_scored)
}

/// How public the case becomes: as asked for, or as what it comes from.
fn visibility(access: &Access, opening: &Opening, origin: Option<&interaction::Model>) -> Result<Visibility> {
    let said = origin.map(|origin| origin.visibility);
    let visibility = opening.visibility.unwrap_or(match said {
        Some(Visibility::Public) => Visibility::Public,
        _ => Visibility::Private,
    });
    let said_in_private = said.is_some_and(|said| said > Visibility::Public);
    if said_in_private && visibility == Visibility::Public && opening.subject.is_none() {
        let message = "is needed for a public case: what was said in private does not become its subject";
        return Err(Error::user("subject", UserErrorCode::Required, message));
    }
    if visibility > access.clearance {
        let message = "is above your clearance: a colleague with the clearance PRIVATE must open it";
        return Err(Error::user("visibility", UserErrorCode::NotAllowedNow, message));
    }
    Ok(visibility)
}

/// Passes when the case that it goes on from is there; it is locked.
async fn check_parent(tx: &Tx, access: &Access, parent: CaseId) -> Result<()> {
    let found = store::lock(tx, access.community_id(), parent).await?;
    let found = found.filter(|parent| policy::visible(access, parent));
    found.map(|_parent| ()).ok_or_else(|| not_here("parentId"))
}
