//! The types of events: one table of their names, of the kind of record that each is about, and of what a reader needs to see it.
//!
//! Names are part of the stored data and of what integrations rely on: never rename, only add. The line that describes a type is
//! its description in the API and in `docs/events.md`. The version goes up when the data of a type loses something or changes its
//! meaning; what is only added changes no version.

use crate::auth::{Permission, Permissions};

/// Hands the table to a macro. Each line: the type, its name in the log, the kind of its subject, all that a reader must be allowed,
/// and the version of its data.
macro_rules! with_event_types {
    ($take:ident) => {
        $take! {
            /// A community was set up.
            CommunityCreated = "community.created" about "community" for ReadMembers; version 1,
            /// A community's settings changed.
            CommunityUpdated = "community.updated" about "community" for ReadMembers; version 1,
            /// A member became known.
            MemberCreated = "member.created" about "member" for ReadMembers; version 1,
            /// A member's data changed.
            MemberUpdated = "member.updated" about "member" for ReadMembers; version 1,
            /// A member was merged into another.
            MemberMerged = "member.merged" about "member" for ReadMembers; version 1,
            /// A merge was taken back.
            MemberUnmerged = "member.unmerged" about "member" for ReadMembers; version 1,
            /// A member may not be scored any more: whoever keeps a score of them must forget it.
            MemberOptedOut = "member.opted_out" about "member" for ReadMembers; version 1,
            /// A member who had opted out may be scored again.
            MemberOptedIn = "member.opted_in" about "member" for ReadMembers; version 1,
            /// A member's score moved by a step, changed its level or its place in front, or is gone.
            ScoreChanged = "score.changed" about "member" for ReadInfluence; version 1,
            /// An interaction was recorded.
            InteractionRecorded = "interaction.recorded" about "interaction" for ReadInteractions; version 1,
            /// An interaction was taken back: it counts no more.
            InteractionRetracted = "interaction.retracted" about "interaction" for ReadInteractions; version 1,
            /// An import added or changed members: the payload lists them.
            MembersImported = "members.imported" about "member" for ReadMembers; version 1,
            /// An import recorded interactions: the payload lists them.
            InteractionsImported = "interactions.imported" about "interaction" for ReadInteractions; version 1,
            /// An import took interactions back: the payload lists them.
            InteractionsRetracted = "interactions.retracted" about "interaction" for ReadInteractions; version 1,
            /// A member of staff got a grant, or another one.
            GrantSet = "grant.set" about "staff" for ManageAccess; version 1,
            /// A grant was taken away.
            GrantRevoked = "grant.revoked" about "staff" for ManageAccess; version 1,
            /// An integration got credentials.
            ApiClientCreated = "api_client.created" about "api_client" for ManageAccess; version 1,
            /// An integration's credentials were revoked.
            ApiClientRevoked = "api_client.revoked" about "api_client" for ManageAccess; version 1,
            /// A webhook endpoint was set up.
            WebhookEndpointCreated = "webhook_endpoint.created" about "webhook_endpoint" for ManageAccess; version 1,
            /// A webhook endpoint changed, or its secret did.
            WebhookEndpointUpdated = "webhook_endpoint.updated" about "webhook_endpoint" for ManageAccess; version 1,
            /// A webhook endpoint was deleted.
            WebhookEndpointDeleted = "webhook_endpoint.deleted" about "webhook_endpoint" for ManageAccess; version 1,
            /// A webhook endpoint gets nothing any more, because somebody said so or because it failed for too long.
            WebhookEndpointPaused = "webhook_endpoint.paused" about "webhook_endpoint" for ManageAccess; version 1,
            /// A webhook endpoint that was paused gets events again.
            WebhookEndpointResumed = "webhook_endpoint.resumed" about "webhook_endpoint" for ManageAccess; version 1,
            /// A version of the scoring model was drafted.
            ScoringModelCreated = "scoring_model.created" about "scoring_model" for ReadInfluence; version 1,
            /// Scores are made by another version of the scoring model.
            ScoringModelActivated = "scoring_model.activated" about "scoring_model" for ReadInfluence; version 1,
            /// A draft of the scoring model was dropped.
            ScoringModelDiscarded = "scoring_model.discarded" about "scoring_model" for ReadInfluence; version 1,
            /// Work in the background was asked for.
            JobQueued = "job.queued" about "job" for ManageInfluence; version 1,
            /// Work in the background is over: done, failed or called off.
            JobFinished = "job.finished" about "job" for ManageInfluence; version 1,
            /// A calendar was set up.
            CalendarCreated = "calendar.created" about "calendar" for ReadExpectations; version 1,
            /// A calendar got another version.
            CalendarUpdated = "calendar.updated" about "calendar" for ReadExpectations; version 1,
            /// Holidays were proposed for a calendar: the payload lists them.
            HolidaysProposed = "holidays.proposed" about "calendar" for ReadExpectations; version 1,
            /// Proposed holidays were approved or declined: the payload lists them.
            HolidaysDecided = "holidays.decided" about "calendar" for ReadExpectations; version 1,
            /// An expectation, or another version of one, was drafted.
            ExpectationDrafted = "expectation.drafted" about "expectation" for ReadExpectations; version 1,
            /// A draft of an expectation changed.
            ExpectationUpdated = "expectation.updated" about "expectation" for ReadExpectations; version 1,
            /// A draft of an expectation was dropped.
            ExpectationDiscarded = "expectation.discarded" about "expectation" for ReadExpectations; version 1,
            /// An expectation was published; the version before it, if any, ended with that.
            ExpectationPublished = "expectation.published" about "expectation" for ReadExpectations; version 1,
            /// An expectation is promised no more.
            ExpectationRetired = "expectation.retired" about "expectation" for ReadExpectations; version 1,
            /// A case was opened.
            CaseOpened = "case.opened" about "case" for ReadCases; version 1,
            /// A person of the company replied to the customer.
            CaseResponded = "case.responded" about "case" for ReadCases; version 1,
            /// A message came in on a case.
            CaseMessageReceived = "case.message_received" about "case" for ReadCases; version 1,
            /// Severity, subject, category or channel of a case changed.
            CaseUpdated = "case.updated" about "case" for ReadCases; version 1,
            /// A case changed its status, other than by resolving, reopening or merging.
            CaseStatusChanged = "case.status_changed" about "case" for ReadCases; version 1,
            /// A case was given to somebody, or taken from them.
            CaseAssigned = "case.assigned" about "case" for ReadCases; version 1,
            /// A case went from public to private, or back: for those who could not see it before, it appears.
            CaseMoved = "case.moved" about "case" for ReadCases; version 1,
            /// A case went from public to private: for those who may read only what is public, it is gone with all that hangs on it.
            CaseWithdrawn = "case.withdrawn" about "case" for ReadCases; version 1,
            /// A case was resolved.
            CaseResolved = "case.resolved" about "case" for ReadCases; version 1,
            /// A case was reopened.
            CaseReopened = "case.reopened" about "case" for ReadCases; version 1,
            /// A case is continued in another one.
            CaseMerged = "case.merged" about "case" for ReadCases; version 1,
            /// Another case is continued in this one.
            CaseAbsorbed = "case.absorbed" about "case" for ReadCases; version 1,
            /// Somebody of the company noted something on a case.
            CaseNoted = "case.noted" about "case" for ReadCaseNotes, ReadCases; version 1,
            /// How a customer felt was recorded.
            CaseSentimentRecorded = "case.sentiment_recorded" about "case" for ReadCases; version 1,
            /// An import added or changed cases: the payload lists them.
            CasesImported = "cases.imported" about "case" for ReadCases; version 1,
            /// A clock of a case began to run.
            ClockStarted = "clock.started" about "case" for ReadCases; version 1,
            /// A clock of a case stands still.
            ClockPaused = "clock.paused" about "case" for ReadCases; version 1,
            /// A clock of a case runs again, with another due time.
            ClockResumed = "clock.resumed" about "case" for ReadCases; version 1,
            /// What a clock of a case counts to was done, in time or late.
            ClockFulfilled = "clock.fulfilled" about "case" for ReadCases; version 1,
            /// A clock of a case counts no more.
            ClockCancelled = "clock.cancelled" about "case" for ReadCases; version 1,
            /// The times of a clock of a case changed, by facts that arrived late.
            ClockUpdated = "clock.updated" about "case" for ReadCases; version 1,
            /// A clock of a case will soon be due.
            ClockWarned = "clock.warned" about "case" for ReadCases; version 1,
            /// A promise was broken.
            ClockBreached = "clock.breached" about "case" for ReadCases; version 1,
            /// A breach was excused; it stays on record.
            BreachExcused = "breach.excused" about "breach" for ReadCases; version 1,
            /// A breach that had been excused counts again: what was recorded later shows that there was one.
            BreachReinstated = "breach.reinstated" about "breach" for ReadCases; version 1,
            /// An apology was drafted.
            ApologyDrafted = "apology.drafted" about "apology" for ReadCaseNotes, ReadCases; version 1,
            /// A draft of an apology changed.
            ApologyUpdated = "apology.updated" about "apology" for ReadCaseNotes, ReadCases; version 1,
            /// A draft of an apology went from public to private: for those who may read only what is public, it is gone.
            ApologyWithdrawn = "apology.withdrawn" about "apology" for ReadCaseNotes, ReadCases; version 1,
            /// An apology was sent.
            ApologySent = "apology.sent" about "apology" for ReadCases; version 1,
            /// The customer accepted or rejected an apology, or never answered.
            ApologyAnswered = "apology.answered" about "apology" for ReadCases; version 1,
            /// An apology was retracted.
            ApologyRetracted = "apology.retracted" about "apology" for ReadCases; version 1,
            /// A repair was promised.
            RepairPromised = "repair.promised" about "repair" for ReadCases; version 1,
            /// A repair was delivered.
            RepairDelivered = "repair.delivered" about "repair" for ReadCases; version 1,
            /// A repair that had been promised by mistake was cancelled.
            RepairCancelled = "repair.cancelled" about "repair" for ReadCases; version 1,
            /// A repair went from public to private with the draft of an apology: for those who may read only what is public, it is gone.
            RepairWithdrawn = "repair.withdrawn" about "repair" for ReadCaseNotes, ReadCases; version 1,
            /// A follow-up was scheduled.
            FollowUpScheduled = "follow_up.scheduled" about "follow_up" for ReadCases; version 1,
            /// The day of a follow-up has come.
            FollowUpDue = "follow_up.due" about "follow_up" for ReadCases; version 1,
            /// A follow-up was done in time.
            FollowUpKept = "follow_up.kept" about "follow_up" for ReadCases; version 1,
            /// A follow-up was not done in time.
            FollowUpMissed = "follow_up.missed" about "follow_up" for ReadCases; version 1,
            /// A follow-up that had been missed was done after all.
            FollowUpCompletedLate = "follow_up.completed_late" about "follow_up" for ReadCases; version 1,
            /// A follow-up was put off or brought forward.
            FollowUpRescheduled = "follow_up.rescheduled" about "follow_up" for ReadCases; version 1,
            /// A follow-up was given to somebody, or taken from them.
            FollowUpAssigned = "follow_up.assigned" about "follow_up" for ReadCases; version 1,
            /// A follow-up goes on with the case into which its own was merged.
            FollowUpMoved = "follow_up.moved" about "follow_up" for ReadCases; version 1,
            /// A follow-up is no longer needed.
            FollowUpCancelled = "follow_up.cancelled" about "follow_up" for ReadCases; version 1,
            /// An advocate programme was set up.
            AdvocateProgrammeCreated = "advocate_programme.created" about "advocate_programme" for ReadAdvocates; version 1,
            /// Name or description of an advocate programme changed.
            AdvocateProgrammeUpdated = "advocate_programme.updated" about "advocate_programme" for ReadAdvocates; version 1,
            /// An advocate programme ended: it takes no new advocates.
            AdvocateProgrammeEnded = "advocate_programme.ended" about "advocate_programme" for ReadAdvocates; version 1,
            /// A member was taken into an advocate programme.
            AdvocateAdded = "advocate.added" about "advocate" for ReadAdvocates; version 1,
            /// A member left an advocate programme.
            AdvocateRemoved = "advocate.removed" about "advocate" for ReadAdvocates; version 1,
            /// Staff took care of a member.
            TouchpointRecorded = "touchpoint.recorded" about "touchpoint" for ReadAdvocates; version 1,
            /// That staff took care of a member was taken back.
            TouchpointRetracted = "touchpoint.retracted" about "touchpoint" for ReadAdvocates; version 1,
            /// An interaction was taken out of the account: it gives no credit and no trust.
            EvidenceDiscounted = "evidence.discounted" about "interaction" for ReadInfluence, ReadInteractions; version 1,
            /// An interaction that had been discounted counts again.
            EvidenceRestored = "evidence.restored" about "interaction" for ReadInfluence, ReadInteractions; version 1,
            /// Staff vouched for a member: their credit is trusted from the start.
            MemberVouched = "member.vouched" about "member" for ReadInfluence; version 1,
            /// Staff vouch for a member no longer.
            MemberVouchWithdrawn = "member.vouch_withdrawn" about "member" for ReadInfluence; version 1,
        }
    };
}
pub(crate) use with_event_types;

/// Declares the types from the table.
macro_rules! event_types {
    ($(#[doc = $description:literal] $variant:ident = $name:literal about $subject:literal for $($needs:ident),+; version $version:literal),+ $(,)?) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventType {
            $(#[doc = $description] $variant),+
        }

        impl EventType {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in the log.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The type of that name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }

            /// The kind of record that the event is about.
            #[must_use]
            pub const fn subject_type(self) -> &'static str {
                match self { $(Self::$variant => $subject),+ }
            }

            /// All that a reader must be allowed to see it.
            #[must_use]
            pub const fn permissions(self) -> &'static [Permission] {
                match self { $(Self::$variant => &[$(Permission::$needs),+]),+ }
            }

            /// The version of its data.
            #[must_use]
            pub const fn version(self) -> i32 {
                match self { $(Self::$variant => $version),+ }
            }

            /// What it means, for people.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $description.trim_ascii()),+ }
            }
        }
    };
}
with_event_types!(event_types);

impl EventType {
    /// What a reader needs above all to see it; some types need more, see [`EventType::permissions`].
    #[must_use]
    pub const fn permission(self) -> Permission {
        match self.permissions() {
            [first, ..] => *first,
            // Every line of the table names one.
            [] => Permission::ManageAccess,
        }
    }

    /// Whether who has these permissions may see it, as far as its clearance allows.
    #[must_use]
    pub fn is_readable_with(self, permissions: Permissions) -> bool {
        self.permissions().iter().all(|needed| permissions.contains(*needed))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_one_to_a_type_and_read_back() {
        let names: HashSet<&str> = EventType::ALL.iter().map(|event_type| event_type.as_str()).collect();
        assert_eq!(names.len(), EventType::ALL.len());
        for event_type in EventType::ALL {
            assert_eq!(EventType::parse(event_type.as_str()), Some(*event_type));
        }
        assert_eq!(EventType::parse("case.eaten"), None);
    }

    #[test]
    fn every_type_is_described_and_guarded() {
        for event_type in EventType::ALL {
            let text = event_type.description();
            assert!(
                text.ends_with('.') && !text.starts_with(' ') && text.len() > 10,
                "{event_type:?}: {text:?}"
            );
            assert!(!event_type.permissions().is_empty(), "{event_type:?}");
            assert!(!event_type.is_readable_with(Permissions::default()), "{event_type:?}");
            assert!(event_type.is_readable_with(Permissions::ALL), "{event_type:?}");
        }
    }

    #[test]
    fn what_needs_two_things_is_not_shown_for_one() {
        let noted = EventType::CaseNoted;
        assert!(!noted.is_readable_with(Permissions::of_scopes("cases:notes")));
        assert!(!noted.is_readable_with(Permissions::of_scopes("cases:read")));
        assert!(noted.is_readable_with(Permissions::of_scopes("cases:read cases:notes")));
    }
}
