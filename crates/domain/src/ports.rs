//! The ports: what the product asks of the world, in its own words. `platform` and `testkit` implement them.

mod agents;
mod artifacts;
mod chat;
mod files;
mod identity;
mod library;
mod mail;
mod models;
mod money;
mod outside;
mod runs;
mod sharing;
mod sql;

pub use agents::Agents;
pub use artifacts::Artifacts;
pub use chat::{Answer, Catalogue, Conversations, ListQuery, ObjectError};
pub use files::{Attachments, Files, Listed};
pub use identity::{Accounts, Directory, Erasures, Organizations, Users};
pub use library::Library;
pub use mail::{Letters, Mail};
pub use models::Models;
pub use money::{Billing, Ledger};
pub use outside::{Cache, Clock, Entropy, Flags, Log, Pulse, Web, WebStandards};
pub use runs::{RunList, RunQuery, Runs};
pub use sharing::Shares;
pub use sql::{Columns, Database, Sql, Statement, Value};

/// Everything the doors need of the world.
pub trait Ports: Clone + Send + Sync + 'static {
    type Conversations: Conversations;
    type Catalogue: Catalogue;
    type Accounts: Accounts;
    type Users: Users;
    type Directory: Directory;
    type Letters: Letters;
    type Cache: Cache;
    type Web: Web;
    type Standards: WebStandards;
    type Clock: Clock;
    type Entropy: Entropy;
    type Log: Log;
    type Pulse: Pulse;
    type Flags: Flags;
    type Organizations: Organizations;
    type Models: Models;
    type Shares: Shares;
    type Ledger: Ledger;
    type Billing: Billing;
    type Files: Files;
    type Attachments: Attachments;
    type Library: Library;
    type Artifacts: Artifacts;
    type Agents: Agents;
    type Runs: Runs;
    type RunList: RunList;

    fn conversations(&self) -> &Self::Conversations;
    fn catalogue(&self) -> &Self::Catalogue;
    fn accounts(&self) -> &Self::Accounts;
    fn users(&self) -> &Self::Users;
    fn directory(&self) -> &Self::Directory;
    fn letters(&self) -> &Self::Letters;
    fn cache(&self) -> &Self::Cache;
    fn web(&self) -> &Self::Web;
    fn standards(&self) -> &Self::Standards;
    fn clock(&self) -> &Self::Clock;
    fn entropy(&self) -> &Self::Entropy;
    fn log(&self) -> &Self::Log;
    fn pulse(&self) -> &Self::Pulse;
    fn flags(&self) -> &Self::Flags;
    fn organizations(&self) -> &Self::Organizations;
    fn models(&self) -> &Self::Models;
    fn shares(&self) -> &Self::Shares;
    fn ledger(&self) -> &Self::Ledger;
    fn billing(&self) -> &Self::Billing;
    fn files(&self) -> &Self::Files;
    fn attachments(&self) -> &Self::Attachments;
    fn library(&self) -> &Self::Library;
    fn artifacts(&self) -> &Self::Artifacts;
    fn agents(&self) -> &Self::Agents;
    fn runs(&self) -> &Self::Runs;
    fn run_list(&self) -> &Self::RunList;
}
