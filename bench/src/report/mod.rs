//! Results for people, for programs and for documents.
#![forbid(unsafe_code)]

mod bars;
mod curves;
mod document;
mod json;
mod plot;
mod table;
mod violin;

pub(crate) use bars::bars;
pub(crate) use document::page;
pub(crate) use json::lines as json_lines;
pub(crate) use table::table;
