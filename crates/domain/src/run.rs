//! Runs of agents: work that goes on when everybody has left.
//!
//! A run is its journal: a list of entries, each stored before anybody acts on it, from which everything else is computed.
//! A step is one effect, a question to the model or a call of a tool. Its key does not depend on the attempt; it is
//! claimed before the effect and recorded after, so that a message that comes twice, a process that dies and a result
//! that comes late change nothing that was decided. A process that finds a claim without a record knows that nobody
//! knows: a question is asked again, a call that is keyed or only reads is made again, and about one that acts somebody
//! is asked. A call that waits for a time or an event is neither claimed nor repeated: it notes until when, and ends then.

mod apply;
mod budget;
mod carry;
pub mod debts;
pub mod desk;
pub mod entry;
mod hearing;
pub mod journal;
pub mod machine;
mod question;
mod record;
pub mod records;
pub mod step;
mod view;
mod waiting;
pub mod workflow;

pub use self::{
    carry::Carry,
    journal::{Journal, Kept, Marks},
    machine::{Line, Run},
    step::{Came, Claim, Claimed, Question, Rules, Said, Work},
    waiting::{MAX_EVENT_BYTES, Sent},
};

/// The longest task.
pub const MAX_INPUT_BYTES: usize = 64 * 1024;
/// As much of an answer as is kept, and as the next phase reads.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;
/// A step is tried once, and again as often as this.
pub const MAX_RETRIES: u32 = 3;
/// Before the first retry; then twice as long each time.
pub const RETRY_MS: u64 = 2_000;
/// One attempt of a step.
pub const STEP_TIMEOUT_MS: u64 = 120_000;
/// A run waits so long for a person: three months.
pub const MAX_WAIT_MS: u64 = 90 * 24 * 3_600_000;
/// While something is to be done, its object looks again this often: a queue may have lost the message.
pub const HEARTBEAT_MS: u64 = 20_000;
/// Short steps are taken in one delivery, up to this long: a message is three operations of a queue.
pub const CHAIN_MS: u64 = 60_000;

/// Where a budget says nothing.
pub const USUAL_STEPS: u32 = 50;
pub const USUAL_TOOL_CALLS: u32 = 100;
pub const USUAL_TOKENS: u64 = 1_000_000;
