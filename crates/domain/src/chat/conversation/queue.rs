//! The turn queue of a conversation: begin, batch, end, recover.

use edgewise_protocol::{
    event::{Event, Numbered},
    ids::MessageId,
    message::{Role, Status},
};

use super::{Ask, Bounds, Conversation, LogStore, Open, Running, Tail, WINDOW, costs::costs, reuse::to_keep};
use crate::{
    chat::{
        marks::{Mark, Marks},
        prompt::{MAX_HISTORY_BYTES, MAX_PROMPT_BYTES, MAX_PROMPT_MESSAGES, PromptBuilder},
        routing::{Leg, Routing},
        row::{Kind, Meta, Row, stored_status},
        send::{MAX_QUEUED_TURNS, Refusal, StoreError},
        tools::{MAX_STEPS, Note, Tools},
        turn::{Heard, Trouble, Turn, Verdict},
    },
    files::shown::Wanted,
    models::{Delta, Prompt, prompt_bytes},
};

/// A tail row that has grown this long is left, and a segment is opened: of many batches a second each then
/// rewrites at most about one page (4 KiB) of the database.
const TAIL_BYTES: usize = 2 * 1024;
/// Batches that come seldom, because nobody watches, may rewrite more: a segment is two rows written (made, and
/// dropped in the end), and bytes are not charged.
const SELDOM_TAIL_BYTES: usize = 64 * 1024;
const SELDOM_MS: u64 = 1_000;

impl<S: LogStore> Conversation<S> {
    /// A turn runs: keep the heartbeat alarm set. One that waits for a person needs nothing until they come.
    pub fn is_running(&self) -> bool {
        self.running.as_ref().is_some_and(|running| !running.turn.tools.waits())
    }

    /// The model that serves `epoch` said something.
    ///
    /// # Errors
    /// [`StoreError`]; forget this value and open the store again.
    pub fn hear(&mut self, epoch: u64, now_ms: u64, deltas: Vec<Delta>) -> Result<(), StoreError> {
        for delta in deltas {
            let Some(running) = self.running.as_mut().filter(|running| running.turn.epoch == epoch) else {
                return Ok(());
            };
            if let Delta::Usage(usage) = &delta
                && let Some(estimated) = running.turn.estimated_tokens.take()
            {
                self.correction.learn(estimated, u64::from(usage.input_tokens));
            }
            match running.turn.hear(now_ms, delta) {
                Heard::More => {}
                Heard::Whole => return self.end_running(now_ms, Status::Completed, None),
                Heard::Calls => return self.end_step(now_ms),
                Heard::Broken => return self.trouble(epoch, now_ms, Trouble::Cut),
            }
        }
        Ok(())
    }

    /// When [`flush`](Self::flush) must be called; `None` when nothing waits.
    pub fn batch_due_at_ms(&self, watched: bool) -> Option<u64> {
        self.running.as_ref()?.turn.batch_due_at_ms(&self.limits, watched)
    }

    /// The connection that serves `epoch` ended without an error.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn hung_up(&mut self, epoch: u64, now_ms: u64) -> Result<(), StoreError> {
        let Some(running) = self.running.as_ref().filter(|running| running.turn.epoch == epoch) else { return Ok(()) };
        match running.turn.at_end() {
            Heard::Whole => self.end_running(now_ms, Status::Completed, None),
            Heard::Calls => self.end_step(now_ms),
            Heard::More | Heard::Broken => self.trouble(epoch, now_ms, Trouble::Cut),
        }
    }

    /// The connection that serves `epoch` is in trouble.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn trouble(&mut self, epoch: u64, now_ms: u64, trouble: Trouble) -> Result<(), StoreError> {
        let Some(running) = self.running.as_mut().filter(|running| running.turn.epoch == epoch) else {
            return Ok(());
        };
        match running.turn.trouble(trouble) {
            Verdict::Ask { delay_ms } => {
                self.keep_meter(now_ms)?;
                self.effects.abort = true;
                self.ask(now_ms, delay_ms)
            }
            Verdict::Fail { sentence } => self.end_running(now_ms, Status::Failed, Some(sentence)),
        }
    }

    /// Stores what is pending under the next numbers, then sends it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn flush(&mut self, now_ms: u64) -> Result<(), StoreError> {
        self.store_batch(now_ms, None)
    }

    /// The same, after the seam where another provider goes on.
    pub(super) fn store_batch(&mut self, now_ms: u64, seam: Option<&Leg>) -> Result<(), StoreError> {
        let Some(running) = self.running.as_mut() else { return Ok(()) };
        let turn = &mut running.turn;
        let pieces = turn.pending_pieces(seam);
        if pieces.is_empty() {
            return Ok(());
        }
        let seq = self.last_seq + 1;
        let most = if turn.since_batch_ms(now_ms) < SELDOM_MS { TAIL_BYTES } else { SELDOM_TAIL_BYTES };
        let full = running.tail.as_ref().is_some_and(|tail| tail.bytes(turn) >= most);
        let push = |marks: &mut Marks| {
            for (seq, piece) in (seq..).zip(&pieces) {
                marks.push(seq, piece.mark());
            }
        };
        match &mut running.tail {
            Some(tail) if !full => {
                push(&mut tail.marks);
                tail.legs_until = turn.routing.told().len();
                tail.notes_until = turn.tools.notes().len();
                self.store.update(&tail.row(turn))?;
            }
            tail => {
                let row_seq = if running.has_row { seq } else { turn.seq };
                let mut marks = if running.has_row { Marks::new(seq) } else { turn.marks.clone() };
                push(&mut marks);
                let (from, thought_from) = (turn.stored, turn.thought_stored);
                let legs_from = tail.as_ref().map_or(0, |before| before.legs_until);
                let legs_until = turn.routing.told().len();
                let notes_from = tail.as_ref().map_or(0, |before| before.notes_until);
                let notes_until = turn.tools.notes().len();
                let new =
                    Tail { seq: row_seq, from, thought_from, legs_from, legs_until, notes_from, notes_until, marks };
                self.store.insert(&new.row(turn))?;
                running.segmented |= running.has_row;
                running.has_row = true;
                *tail = Some(new);
            }
        }
        turn.batch_stored(seq, &pieces, now_ms);
        running.metered = turn.meter.usage();
        let message_id = MessageId::at(self.head.id, turn.seq, turn.at_ms);
        for (seq, piece) in (seq..).zip(pieces) {
            self.last_seq = seq;
            self.effects.events.push(Numbered { seq, event: piece.event(message_id) });
        }
        Ok(())
    }

    /// Stores what the running turn has used, beside its words, where the store does not know yet.
    pub(super) fn keep_meter(&mut self, now_ms: u64) -> Result<(), StoreError> {
        self.flush(now_ms)?;
        let Some(running) = self.running.as_mut().filter(|running| running.turn.meter.usage() != running.metered)
        else {
            return Ok(());
        };
        match &running.tail {
            Some(tail) => self.store.update(&tail.row(&running.turn))?,
            None => {
                self.store.insert(&tail_row(&running.turn, running.turn.seq))?;
                running.tail = Some(Tail::first(&running.turn));
                running.has_row = true;
            }
        }
        running.metered = running.turn.meter.usage();
        Ok(())
    }

    /// Starts the oldest open turn.
    pub(super) fn begin(&mut self, now_ms: u64) -> Result<(), StoreError> {
        let Some(open) = self.open.front().cloned() else { return Ok(()) };
        let mut turn = Turn::new(open.seq, open.parent, open.at_ms, open.model.clone());
        (turn.paid, turn.first_hold) = (open.paid.clone(), open.hold.clone());
        let question = self.store.get(open.parent)?;
        let waited = open.seq == open.parent + 1 && question.as_ref().is_some_and(|row| row.status() == Status::Queued);
        turn.asks(question.as_ref());
        let mut has_row = open.seq != open.parent + 1;
        let mut tail = None;
        if waited {
            let seq = self.last_seq + 1;
            turn.marks.push(seq, Mark::Started);
            let mut row = tail_row(&turn, turn.seq);
            row.marks = turn.marks.bytes().to_vec();
            self.store.insert(&row)?;
            self.last_seq = seq;
            let turn_id = self.view().message_id(turn.seq, turn.at_ms);
            self.effects.events.push(Numbered { seq, event: Event::TurnStarted { turn_id } });
            has_row = true;
        }
        if has_row {
            tail = Some(Tail::first(&turn));
        }
        let continued = self.continued(&open, has_row && !waited)?;
        self.running = Some(match continued {
            Some(mut running) => {
                running.turn.first_hold = turn.first_hold;
                running
            }
            None => Running { turn, tail, has_row, segmented: false, metered: None },
        });
        self.ask(now_ms, 0)
    }

    /// The turn of an answer that begins with what another had said.
    fn continued(&self, open: &Open, has_row: bool) -> Result<Option<Running>, StoreError> {
        let row = if has_row { self.store.get(open.seq)? } else { None };
        row.filter(|row| row.read_meta().continues.is_some()).map(|row| self.found(open, Some(&row))).transpose()
    }

    /// Asks the model, under a new epoch.
    pub(super) fn ask(&mut self, now_ms: u64, delay_ms: u64) -> Result<(), StoreError> {
        self.epoch += 1;
        let epoch = self.epoch;
        let (prompt, files) = self.prompt()?;
        let limits = self.limits;
        if let Some(running) = &mut self.running {
            let deadline_at_ms = running.turn.asked(epoch, now_ms, &limits);
            self.effects.ask = Some(Ask { epoch, prompt, files, delay_ms, deadline_at_ms });
        }
        Ok(())
    }

    fn prompt(&self) -> Result<(Prompt, Vec<Wanted>), StoreError> {
        let Some(running) = &self.running else {
            return Ok(PromptBuilder::new("", None).finish(String::new(), None));
        };
        let turn = &running.turn;
        let (steps, told) = turn.tools.steps(&turn.said, &turn.thought);
        let rest = turn.said.get(told..).unwrap_or_default();
        let mut builder = match turn.continues.filter(|_| steps.is_empty()) {
            Some((before, _)) => {
                let notes = self.store.get(before.seq())?.map(|row| row.read_meta().notes);
                PromptBuilder::new(rest, notes.map(|notes| (before.seq(), notes)))
            }
            None => PromptBuilder::new(if steps.is_empty() { rest } else { "" }, None),
        };
        let question = self.store.get(running.turn.parent)?;
        let before = question.as_ref().and_then(|question| question.parent);
        let files = question.as_ref().map(|question| question.read_meta().attachments).unwrap_or_default();
        builder.add(Role::User, question.map(|question| question.text).unwrap_or_default(), files);
        let bounds = Bounds { rows: MAX_PROMPT_MESSAGES, bytes: MAX_PROMPT_BYTES, note_bytes: MAX_HISTORY_BYTES };
        let history = before.map(|seq| self.store.branch(seq, bounds)).transpose()?;
        for row in history.unwrap_or_default() {
            if let Some(summary) = self.summary_until(row.seq)? {
                builder.recall(summary);
                break;
            }
            if !builder.add_row(row) {
                break;
            }
        }
        let model = running.turn.model.clone().unwrap_or_else(|| self.head.model.clone());
        let (mut prompt, wanted) = builder.finish(model, self.head.system.clone());
        prompt.options.wishes = self.head.details.parameters;
        if !steps.is_empty() {
            prompt.options.partial = rest.to_owned();
            prompt.options.tools_closed = running.turn.tools.steps_taken() >= MAX_STEPS;
            prompt.options.steps = steps;
        }
        Ok((prompt, wanted))
    }

    /// Ends one open turn, running or waiting, and starts the next.
    pub(super) fn end_one(
        &mut self,
        now_ms: u64,
        seq: u64,
        status: Status,
        error: Option<String>,
    ) -> Result<(), StoreError> {
        if self.running.as_ref().is_some_and(|running| running.turn.seq == seq) {
            return self.end_running(now_ms, status, error);
        }
        let Some(at) = self.open.iter().position(|open| open.seq == seq) else { return Ok(()) };
        let Some(open) = self.open.get(at).cloned() else { return Ok(()) };
        let mut turn = Turn::new(open.seq, open.parent, open.at_ms, open.model);
        turn.paid = open.paid;
        self.fold(now_ms, turn, false, false, status, error)?;
        self.open.remove(at);
        Ok(())
    }

    /// Ends everything that is open, newest first, so that nothing starts in between.
    pub(super) fn end_all(&mut self, now_ms: u64, status: Status) -> Result<(), StoreError> {
        while let Some(seq) = self.open.back().map(|open| open.seq) {
            self.end_one(now_ms, seq, status, None)?;
        }
        Ok(())
    }

    fn end_running(&mut self, now_ms: u64, status: Status, error: Option<String>) -> Result<(), StoreError> {
        let Some(running) = &self.running else { return Ok(()) };
        // Readers get the last words as a batch of their own; the fold stores them with everything else.
        let mut turn = running.turn.clone();
        turn.tools.close();
        let pieces = turn.pending_pieces(None);
        if !pieces.is_empty() {
            turn.batch_stored(self.last_seq + 1, &pieces, now_ms);
            let message_id = self.view().message_id(turn.seq, turn.at_ms);
            for piece in pieces {
                self.last_seq += 1;
                self.effects.events.push(Numbered { seq: self.last_seq, event: piece.event(message_id) });
            }
        }
        let (seq, has_row, segmented) = (turn.seq, running.has_row, running.segmented);
        self.fold(now_ms, turn, has_row, segmented, status, error)?;
        self.running = None;
        self.effects.abort = true;
        self.effects.ask = None;
        self.effects.run.clear();
        self.effects.project = true;
        self.open.retain(|open| open.seq != seq);
        self.begin(now_ms)
    }

    /// Writes the answer's row in its final form and drops the segments: the one row that a turn leaves.
    fn fold(
        &mut self,
        now_ms: u64,
        mut turn: Turn,
        has_row: bool,
        segmented: bool,
        status: Status,
        error: Option<String>,
    ) -> Result<(), StoreError> {
        let seq = self.last_seq + 1;
        turn.marks.push(seq, Mark::Ended);
        let finish = turn.finish_reason(status);
        let mut row = tail_row(&turn, turn.seq);
        row.status = Some(stored_status(status));
        let usage = turn.close();
        let mut meta =
            Meta { finish: (finish != "stop").then(|| finish.to_owned()), error, ..costs(&turn, usage, now_ms) };
        meta.legs = turn.routing.told().to_vec();
        meta.notes = turn.tools.notes().to_vec();
        meta.continues = turn.continues;
        meta.reuse = turn.reuse.is_hit;
        let keep = to_keep(&turn, status);
        meta.thought = turn.thought;
        row.meta = meta.json();
        row.marks = turn.marks.bytes().to_vec();
        row.text = turn.said;
        if has_row {
            self.store.update(&row)?;
        } else {
            self.store.insert(&row)?;
        }
        if segmented {
            self.store.delete(Some(Kind::Segment), turn.seq)?;
        }
        self.last_seq = seq;
        self.updated_at_ms = now_ms;
        self.effects.keep = keep;
        let id = self.view().message_id(turn.seq, turn.at_ms);
        let event = self.view().ended(&row, id);
        self.effects.events.push(Numbered { seq, event });
        Ok(())
    }

    /// The running answer as one row, whatever rows it rests in: what is stored, and so was sent.
    pub(super) fn running_row(&self) -> Option<Row> {
        let turn = &self.running.as_ref()?.turn;
        let mut row = tail_row(turn, turn.seq);
        row.marks = turn.marks.bytes().to_vec();
        let (thought, text) = turn.stored_words();
        let (legs, notes) = (turn.routing.told().to_vec(), turn.tools.stored_notes().to_vec());
        let (model, continues) = (turn.model.clone(), turn.continues);
        let reuse = turn.reuse.is_hit;
        row.meta = Meta { model, thought, legs, notes, continues, reuse, ..Meta::default() }.json();
        row.text = text.to_owned();
        Some(row)
    }

    /// Continues a turn whose process died: same message, what was said is kept.
    pub(super) fn recover(&mut self, now_ms: u64) -> Result<(), StoreError> {
        let Some(open) = self.open.front().cloned() else { return Ok(()) };
        let question_started = self.store.get(open.parent)?.is_some_and(|row| row.status() == Status::Running);
        let answer = self.store.get(open.seq)?.filter(|row| row.kind == Kind::Answer);
        if answer.is_none() && !question_started {
            return self.begin(now_ms);
        }
        let mut running = self.found(&open, answer.as_ref())?;
        if running.turn.tools.waits() {
            // Nothing was under way, and nothing is until somebody decides.
            running.turn.epoch = self.epoch;
            self.running = Some(running);
            return Ok(());
        }
        let calls_run = running.turn.tools.is_open();
        let verdict = running.turn.recovered();
        self.running = Some(running);
        // What the dead process asked and heard, as far as the store knows.
        let prompt = self.prompt()?;
        let Some(mut running) = self.running.take() else { return Ok(()) };
        let before = answer.as_ref().and_then(|row| row.read_meta().used_before);
        match running.turn.meter.kept() {
            Some(kept) => running.turn.meter = kept.found(),
            // Nobody was asked for an answer that was given before.
            None if running.turn.reuse.is_hit => {}
            None => {
                let heard = running.turn.heard_since_recovery();
                let before = running.turn.used_by_steps(before);
                // Nobody is asked while tools run.
                let asked = if calls_run { 0 } else { prompt_bytes(&prompt.0).saturating_sub(heard) };
                running.turn.meter.recovered(before, asked, heard);
            }
        }
        let recovered_bytes = running.turn.said.len() as u64;
        let mut row = answer.unwrap_or_else(|| tail_row(&running.turn, open.seq));
        row.meta = Meta {
            model: open.model.clone(),
            recoveries: Some(running.turn.recoveries()),
            recovered_bytes: Some(recovered_bytes),
            meter: running.turn.meter.kept(),
            paid: open.paid.clone(),
            ..row.read_meta()
        }
        .json();
        if running.has_row {
            self.store.update(&row)?;
        } else {
            self.store.insert(&row)?;
            running.has_row = true;
            running.tail = Some(Tail::first(&running.turn));
        }
        self.running = Some(running);
        match verdict {
            Verdict::Ask { .. } if calls_run => self.run_due(),
            Verdict::Ask { delay_ms } => self.ask(now_ms, delay_ms),
            Verdict::Fail { sentence } => self.end_running(now_ms, Status::Failed, Some(sentence)),
        }
    }

    /// The running turn as the store has it: the answer's row, then its segments.
    fn found(&self, open: &Open, answer: Option<&Row>) -> Result<Running, StoreError> {
        let mut turn = Turn::new(open.seq, open.parent, open.at_ms, open.model.clone());
        turn.paid.clone_from(&open.paid);
        turn.asks(self.store.get(open.parent)?.as_ref());
        let Some(answer) = answer else {
            return Ok(Running { turn, tail: None, has_row: false, segmented: false, metered: None });
        };
        let meta = answer.read_meta();
        let mut marks = answer.read_marks();
        let mut said = answer.text.clone();
        let (mut thought, mut legs, mut notes, mut meter) = (meta.thought, meta.legs, meta.notes, meta.meter);
        let mut tail = Tail::new(answer.seq, marks.clone());
        (tail.legs_until, tail.notes_until) = (legs.len(), notes.len());
        let segments = self.store.segments(open.seq)?;
        let segmented = !segments.is_empty();
        for row in &segments {
            let later = row.read_marks();
            let (from, thought_from, legs_from) = (said.len(), thought.len(), legs.len());
            let more = row.read_meta();
            let legs_until = legs_from + more.legs.len();
            let notes_from = notes.len();
            let notes_until = notes_from + more.notes.len();
            let marks_here = later.clone();
            tail = Tail {
                seq: row.seq,
                from,
                thought_from,
                legs_from,
                legs_until,
                notes_from,
                notes_until,
                marks: marks_here,
            };
            marks.extend(row.seq, &later);
            said.push_str(&row.text);
            thought.push_str(&more.thought);
            legs.extend(more.legs);
            notes.extend(more.notes);
            meter = more.meter.or(meter);
        }
        // What it began with was not heard by anybody who died.
        let recovered = meta.recovered_bytes.or(meta.continues.map(|continued| continued.1)).unwrap_or(0);
        let recovered = usize::try_from(recovered).unwrap_or(usize::MAX);
        turn.continues = meta.continues;
        turn.thought = thought;
        turn.meter = meter.unwrap_or_default();
        turn.reuse.is_hit = meta.reuse;
        turn.routing = Routing::found(legs);
        turn.tools = Tools::found(notes);
        // What was said before the newest step is that step's.
        let recovered = recovered.max(turn.tools.newest_step().map_or(0, |(said, _)| said));
        let turn = turn.found(said, marks, meta.recoveries.unwrap_or(0), recovered);
        let metered = turn.meter.usage();
        Ok(Running { turn, tail: Some(tail), has_row: true, segmented, metered })
    }

    /// Reads the newest rows and finds what has not ended.
    pub(super) fn read_tail(&mut self) -> Result<(), StoreError> {
        let questions = self.store.below(Kind::User, u64::MAX, WINDOW)?;
        let answers = self.store.below(Kind::Answer, u64::MAX, 2 * WINDOW)?;
        for row in questions.iter().chain(&answers) {
            self.messages = self.messages.max(row.count.unwrap_or(0));
            let ended = row.at_ms + row.read_meta().duration_ms.unwrap_or(0);
            self.updated_at_ms = self.updated_at_ms.max(ended);
        }
        self.leaf = match self.head.pruned {
            None => questions.first().map(|row| row.seq + 1).max(answers.first().map(|row| row.seq)),
            Some(_) => self.newest_left()?,
        };
        if self.head.title.is_none() {
            self.named_by = match self.head.pruned {
                None => {
                    let first = self.store.get(2)?.filter(|row| row.kind == Kind::User);
                    first.map(|row| super::title_from(&row.text))
                }
                Some(_) => self.first_words()?,
            };
        }

        let mut open = Vec::new();
        for row in &questions {
            self.recent.push_front(row.seq);
            if !answers.iter().any(|answer| answer.seq == row.seq + 1) {
                let Meta { model, paid, .. } = row.read_meta();
                open.push(Open { seq: row.seq + 1, parent: row.seq, at_ms: row.at_ms, model, paid, hold: None });
            }
        }
        for row in answers.iter().filter(|row| !row.status().is_terminal()) {
            let Meta { model, paid, .. } = row.read_meta();
            open.push(Open { seq: row.seq, parent: row.answers(), at_ms: row.at_ms, model, paid, hold: None });
        }
        open.sort_by_key(|open| open.seq);
        let segments = match open.first() {
            Some(oldest) => self.store.segments(oldest.seq)?,
            None => Vec::new(),
        };
        let newest = questions.iter().chain(&answers).chain(&segments).map(Row::last_seq).max();
        self.last_seq = newest.unwrap_or(1).max(self.store.last()?);
        self.open = open.into();
        Ok(())
    }

    pub(super) fn remember(&mut self, question: u64) {
        self.recent.push_back(question);
        if self.recent.len() > WINDOW {
            self.recent.pop_front();
        }
    }

    /// Refuses when too many turns wait, or when the oldest open one would fall out of the window.
    pub(super) fn refuse_if_full(&self) -> Result<(), Refusal> {
        let oldest = self.open.front().map_or(u64::MAX, |open| open.parent);
        let since = self.recent.iter().filter(|question| **question >= oldest).count();
        if self.open.len() > MAX_QUEUED_TURNS || since + 1 >= WINDOW {
            return Err(Refusal::QueueFull);
        }
        Ok(())
    }
}

impl Tail {
    /// The answer's own row.
    fn first(turn: &Turn) -> Self {
        Self::new(turn.seq, turn.marks.clone())
    }

    const fn new(seq: u64, marks: Marks) -> Self {
        Self { seq, from: 0, thought_from: 0, legs_from: 0, legs_until: 0, notes_from: 0, notes_until: 0, marks }
    }

    /// What it holds of the stored.
    fn bytes(&self, turn: &Turn) -> usize {
        let notes = turn.tools.notes().get(self.notes_from..self.notes_until).unwrap_or_default();
        let noted: usize = notes.iter().map(Note::bytes).sum();
        turn.stored - self.from + turn.thought_stored - self.thought_from + noted
    }

    /// With all that was said since it began.
    fn row(&self, turn: &Turn) -> Row {
        let mut row = tail_row(turn, self.seq);
        let mut meta = row.read_meta();
        turn.thought.get(self.thought_from..).unwrap_or_default().clone_into(&mut meta.thought);
        meta.legs = turn.routing.told().get(self.legs_from..).unwrap_or_default().to_vec();
        meta.notes = turn.tools.notes().get(self.notes_from..).unwrap_or_default().to_vec();
        if self.seq == turn.seq && turn.recoveries() > 0 {
            meta.recoveries = Some(turn.recoveries());
            meta.recovered_bytes = Some(turn.said.len() as u64);
        }
        row.meta = meta.json();
        row.marks = self.marks.bytes().to_vec();
        turn.said.get(self.from..).unwrap_or_default().clone_into(&mut row.text);
        row
    }
}

/// A row of the running answer: its own, or a segment of it.
fn tail_row(turn: &Turn, seq: u64) -> Row {
    let own = seq == turn.seq;
    let mut row = Row::new(seq, if own { Kind::Answer } else { Kind::Segment }, turn.at_ms);
    row.parent = if own { (turn.seq != turn.parent + 1).then_some(turn.parent) } else { Some(turn.seq) };
    let mut meta = Meta { meter: turn.meter.kept(), ..Meta::default() };
    if own {
        row.status = Some(stored_status(Status::Running));
        (meta.model, meta.paid, meta.continues) = (turn.model.clone(), turn.paid.clone(), turn.continues);
        meta.reuse = turn.reuse.is_hit;
    }
    row.meta = meta.json();
    row
}
