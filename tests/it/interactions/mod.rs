//! Reading interactions: lists, filters, topics.

mod filters;
mod lists;
