//! Promises in the API: calendars, proposed holidays, expectations, and what a community publishes of them.

mod calendar;
mod expectation;
mod filter;
mod lists;
mod loaders;
mod proposal;
mod published;

pub use calendar::{Calendar, ClosedHours, HolidayObject, OpenHoursObject, Weekday};
pub use expectation::{Expectation, KeptRate};
pub use filter::{ExpectationFilter, ExpectationStatusFilter, MetricFilter};
pub use lists::CommunityExpectations;
pub use loaders::PromiseLoaders;
pub use proposal::HolidayProposal;
pub use published::ExpectationQuery;
