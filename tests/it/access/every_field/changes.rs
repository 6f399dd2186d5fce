//! The change log, and the catalogue of what is in it.

use super::Reach::Open;
use super::{Piece, Row, VIEWER};

#[rustfmt::skip]
pub(super) const PIECES: &[Piece] = &[
    ("$log", "changes(first:3)"),
];

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    ("Query", "{@}", Open, "changeTypes{name}"),
    ("ChangeTypeInfo", "{changeTypes{@}}", Open, "type name description version subjectType role scopes"),
    ("Community", "{$home{@}}", VIEWER, "$log{cursor} changesCursor"),
    ("ChangePage", "{$home{$log{@}}}", VIEWER, "changes{cursor} cursor hasMore"),
    ("Change", "{$home{$log{changes{@}}}}", VIEWER, "cursor type version at actor{type} visibility subject{type} node{id} data"),
    ("ChangeActor", "{$home{$log{changes{actor{@}}}}}", VIEWER, "type id name"),
    ("ChangeSubject", "{$home{$log{changes{subject{@}}}}}", VIEWER, "type id"),
];
