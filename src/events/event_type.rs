//! The types of events: one table of their names and of the kind of record that each is about.
//!
//! Names are part of the stored data and of what integrations rely on: never rename, only add.

/// Declares the types, their names in the log and the kind of their subject in one place.
macro_rules! event_types {
    ($($(#[$meta:meta])* $variant:ident = $name:literal about $subject:literal),+ $(,)?) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum EventType {
            $($(#[$meta])* $variant),+
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
        }
    };
}

event_types! {
    /// A community was set up.
    CommunityCreated = "community.created" about "community",
    /// A community's settings changed.
    CommunityUpdated = "community.updated" about "community",
    /// A member became known.
    MemberCreated = "member.created" about "member",
    /// A member's data changed.
    MemberUpdated = "member.updated" about "member",
    /// A member was merged into another.
    MemberMerged = "member.merged" about "member",
    /// A merge was taken back.
    MemberUnmerged = "member.unmerged" about "member",
    /// An interaction was recorded.
    InteractionRecorded = "interaction.recorded" about "interaction",
    /// An import added or changed members: the payload lists them.
    MembersImported = "members.imported" about "member",
    /// An import recorded interactions: the payload lists them.
    InteractionsImported = "interactions.imported" about "interaction",
    /// A member of staff got a grant, or another one.
    GrantSet = "grant.set" about "staff",
    /// A grant was taken away.
    GrantRevoked = "grant.revoked" about "staff",
    /// An integration got credentials.
    ApiClientCreated = "api_client.created" about "api_client",
    /// An integration's credentials were revoked.
    ApiClientRevoked = "api_client.revoked" about "api_client",
    /// A version of the scoring model was drafted.
    ScoringModelCreated = "scoring_model.created" about "scoring_model",
    /// Scores are made by another version of the scoring model.
    ScoringModelActivated = "scoring_model.activated" about "scoring_model",
    /// A draft of the scoring model was dropped.
    ScoringModelDiscarded = "scoring_model.discarded" about "scoring_model",
    /// Work in the background was asked for.
    JobQueued = "job.queued" about "job",
    /// Work in the background is over: done, failed or called off.
    JobFinished = "job.finished" about "job",
    /// A calendar was set up.
    CalendarCreated = "calendar.created" about "calendar",
    /// A calendar got another version.
    CalendarUpdated = "calendar.updated" about "calendar",
    /// Holidays were proposed for a calendar: the payload lists them.
    HolidaysProposed = "holidays.proposed" about "calendar",
    /// Proposed holidays were approved or declined: the payload lists them.
    HolidaysDecided = "holidays.decided" about "calendar",
    /// An expectation, or another version of one, was drafted.
    ExpectationDrafted = "expectation.drafted" about "expectation",
    /// A draft of an expectation changed.
    ExpectationUpdated = "expectation.updated" about "expectation",
    /// A draft of an expectation was dropped.
    ExpectationDiscarded = "expectation.discarded" about "expectation",
    /// An expectation was published; the version before it, if any, ended with that.
    ExpectationPublished = "expectation.published" about "expectation",
    /// An expectation is promised no more.
    ExpectationRetired = "expectation.retired" about "expectation",
    /// A case was opened.
    CaseOpened = "case.opened" about "case",
    /// A person of the company replied to the customer.
    CaseResponded = "case.responded" about "case",
    /// A message came in on a case.
    CaseMessageReceived = "case.message_received" about "case",
    /// Severity, subject, category or channel of a case changed.
    CaseUpdated = "case.updated" about "case",
    /// A case changed its status, other than by resolving, reopening or merging.
    CaseStatusChanged = "case.status_changed" about "case",
    /// A case was given to somebody, or taken from them.
    CaseAssigned = "case.assigned" about "case",
    /// A case went from public to private, or back.
    CaseMoved = "case.moved" about "case",
    /// A case was resolved.
    CaseResolved = "case.resolved" about "case",
    /// A case was reopened.
    CaseReopened = "case.reopened" about "case",
    /// A case is continued in another one.
    CaseMerged = "case.merged" about "case",
    /// Somebody of the company noted something on a case.
    CaseNoted = "case.noted" about "case",
    /// How a customer felt was recorded.
    CaseSentimentRecorded = "case.sentiment_recorded" about "case",
    /// An import added or changed cases: the payload lists them.
    CasesImported = "cases.imported" about "case",
    /// A clock of a case will soon be due.
    ClockWarned = "clock.warned" about "case",
    /// A promise was broken.
    ClockBreached = "clock.breached" about "case",
    /// A breach was excused; it stays on record.
    BreachExcused = "breach.excused" about "breach",
    /// An apology was drafted.
    ApologyDrafted = "apology.drafted" about "apology",
    /// A draft of an apology changed.
    ApologyUpdated = "apology.updated" about "apology",
    /// An apology was sent.
    ApologySent = "apology.sent" about "apology",
    /// The customer accepted or rejected an apology, or never answered.
    ApologyAnswered = "apology.answered" about "apology",
    /// An apology was retracted.
    ApologyRetracted = "apology.retracted" about "apology",
    /// A repair was promised.
    RepairPromised = "repair.promised" about "repair",
    /// A repair was delivered.
    RepairDelivered = "repair.delivered" about "repair",
    /// A repair that had been promised by mistake was cancelled.
    RepairCancelled = "repair.cancelled" about "repair",
    /// A follow-up was scheduled.
    FollowUpScheduled = "follow_up.scheduled" about "follow_up",
    /// The day of a follow-up has come.
    FollowUpDue = "follow_up.due" about "follow_up",
    /// A follow-up was done in time.
    FollowUpKept = "follow_up.kept" about "follow_up",
    /// A follow-up was not done in time.
    FollowUpMissed = "follow_up.missed" about "follow_up",
    /// A follow-up that had been missed was done after all.
    FollowUpCompletedLate = "follow_up.completed_late" about "follow_up",
    /// A follow-up was put off or brought forward.
    FollowUpRescheduled = "follow_up.rescheduled" about "follow_up",
    /// A follow-up was given to somebody, or taken from them.
    FollowUpAssigned = "follow_up.assigned" about "follow_up",
    /// A follow-up is no longer needed.
    FollowUpCancelled = "follow_up.cancelled" about "follow_up",
    /// An advocate programme was set up.
    AdvocateProgrammeCreated = "advocate_programme.created" about "advocate_programme",
    /// Name or description of an advocate programme changed.
    AdvocateProgrammeUpdated = "advocate_programme.updated" about "advocate_programme",
    /// An advocate programme ended: it takes no new advocates.
    AdvocateProgrammeEnded = "advocate_programme.ended" about "advocate_programme",
    /// A member was taken into an advocate programme.
    AdvocateAdded = "advocate.added" about "advocate",
    /// A member left an advocate programme.
    AdvocateRemoved = "advocate.removed" about "advocate",
    /// Staff took care of a member.
    TouchpointRecorded = "touchpoint.recorded" about "touchpoint",
    /// That staff took care of a member was taken back.
    TouchpointRetracted = "touchpoint.retracted" about "touchpoint",
    /// An interaction was taken out of the account: it gives no credit and no trust.
    EvidenceDiscounted = "evidence.discounted" about "interaction",
    /// An interaction that had been discounted counts again.
    EvidenceRestored = "evidence.restored" about "interaction",
    /// Staff vouched for a member: their credit is trusted from the start.
    MemberVouched = "member.vouched" about "member",
    /// Staff vouch for a member no longer.
    MemberVouchWithdrawn = "member.vouch_withdrawn" about "member",
}
