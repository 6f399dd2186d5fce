//! Evaluation: how well ways to rank members foretell who will help others, and what it costs to cheat them.
//!
//! - [`record`]: a community's past, laid out for being scored again and again. [`truth`]: what members did for others.
//! - [`baselines`], [`page_rank`]: published formulas to compare with. [`metrics`]: how well orders agree.
//! - [`walk`]: the backtest; [`report`]: its table and its picture. [`calibrate`]: weights fitted to the community's own past.
//! - [`attack`]: how many made-up accounts bring somebody to the top. All of these are pure.
//! - [`service`]: reading records and running these.

pub mod attack;
pub mod baselines;
pub mod calibrate;
pub mod metrics;
pub mod page_rank;
pub mod record;
pub mod report;
pub mod service;
pub mod truth;
pub mod walk;
