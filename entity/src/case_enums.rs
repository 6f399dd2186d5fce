//! The closed vocabularies of cases, promises and recovery, stored as small integers: never renumber, only append.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::enums::stored_enum;

stored_enum! {
    /// Where a case stands.
    CaseStatus {
        /// Nobody has taken it up yet.
        New = 1 => "NEW",
        /// The company is working on it.
        Open = 2 => "OPEN",
        /// The customer was asked something and has not answered.
        WaitingOnCustomer = 3 => "WAITING_ON_CUSTOMER",
        /// The company waits for something else, and told the customer so.
        OnHold = 4 => "ON_HOLD",
        /// The company considers it solved; the customer may still disagree.
        Resolved = 5 => "RESOLVED",
        /// Over. A further message of the customer opens a linked case.
        Closed = 6 => "CLOSED",
        /// Continued in another case.
        Merged = 7 => "MERGED",
    }
}

stored_enum! {
    /// How bad it is for the customer. Ordered: the most severe first.
    Severity {
        /// They cannot go on at all, or harm is being done.
        Critical = 1 => "CRITICAL",
        /// Something important does not work.
        High = 2 => "HIGH",
        /// Something does not work as it should.
        Normal = 3 => "NORMAL",
        /// A wish or a trifle.
        Low = 4 => "LOW",
    }
}

stored_enum! {
    /// Who was meant to see an entry of a timeline. Ordered from the widest to the narrowest.
    Audience {
        /// Anyone on the community platform.
        Public = 1 => "PUBLIC",
        /// The customer and the company.
        Customer = 2 => "CUSTOMER",
        /// The company only.
        Internal = 3 => "INTERNAL",
    }
}

stored_enum! {
    /// What an entry of a case's timeline tells.
    CaseEventKind {
        /// The case was opened.
        Opened = 1 => "OPENED",
        /// The customer said something.
        CustomerMessage = 2 => "CUSTOMER_MESSAGE",
        /// A person of the company replied where the customer can see it.
        Responded = 3 => "RESPONDED",
        /// Somebody else said something in the case's thread.
        CommunityMessage = 4 => "COMMUNITY_MESSAGE",
        /// The status changed, other than by resolving, reopening, merging or closing.
        StatusChanged = 5 => "STATUS_CHANGED",
        /// The severity changed.
        SeverityChanged = 6 => "SEVERITY_CHANGED",
        /// Subject, category or channel changed.
        DetailsChanged = 7 => "DETAILS_CHANGED",
        /// The case went from public to private, or back.
        VisibilityMoved = 8 => "VISIBILITY_MOVED",
        /// It was given to somebody, or taken from them.
        Assigned = 9 => "ASSIGNED",
        /// It was passed on to a higher level.
        Escalated = 10 => "ESCALATED",
        /// The company considers it solved.
        Resolved = 11 => "RESOLVED",
        /// It was solved and is not.
        Reopened = 12 => "REOPENED",
        /// It is continued in another case.
        Merged = 13 => "MERGED",
        /// Another case is continued in this one.
        Absorbed = 14 => "ABSORBED",
        /// It is over.
        Closed = 15 => "CLOSED",
        /// Somebody of the company noted something.
        Note = 16 => "NOTE",
        /// A case was linked to it.
        Linked = 17 => "LINKED",
        /// How the customer felt was recorded.
        SentimentRecorded = 18 => "SENTIMENT_RECORDED",
        /// It was settled which expectations hold for the case from now on.
        PromisesChosen = 19 => "PROMISES_CHOSEN",
        /// A clock began to run.
        ClockActivated = 30 => "CLOCK_ACTIVATED",
        /// A clock was paused.
        ClockPaused = 31 => "CLOCK_PAUSED",
        /// A clock runs on.
        ClockResumed = 32 => "CLOCK_RESUMED",
        /// What was promised was done, in time or late.
        ClockFulfilled = 33 => "CLOCK_FULFILLED",
        /// A clock will soon be due.
        ClockWarned = 34 => "CLOCK_WARNED",
        /// A promise was broken.
        ClockBreached = 35 => "CLOCK_BREACHED",
        /// A clock no longer counts.
        ClockCancelled = 36 => "CLOCK_CANCELLED",
        /// A breach was excused, with a reason; it stays on record.
        BreachExcused = 37 => "BREACH_EXCUSED",
        /// An apology was sent.
        ApologySent = 40 => "APOLOGY_SENT",
        /// The customer accepted or rejected an apology, or never answered.
        ApologyAnswered = 41 => "APOLOGY_ANSWERED",
        /// An apology was retracted.
        ApologyRetracted = 42 => "APOLOGY_RETRACTED",
        /// An apology was drafted.
        ApologyDrafted = 43 => "APOLOGY_DRAFTED",
        /// A repair was promised.
        RepairPromised = 44 => "REPAIR_PROMISED",
        /// A repair was delivered.
        RepairDelivered = 45 => "REPAIR_DELIVERED",
        /// A follow-up was scheduled.
        FollowUpScheduled = 46 => "FOLLOW_UP_SCHEDULED",
        /// The day of a follow-up has come.
        FollowUpDue = 47 => "FOLLOW_UP_DUE",
        /// A follow-up was done in time.
        FollowUpKept = 48 => "FOLLOW_UP_KEPT",
        /// A follow-up was not done in time.
        FollowUpMissed = 49 => "FOLLOW_UP_MISSED",
        /// A follow-up was put off or brought forward.
        FollowUpRescheduled = 50 => "FOLLOW_UP_RESCHEDULED",
        /// A follow-up is no longer needed.
        FollowUpCancelled = 51 => "FOLLOW_UP_CANCELLED",
        /// A follow-up that had been missed was done after all.
        FollowUpCompletedLate = 52 => "FOLLOW_UP_COMPLETED_LATE",
        /// A follow-up was given to somebody, or taken from them.
        FollowUpAssigned = 53 => "FOLLOW_UP_ASSIGNED",
        /// A repair that had been promised by mistake was cancelled.
        RepairCancelled = 54 => "REPAIR_CANCELLED",
        /// A draft of an apology changed.
        ApologyUpdated = 55 => "APOLOGY_UPDATED",
    }
}

stored_enum! {
    /// What an expectation promises.
    Metric {
        /// A person's first reply that the customer can see.
        FirstResponse = 1 => "FIRST_RESPONSE",
        /// A reply to the oldest unanswered message, once there was a first response.
        NextResponse = 2 => "NEXT_RESPONSE",
        /// Word from the company again, since it was last heard, as long as the case is open.
        Update = 3 => "UPDATE",
        /// The first time the case is resolved; a reopening does not change it.
        FirstResolution = 4 => "FIRST_RESOLUTION",
        /// All the time until the case is resolved for good; time spent resolved does not count.
        TotalResolution = 5 => "TOTAL_RESOLUTION",
    }
}

stored_enum! {
    /// Where a published promise stands in its life.
    ExpectationStatus {
        /// Being written; holds for nobody.
        Draft = 1 => "DRAFT",
        /// Promised to customers.
        Published = 2 => "PUBLISHED",
        /// Promised no more; clocks that run go on.
        Retired = 3 => "RETIRED",
    }
}

stored_enum! {
    /// What became of a holiday that was proposed for a calendar.
    ProposalStatus {
        /// Nobody has decided yet.
        Proposed = 1 => "PROPOSED",
        /// It is in the calendar.
        Approved = 2 => "APPROVED",
        /// It is not.
        Declined = 3 => "DECLINED",
    }
}

stored_enum! {
    /// How a clock stands.
    ClockState {
        /// Runs or is paused, and all is well.
        Pending = 1 => "PENDING",
        /// Will be due within the expectation's warning time.
        ImminentBreach = 2 => "IMMINENT_BREACH",
        /// Overdue, and what was promised is still not done.
        Breaching = 3 => "BREACHING",
        /// Overdue; it ended after its due time.
        Breached = 4 => "BREACHED",
        /// Done in time; exactly on time is in time.
        Achieved = 5 => "ACHIEVED",
        /// No longer counts, and was not overdue.
        Cancelled = 6 => "CANCELLED",
    }
}

stored_enum! {
    /// Where an apology stands.
    ApologyStatus {
        /// Being written; the customer knows nothing of it.
        Draft = 1 => "DRAFT",
        /// The customer has it.
        Sent = 2 => "SENT",
        /// The customer accepted it.
        Accepted = 3 => "ACCEPTED",
        /// The customer rejected it.
        Rejected = 4 => "REJECTED",
        /// The customer never answered.
        NoReply = 5 => "NO_REPLY",
        /// The company took it back.
        Retracted = 6 => "RETRACTED",
    }
}

stored_enum! {
    /// What an apology is made of, by Lewicki, Polin and Lount (2016). Responsibility matters most, then repair.
    ApologyComponent {
        /// Says that we are sorry.
        Regret = 1 => "REGRET",
        /// Says what went wrong.
        Explanation = 2 => "EXPLANATION",
        /// Says that it was our fault.
        Responsibility = 3 => "RESPONSIBILITY",
        /// Says that it will not happen again.
        Repentance = 4 => "REPENTANCE",
        /// Offers to make it right.
        Repair = 5 => "REPAIR",
        /// Asks for forgiveness.
        Forgiveness = 6 => "FORGIVENESS",
    }
}

stored_enum! {
    /// How something is made right.
    RepairKind {
        /// Money given back.
        Refund = 1 => "REFUND",
        /// Money or service for later.
        Credit = 2 => "CREDIT",
        /// Another one.
        Replacement = 3 => "REPLACEMENT",
        /// What was broken works.
        Fix = 4 => "FIX",
        /// A gesture of goodwill.
        Gesture = 5 => "GESTURE",
        /// Something else.
        Other = 6 => "OTHER",
    }
}

stored_enum! {
    /// Why a follow-up is planned.
    FollowUpKind {
        /// The member was told that we would come back; a reply of theirs does not settle it.
        Promise = 1 => "PROMISE",
        /// A reminder to ourselves to ask again; a reply of the customer settles it.
        Nudge = 2 => "NUDGE",
    }
}

stored_enum! {
    /// Where a follow-up stands.
    FollowUpStatus {
        /// Its day has not come.
        Scheduled = 1 => "SCHEDULED",
        /// Its day has come, in the community's time zone; it is not late yet.
        Due = 2 => "DUE",
        /// Done in time.
        Kept = 3 => "KEPT",
        /// Not done in time; it may still have been done later.
        Missed = 4 => "MISSED",
        /// No longer needed.
        Cancelled = 5 => "CANCELLED",
    }
}
