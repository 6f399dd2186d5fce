//! Identity and access: who is let in, what they reach, and what stays hidden.

mod api_clients;
mod every_field;
mod isolation;
mod sessions;
mod tokens;
mod visibility;
