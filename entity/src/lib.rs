//! The tables, one file each: columns, keys and finders that always name the community. No rules, no API.

pub mod advocate;
mod advocate_enums;
pub mod advocate_programme;
pub mod api_client;
pub mod apology;
pub mod apology_breach;
pub mod breach;
pub mod calendar;
pub mod case;
mod case_enums;
pub mod case_event;
pub mod clock;
pub mod community;
mod enums;
pub mod event;
pub mod evidence_discount;
pub mod expectation;
pub mod follow_up;
pub mod grant;
pub mod holiday_proposal;
pub mod idempotency_key;
pub mod identity;
mod ids;
pub mod interaction;
pub mod interaction_topic;
pub mod job;
pub mod lease;
pub mod log_floor;
pub mod member;
pub mod refresh_token;
pub mod repair;
pub mod score_mark;
pub mod scoring_model;
pub mod scoring_model_activation;
pub mod staff;
mod time;
pub mod topic;
pub mod touchpoint;
pub mod vouch;
pub mod webhook_attempt;
pub mod webhook_delivery;
pub mod webhook_endpoint;
mod webhook_enums;

pub use advocate_enums::{AdvocateStatus, TouchpointKind};
pub use case_enums::{
    ApologyComponent, ApologyStatus, Audience, CaseEventKind, CaseStatus, ClockState, ExpectationStatus, FollowUpKind, FollowUpStatus,
    Metric, ProposalStatus, RepairKind, Severity,
};
pub use enums::{Consent, InteractionKind, JobKind, JobStatus, ModelOrigin, Role, Visibility};
pub use ids::{
    AdvocateId, ApiClientId, ApologyId, BreachId, CalendarId, CaseEventId, CaseId, ClockId, CommunityId, EvidenceDiscountId, ExpectationId,
    FollowUpId, HolidayProposalId, IdentityId, InteractionId, JobId, MemberId, ProgrammeId, RepairId, StaffId, TopicId, TouchpointId,
    VouchId, WebhookDeliveryId, WebhookEndpointId,
};
pub use time::Timestamp;
pub use webhook_enums::{WebhookDeliveryStatus, WebhookEndpointStatus, WebhookFault, WebhookSecret};
