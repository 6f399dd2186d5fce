//! Cases: what a member needs from the company, and whether the company kept what it promises.
//!
//! The timeline is the record; everything else about a case follows from it. [`opening`] begins a case, with what `drafting` settled of
//! it. [`command`] says what a command adds to the timeline, [`clocks`] what the timeline means for promises, [`summary`] what it means
//! for the case's own fields, and [`settle`] writes that down. [`announce`] tells of warnings and breaches when their time has come.
//! [`going_on`] says where a case goes on when it is over, and [`release`] lets go of work that somebody may not do any more.
//!
//! Influence never enters here: the one field that holds a score is written when a case is opened and read by nothing in
//! this room.

pub mod announce;
pub mod backdate;
pub mod clocks;
pub mod command;
mod drafting;
pub mod going_on;
pub mod graphql;
pub mod ledger;
pub mod lifecycle;
pub mod merge;
pub mod opening;
pub mod policy;
mod promises;
pub mod release;
mod rows;
pub mod service;
pub mod settle;
pub mod store;
pub mod subject;
pub mod summary;
pub mod texts;
pub mod threads;
pub mod timeline;
