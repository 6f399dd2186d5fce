//! What a job is to do, and what comes of it: data, kept as JSON.

use entity::JobKind;
use serde::{Deserialize, Serialize};

use crate::features::evaluation::attack::Price;
use crate::features::evaluation::calibrate::FitSummary;
use crate::features::evaluation::walk::Report;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Work {
    /// The version of the scoring model that it is about.
    pub model: i32,
    /// How far to look ahead, in microseconds; as long as suits the model when `None`.
    pub horizon: Option<i64>,
    /// At how many instants to look.
    pub cuts: usize,
    /// How many accounts to try at most.
    pub most: usize,
    /// The name of what is drafted.
    pub name: Option<String>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Of a backtest.
    Backtest(Report),
    /// Of a calibration.
    Calibration {
        /// The version that was drafted.
        version: i32,
        /// What was learnt.
        summary: FitSummary,
        /// How it does on later cuts than it was fitted on.
        report: Report,
    },
    /// Of an attack: for each way to rank, what it takes with fresh, aged and earned accounts.
    Attack(Vec<(String, Vec<Price>)>),
}

/// A job to ask for.
#[derive(Clone, Debug, Serialize)]
pub struct NewJob {
    /// What sort.
    pub kind: JobKind,
    /// What exactly.
    pub work: Work,
}
