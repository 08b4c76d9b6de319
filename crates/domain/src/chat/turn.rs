//! The turn: how one answer comes to be, whatever happens to the process, the model or the readers.
//!
//! A turn is *created* with the user's message and runs at once or waits its turn. While it runs, the model's
//! text arrives in deltas; deltas gather into a *batch*; a batch is stored, gets a number and only then is sent.
//! If the connection to the model breaks, the model is asked again to go on from what was said. If the process
//! dies, whoever opens the conversation next (a reader, a message, the heartbeat alarm) finds the turn unfinished
//! and does the same. It ends exactly once: completed, stopped, failed or superseded.
//!
//! This file holds what is decided; [`super::conversation`] stores and numbers it.

use edgewise_protocol::{
    event::Event,
    ids::MessageId,
    message::{Status, Usage},
    money::Hold,
};

use super::{
    marks::{Mark, Marks},
    reuse::Reuse,
    routing::{Leg, Routing},
    row::{Continued, Paid, Row},
    tools::{Note, Tools},
};
use crate::{
    models::{Delta, FinishReason, failure::FailureKind, sum},
    money::meter::Meter,
};

/// The times and sizes that bound a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the request to the model's first byte.
    pub first_byte_timeout_ms: u64,
    /// Between two chunks.
    pub idle_timeout_ms: u64,
    /// From the request to the end of the answer.
    pub total_timeout_ms: u64,
    /// Least time between two batches while somebody watches. Each batch is one row written (0.000001 USD), so
    /// this is the price of smoothness: an answer of 10 s costs at most 10,000 / batch_ms rows.
    pub batch_ms: u64,
    /// How long a temporary conversation is there after its last message.
    pub keep_temporary_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            first_byte_timeout_ms: 30_000,
            idle_timeout_ms: 30_000,
            total_timeout_ms: 60_000,
            batch_ms: 40,
            keep_temporary_ms: 24 * HOUR_MS,
        }
    }
}

pub const HOUR_MS: u64 = 3_600_000;

/// Least time between two batches when nobody watches: what a crash may take back is then only what nobody saw.
pub const UNWATCHED_BATCH_MS: u64 = 2_000;
/// A batch this large does not wait.
const MAX_BATCH_BYTES: usize = 32 * 1024;
/// Longest answer: half of what a row may hold.
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// Most of its thoughts that are kept. They rest as JSON beside the answer, in one row.
pub const MAX_THOUGHT_BYTES: usize = 128 * 1024;
/// Attempts in a row that brought no text, before the turn fails.
pub const MAX_FRUITLESS_ATTEMPTS: u32 = 5;
/// Deaths of the process in a row without text, before the turn is taken for their cause and fails. Deploys, moves and
/// neighbours kill innocents, several times within seconds when it is bad; a turn that kills by itself is met once a
/// heartbeat, so that it ends within minutes.
pub const MAX_FRUITLESS_RECOVERIES: u32 = 20;
/// While a turn runs, the object asks to be woken this often: long enough to cost little, short enough that
/// a turn whose process died goes on within half a minute although nobody asks.
pub const HEARTBEAT_MS: u64 = 20_000;

const FIRST_BACKOFF_MS: u64 = 250;
const MAX_BACKOFF_MS: u64 = 8_000;

/// What can go wrong between us and the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The connection failed, or ended before the answer did, or said what cannot be read.
    Cut,
    /// No byte for so long.
    Silent,
    /// The whole answer took too long.
    Overtime,
    /// The model's server said no. `retry_after_ms` is `None` when asking again is useless.
    Refused { kind: FailureKind, retry_after_ms: Option<u64>, sentence: String },
}

/// What to do about trouble, or about a turn that was found unfinished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Ask the model (again), after a pause; it goes on from what was said.
    Ask { delay_ms: u64 },
    /// Enough: the turn fails with this sentence.
    Fail { sentence: String },
}

/// The turn that is running, as this process knows it.
#[derive(Debug, Clone)]
pub struct Turn {
    /// Number of the answer's row.
    pub seq: u64,
    /// Row of the message that is answered.
    pub parent: u64,
    /// When the turn was created.
    pub at_ms: u64,
    /// Model, when it is not the conversation's.
    pub model: Option<String>,
    /// Everything the model said, stored or not.
    pub said: String,
    /// How much of `said` is stored (and numbered, and sent), bytes.
    pub stored: usize,
    /// What the model thought, stored or not.
    pub thought: String,
    /// How much of `thought` is stored, bytes.
    pub thought_stored: usize,
    /// The numbers under which the stored was sent.
    pub marks: Marks,
    /// Whom it asks.
    pub routing: Routing,
    /// Whether it may be an answer that was given before.
    pub reuse: Reuse,
    /// What it may call, and has.
    pub tools: Tools,
    /// The tools that the asker named; `None`: those of the settings.
    pub wanted_tools: Option<Vec<String>>,
    /// What is answered, for what a tool is asked about.
    pub question: String,
    /// Names the connection to the model that may speak; what older ones say lands nowhere.
    pub epoch: u64,
    /// As counted by the connection that is open.
    pub usage: Option<Usage>,
    /// Who pays, where that is not plain, and what was held when the message was let in.
    pub paid: Option<Paid>,
    pub first_hold: Option<Hold>,
    pub meter: Meter,
    /// What its prompt was estimated at, until the vendor has counted it.
    pub estimated_tokens: Option<u64>,
    /// A summary was asked for.
    pub compacts: bool,
    /// What it begins with, when it continues another.
    pub continues: Option<Continued>,
    finish: Option<FinishReason>,
    last_batch_at_ms: u64,
    /// When the oldest pending words came.
    pending_since_ms: u64,
    /// When the newest words came, and how long after those before them.
    heard_at_ms: u64,
    pace_ms: u64,
    /// When this process first asked the model; the whole answer must come within the limit from here.
    asked_at_ms: Option<u64>,
    /// Attempts in a row without text, of this process.
    fruitless: u32,
    /// Deaths of the process in a row without text.
    recoveries: u32,
    said_at_ask: usize,
}

/// What the model's words lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    More,
    /// The answer is whole.
    Whole,
    /// The model waits for what the tools give that it has called.
    Calls,
    /// The vendor reported a failure inside the stream.
    Broken,
}

impl Turn {
    pub fn new(seq: u64, parent: u64, at_ms: u64, model: Option<String>) -> Self {
        Self {
            seq,
            parent,
            at_ms,
            model,
            said: String::new(),
            stored: 0,
            thought: String::new(),
            thought_stored: 0,
            marks: Marks::new(seq),
            routing: Routing::default(),
            reuse: Reuse::default(),
            tools: Tools::default(),
            wanted_tools: None,
            question: String::new(),
            epoch: 0,
            usage: None,
            paid: None,
            first_hold: None,
            meter: Meter::default(),
            estimated_tokens: None,
            compacts: false,
            continues: None,
            finish: None,
            last_batch_at_ms: 0,
            pending_since_ms: 0,
            heard_at_ms: 0,
            pace_ms: 0,
            asked_at_ms: None,
            fruitless: 0,
            recoveries: 0,
            said_at_ask: 0,
        }
    }

    /// What it answers, as its row has it.
    pub fn asks(&mut self, question: Option<&Row>) {
        if let Some(question) = question {
            let meta = question.read_meta();
            (self.wanted_tools, self.reuse.is_wanted) = (meta.tools, meta.reuse);
            self.question.clone_from(&question.text);
        }
    }

    /// Tokens that were used before the attempt that died, where no meter was kept: as it was told at the last recovery,
    /// or at the end of the newest step, whichever came later.
    pub fn used_by_steps(&self, before: Option<(u32, u32)>) -> Option<(u32, u32)> {
        let steps = self.tools.newest_step().map(|(_, used)| used).filter(|used| *used != (0, 0));
        match (before, steps) {
            (Some(a), Some(b)) => Some((a.0.max(b.0), a.1.max(b.1))),
            (before, steps) => before.or(steps),
        }
    }

    /// A turn whose process died, as the store has it.
    pub fn found(mut self, said: String, marks: Marks, recoveries: u32, recovered_bytes: usize) -> Self {
        self.stored = said.len();
        self.said = said;
        self.thought_stored = self.thought.len();
        self.marks = marks;
        self.recoveries = recoveries;
        self.said_at_ask = recovered_bytes;
        self
    }

    /// Takes in what the model said. Text beyond [`MAX_ANSWER_BYTES`] is dropped and ends the answer.
    pub fn hear(&mut self, now_ms: u64, delta: Delta) -> Heard {
        match delta {
            Delta::Text(text) => {
                self.meter.said(text.len());
                self.heard_words(now_ms);
                let room = MAX_ANSWER_BYTES - self.said.len().min(MAX_ANSWER_BYTES);
                if text.len() > room {
                    let cut = (0..=room).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
                    self.said.push_str(text.get(..cut).unwrap_or_default());
                    self.finish = Some(FinishReason::Length);
                    self.tools.forget_heard();
                    return Heard::Whole;
                }
                self.said.push_str(&text);
                self.recoveries = 0;
                Heard::More
            }
            Delta::Usage(usage) => {
                self.usage = Some(usage);
                self.meter.counted(usage);
                Heard::More
            }
            Delta::Finish(reason) => {
                self.finish = Some(reason);
                Heard::More
            }
            Delta::Reasoning(text) => {
                let room = MAX_THOUGHT_BYTES - self.thought.len().min(MAX_THOUGHT_BYTES);
                let kept = text.get(..text.floor_char_boundary(room)).unwrap_or_default();
                self.meter.said(kept.len());
                if !kept.is_empty() {
                    self.heard_words(now_ms);
                    self.thought.push_str(kept);
                }
                Heard::More
            }
            // Names of calls are ours: vendors give the same ones again in each round.
            Delta::ToolCall { index, name, signature, .. } => {
                self.meter.said(name.len());
                self.tools.hearing().call(index, &name, signature);
                Heard::More
            }
            Delta::ToolArguments { index, json } => {
                self.meter.said(json.len());
                self.tools.hearing().arguments(index, &json);
                Heard::More
            }
            Delta::Signature(signature) => {
                self.tools.hearing().sealed(&signature);
                Heard::More
            }
            Delta::Done if self.tools.has_calls() => Heard::Calls,
            Delta::Done => Heard::Whole,
            Delta::Error(_) => Heard::Broken,
        }
    }

    fn heard_words(&mut self, now_ms: u64) {
        if self.pending_bytes() == 0 {
            self.pending_since_ms = now_ms;
        }
        if now_ms > self.heard_at_ms {
            self.pace_ms = now_ms - self.heard_at_ms;
            self.heard_at_ms = now_ms;
        }
    }

    /// The connection ended in peace. Some servers leave out `[DONE]`; a finish reason is as good.
    pub fn at_end(&self) -> Heard {
        match self.finish {
            None => Heard::Broken,
            Some(_) if self.tools.has_calls() => Heard::Calls,
            Some(_) => Heard::Whole,
        }
    }

    /// The model has called, and waits: a step is over, and what it has used belongs to whoever spoke.
    pub fn end_step(&mut self) {
        if self.routing.is_known() {
            let usage = self.usage.take();
            self.routing.spent(usage);
        }
        if let Some(leg) = self.routing.speaker() {
            self.tools.hearing().spoken_by(leg);
        }
        let used = self.meter.usage().map_or((0, 0), |usage| (usage.input_tokens, usage.output_tokens));
        self.tools.end_step(self.seq, self.said.len(), self.thought.len(), used, &self.question);
        // The next step has attempts and a time of its own.
        (self.fruitless, self.recoveries, self.asked_at_ms) = (0, 0, None);
        self.said_at_ask = self.said.len();
    }

    /// A model was asked for a summary of what came before: what that took is the turn's, and its answer has a time of its
    /// own.
    pub fn summarised(&mut self, said_bytes: usize, usage: Option<Usage>) {
        self.meter.said(said_bytes);
        if let Some(usage) = usage {
            self.meter.counted(usage);
        }
        self.routing.spent(usage);
        self.asked_at_ms = None;
    }

    /// The text that is not stored yet.
    pub fn pending(&self) -> &str {
        self.said.get(self.stored..).unwrap_or_default()
    }

    const fn pending_bytes(&self) -> usize {
        self.said.len() - self.stored + self.thought.len() - self.thought_stored
    }

    /// What is to be stored and sent now: the seam, if there is one, then thoughts, then text.
    pub fn pending_pieces(&self, seam: Option<&Leg>) -> Vec<Piece> {
        let thought = self.thought.get(self.thought_stored..).filter(|thought| !thought.is_empty());
        let text = Some(self.pending()).filter(|text| !text.is_empty());
        let seam = seam.cloned().map(Piece::Seam);
        let said = [thought.map(|text| Piece::Thought(text.to_owned())), text.map(|text| Piece::Text(text.to_owned()))];
        // Whatever is noted comes after the words that led to it: nobody speaks while tools run.
        let notes = self.tools.pending().iter().cloned().map(Piece::Note);
        seam.into_iter().chain(said.into_iter().flatten()).chain(notes).collect()
    }

    /// The thoughts and the text that are stored.
    pub fn stored_words(&self) -> (String, &str) {
        let thought = self.thought.get(..self.thought_stored).unwrap_or_default();
        (thought.to_owned(), self.said.get(..self.stored).unwrap_or_default())
    }

    /// When the pending text must be stored and sent; `None` when there is none.
    ///
    /// Words gather in a window that opens with the first of them. When the next ones, at the model's pace, would
    /// come after it has closed, waiting gathers nothing: the batch leaves as soon as the one before it is a window
    /// old. So words that come seldom leave at once, and no stream makes more than one batch in a window.
    pub fn batch_due_at_ms(&self, limits: &Limits, watched: bool) -> Option<u64> {
        let pending = self.pending_bytes();
        if pending == 0 {
            return None;
        }
        if pending >= MAX_BATCH_BYTES {
            return Some(0);
        }
        let window_ms = if watched { limits.batch_ms } else { limits.batch_ms.max(UNWATCHED_BATCH_MS) };
        let closes_at_ms = self.pending_since_ms.saturating_add(window_ms);
        let more_comes = self.heard_at_ms.saturating_add(self.pace_ms) < closes_at_ms;
        Some(if more_comes { closes_at_ms } else { self.last_batch_at_ms.saturating_add(window_ms) })
    }

    /// The pieces got the numbers from `seq` on.
    pub fn batch_stored(&mut self, seq: u64, pieces: &[Piece], now_ms: u64) {
        for (seq, piece) in (seq..).zip(pieces) {
            self.marks.push(seq, piece.mark());
        }
        self.stored = self.said.len();
        self.thought_stored = self.thought.len();
        self.tools.all_stored();
        self.last_batch_at_ms = now_ms;
    }

    /// Time since the last batch.
    pub const fn since_batch_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.last_batch_at_ms)
    }

    /// The model is being asked: progress is counted from here. Returns when the whole answer must have come.
    pub fn asked(&mut self, epoch: u64, now_ms: u64, limits: &Limits) -> u64 {
        self.epoch = epoch;
        self.finish = None;
        self.tools.forget_heard();
        if self.routing.is_known() {
            let usage = self.usage.take();
            self.routing.spent(usage);
        }
        self.said_at_ask = self.said.len();
        self.asked_at_ms.get_or_insert(now_ms).saturating_add(limits.total_timeout_ms)
    }

    /// Attempts in a row that brought nothing, this one included.
    fn count_fruitless(&mut self) -> u32 {
        self.fruitless = if self.said.len() > self.said_at_ask { 0 } else { self.fruitless + 1 };
        self.fruitless
    }

    /// The turn is over: what everybody who spoke counted, together.
    pub fn close(&mut self) -> Option<Usage> {
        if !self.routing.is_known() {
            return self.usage;
        }
        let usage = self.usage.take();
        self.routing.spent(usage);
        self.routing.total()
    }

    /// What was counted so far.
    pub fn counted(&self) -> Option<Usage> {
        [self.routing.total(), self.usage].into_iter().flatten().reduce(sum)
    }

    /// Length of the answer so far, as JavaScript counts it.
    pub fn said_units(&self) -> u64 {
        self.said.encode_utf16().count() as u64
    }

    /// The connection to the model is in trouble.
    pub fn trouble(&mut self, trouble: Trouble) -> Verdict {
        let fruitless = self.count_fruitless();
        if self.routing.leaves(&trouble, fruitless) {
            // Whoever comes next has attempts of its own.
            self.fruitless = 0;
            return Verdict::Ask { delay_ms: 0 };
        }
        match trouble {
            Trouble::Overtime if self.said.is_empty() => {
                Verdict::Fail { sentence: "The model does not answer.".into() }
            }
            Trouble::Overtime => Verdict::Fail { sentence: "The answer took too long and was cut off.".into() },
            Trouble::Refused { retry_after_ms: None, sentence, .. } => Verdict::Fail { sentence },
            Trouble::Refused { retry_after_ms: Some(_), sentence, .. } if fruitless >= MAX_FRUITLESS_ATTEMPTS => {
                Verdict::Fail { sentence }
            }
            Trouble::Refused { retry_after_ms: Some(ms), .. } => {
                Verdict::Ask { delay_ms: ms.max(backoff_ms(fruitless)) }
            }
            Trouble::Cut if fruitless >= MAX_FRUITLESS_ATTEMPTS => {
                Verdict::Fail { sentence: "The connection to the model broke too often.".into() }
            }
            Trouble::Silent if fruitless >= 2 => Verdict::Fail { sentence: "The model does not answer.".into() },
            Trouble::Cut | Trouble::Silent => Verdict::Ask { delay_ms: backoff_ms(fruitless) },
        }
    }

    /// The process that ran this turn died. Text since the last recovery clears the count.
    pub fn recovered(&mut self) -> Verdict {
        self.recoveries = if self.heard_since_recovery() > 0 { 0 } else { self.recoveries + 1 };
        if self.recoveries > MAX_FRUITLESS_RECOVERIES {
            return Verdict::Fail { sentence: "The answer was interrupted too often.".into() };
        }
        Verdict::Ask { delay_ms: 0 }
    }

    /// Text since the last recovery, bytes.
    pub fn heard_since_recovery(&self) -> u64 {
        self.said.len().saturating_sub(self.said_at_ask) as u64
    }

    /// Recoveries in a row that no text has cleared yet, to be stored with the turn.
    pub const fn recoveries(&self) -> u32 {
        self.recoveries
    }

    /// The wire word for how the answer ended.
    pub const fn finish_reason(&self, status: Status) -> &'static str {
        match (status, self.finish) {
            (Status::Completed, None | Some(FinishReason::Stop)) => "stop",
            (Status::Completed, Some(FinishReason::Length)) => "length",
            (Status::Completed, Some(FinishReason::ContentFilter)) => "content-filter",
            (Status::Completed, Some(FinishReason::ToolCalls)) => "tool-calls",
            (Status::Failed, _) => "error",
            _ => "other",
        }
    }
}

/// One thing that gets a number of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Another provider goes on.
    Seam(Leg),
    Thought(String),
    Text(String),
    Note(Note),
}

impl Piece {
    pub const fn mark(&self) -> Mark {
        match self {
            Self::Seam(_) => Mark::Rerouted,
            Self::Thought(text) => Mark::Thought(text.len()),
            Self::Text(text) => Mark::Said(text.len()),
            Self::Note(_) => Mark::Noted,
        }
    }

    /// What readers are told; `id` is the answer's.
    pub fn event(self, id: MessageId) -> Event {
        match self {
            Self::Seam(leg) => leg.event(id),
            Self::Thought(text) => Event::MessageReasoning { message_id: id, text },
            Self::Text(text) => Event::MessageDelta { message_id: id, text },
            Self::Note(note) => note.event(id),
        }
    }
}

/// 0.25, 0.5, 1, 2, 4, 8, 8 … seconds.
fn backoff_ms(fruitless: u32) -> u64 {
    if fruitless == 0 { 0 } else { (FIRST_BACKOFF_MS << (fruitless - 1).min(10)).min(MAX_BACKOFF_MS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn() -> Turn {
        let mut turn = Turn::new(3, 2, 1_000, None);
        turn.asked(1, 0, &Limits::default());
        turn
    }

    #[test]
    fn a_cut_after_text_is_asked_again_at_once_and_never_counted_out() {
        let mut turn = turn();
        for epoch in 2..100 {
            turn.hear(0, Delta::Text("x".into()));
            assert_eq!(turn.trouble(Trouble::Cut), Verdict::Ask { delay_ms: 0 });
            turn.asked(epoch, 0, &Limits::default());
        }
    }

    #[test]
    fn attempts_without_text_are_bounded_and_pause_longer() {
        let mut turn = turn();
        let mut pauses = Vec::new();
        while let Verdict::Ask { delay_ms } = turn.trouble(Trouble::Cut) {
            pauses.push(delay_ms);
            turn.asked(9, 0, &Limits::default());
        }
        assert_eq!(pauses, [250, 500, 1_000, 2_000]);
    }

    #[test]
    fn a_refusal_that_cannot_change_fails_at_once() {
        let sentence = String::from("The model's server refused the key.");
        let kind = FailureKind::Revoked;
        let trouble = Trouble::Refused { kind, retry_after_ms: None, sentence: sentence.clone() };
        assert_eq!(turn().trouble(trouble), Verdict::Fail { sentence });
    }

    #[test]
    fn the_servers_wish_to_wait_is_honoured() {
        let kind = FailureKind::RateLimited;
        let trouble = Trouble::Refused { kind, retry_after_ms: Some(7_000), sentence: String::new() };
        assert_eq!(turn().trouble(trouble), Verdict::Ask { delay_ms: 7_000 });
    }

    #[test]
    fn a_turn_that_was_recovered_has_attempts_of_its_own() {
        let mut turn = turn();
        for _ in 0..MAX_FRUITLESS_RECOVERIES {
            assert_eq!(turn.recovered(), Verdict::Ask { delay_ms: 0 });
        }
        assert_eq!(turn.trouble(Trouble::Cut), Verdict::Ask { delay_ms: FIRST_BACKOFF_MS });
        assert_eq!(turn.recoveries(), MAX_FRUITLESS_RECOVERIES, "trouble clears nothing");
        turn.hear(0, Delta::Text("a".into()));
        assert_eq!(turn.recoveries(), 0);
    }

    #[test]
    fn recoveries_without_text_end_the_turn() {
        let mut turn = turn();
        for _ in 0..MAX_FRUITLESS_RECOVERIES {
            assert_eq!(turn.recovered(), Verdict::Ask { delay_ms: 0 });
        }
        assert!(matches!(turn.recovered(), Verdict::Fail { .. }));
    }

    /// When the batches leave of words that come every `pace_ms`, and the longest that a word waited.
    fn batches(pace_ms: u64, watched: bool) -> (Vec<u64>, u64) {
        let limits = Limits::default();
        let (mut turn, mut left, mut longest) = (turn(), Vec::new(), 0);
        for now_ms in 50_000..60_000 {
            if (now_ms - 50_000) % pace_ms == 0 {
                turn.hear(now_ms, Delta::Text("a".into()));
            }
            if turn.batch_due_at_ms(&limits, watched).is_some_and(|due_at_ms| due_at_ms <= now_ms) {
                longest = longest.max(now_ms - turn.pending_since_ms);
                let pieces = turn.pending_pieces(None);
                turn.batch_stored(4, &pieces, now_ms);
                left.push(now_ms);
            }
        }
        (left, longest)
    }

    #[test]
    fn the_first_words_do_not_wait_and_the_next_gather() {
        let window_ms = Limits::default().batch_ms;
        for pace_ms in 1..200 {
            let (left, longest) = batches(pace_ms, true);
            assert_eq!(left[0], 50_000);
            assert!(left.windows(2).all(|pair| pair[1] - pair[0] >= window_ms), "at most one batch in a window");
            assert!(longest <= window_ms, "{longest} ms at a pace of {pace_ms}");
        }
    }

    #[test]
    fn words_that_come_seldom_do_not_wait() {
        for pace_ms in [40, 50, 1_000] {
            let (left, longest) = batches(pace_ms, true);
            assert_eq!((left.len() as u64, longest), (10_000 / pace_ms, 0));
        }
    }

    #[test]
    fn nobody_waits_for_words_that_would_come_too_late() {
        // Two in each batch: the first has waited for the second, and neither for a third.
        assert_eq!(batches(25, true).1, 25);
    }

    #[test]
    fn what_nobody_watches_is_stored_every_two_seconds() {
        assert_eq!(batches(20, false).0.len(), 5);
    }

    #[test]
    fn a_great_batch_does_not_wait() {
        let mut turn = turn();
        turn.hear(1, Delta::Text("a".repeat(MAX_BATCH_BYTES)));
        assert_eq!(turn.batch_due_at_ms(&Limits::default(), true), Some(0));
    }

    #[test]
    fn thoughts_leave_before_the_words_and_are_bounded() {
        let mut turn = turn();
        turn.hear(1, Delta::Text("words".into()));
        turn.hear(1, Delta::Reasoning("hm".into()));
        let pieces = turn.pending_pieces(None);
        assert_eq!(pieces, [Piece::Thought("hm".into()), Piece::Text("words".into())]);
        turn.batch_stored(4, &pieces, 1);
        assert_eq!(turn.pending_pieces(None), []);
        assert_eq!(turn.marks.iter(3).collect::<Vec<_>>(), [(4, Mark::Thought(2)), (5, Mark::Said(5))]);
        for _ in 0..3 {
            assert_eq!(turn.hear(2, Delta::Reasoning("é".repeat(MAX_THOUGHT_BYTES / 4))), Heard::More);
        }
        assert_eq!(turn.thought.len(), MAX_THOUGHT_BYTES);
    }

    #[test]
    fn an_endless_answer_ends() {
        let mut turn = turn();
        turn.hear(0, Delta::Text("é".repeat(MAX_ANSWER_BYTES / 2 - 1)));
        assert_eq!(turn.hear(0, Delta::Text("aéé".into())), Heard::Whole);
        assert_eq!(turn.said.len(), MAX_ANSWER_BYTES - 1);
        assert_eq!(turn.finish_reason(Status::Completed), "length");
    }
}
