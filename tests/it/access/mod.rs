//! Identity and access: who is let in, what they reach, and what stays hidden.

mod api_clients;
mod case_isolation;
mod case_visibility;
mod every_field;
mod isolation;
mod published;
mod records;
mod sessions;
mod tokens;
mod visibility;
