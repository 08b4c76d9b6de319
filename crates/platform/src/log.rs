//! The log: the only way to the console. Whatever is written in words passes the redaction here.

use std::{cell::Cell, fmt::Display, panic::PanicHookInfo};

use edgewise_domain::{logs::Level, ports::Log, redaction::redact};
use worker::{console_error, console_log, console_warn};

/// A panic's own words, in characters. They end at the first backtick, behind which the standard library quotes text.
const MAX_PANIC_CHARS: usize = 120;

thread_local! {
    static LEAST: Cell<Level> = const { Cell::new(Level::Info) };
}

/// From here on this isolate writes only what matters at least so much.
pub fn listen_from(level: Level) {
    LEAST.set(level);
}

/// Something failed that people must look at.
pub fn error(words: impl Display) {
    write(Level::Error, &redact(&words.to_string()));
}

/// Something failed and is made up for.
pub fn warn(words: impl Display) {
    write(Level::Warn, &redact(&words.to_string()));
}

/// Where a panic happened, and the beginning of what it says.
pub fn panicked(info: &PanicHookInfo<'_>) {
    let words = info.payload_as_str().unwrap_or_default();
    let words: String = words.chars().take_while(|c| *c != '`').take(MAX_PANIC_CHARS).collect();
    let at = info.location().map(ToString::to_string).unwrap_or_default();
    error(format!("panic: {words} at {at}"));
}

fn write(level: Level, line: &str) {
    if level < LEAST.get() {
        return;
    }
    match level {
        Level::Error => console_error!("{line}"),
        Level::Warn => console_warn!("{line}"),
        Level::Info | Level::Debug => console_log!("{line}"),
    }
}

/// The doors' own lines, whose values are redacted one by one: JSON would not survive it as a whole.
#[derive(Debug, Clone, Copy, Default)]
pub struct WorkerLog;

impl Log for WorkerLog {
    fn write(&self, level: Level, line: &str) {
        write(level, line);
    }
}
