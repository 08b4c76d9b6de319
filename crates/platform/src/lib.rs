//! How Cloudflare and the outside are reached: one file for each binding or service. `worker::` ends here.

pub mod alarms;
pub mod bindings;
pub mod cache;
pub mod clock;
pub mod d1;
pub mod files;
mod headers;
pub mod incoming;
pub mod js;
pub mod log;
pub mod mail;
pub mod models;
pub mod object_sql;
pub mod objects;
pub mod outgoing;
pub mod patience;
pub mod ports;
pub mod pulse;
pub mod pump;
pub mod queues;
pub mod routes;
pub mod settings;
pub mod sockets;
pub mod standards;
pub mod timer;
pub mod web;
mod zones;
