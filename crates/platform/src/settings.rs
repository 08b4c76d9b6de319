//! Settings from the Worker's variables and secrets.

use std::{cell::OnceCell, rc::Rc};

use edgewise_domain::config::{Config, Settings};
use worker::Env;

use crate::{bindings, js, log};

thread_local! {
    static CONFIG: OnceCell<Rc<Config>> = const { OnceCell::new() };
}

/// The settings, read once in each isolate: they never change within one. The log listens from then on as they say.
///
/// # Errors
/// All faults together, each a sentence.
pub fn config(env: &Env) -> Result<Rc<Config>, Vec<String>> {
    CONFIG.with(|cell| match cell.get() {
        Some(config) => Ok(Rc::clone(config)),
        None => Config::read(&WorkerSettings(env)).map(|config| {
            log::listen_from(config.log_level);
            Rc::clone(cell.get_or_init(|| Rc::new(config)))
        }),
    })
}

#[derive(Debug)]
struct WorkerSettings<'a>(&'a Env);

impl Settings for WorkerSettings<'_> {
    fn get(&self, name: &str) -> Option<String> {
        if name == bindings::CF_VERSION {
            // A binding, not a variable: `{ id, tag, timestamp }`.
            return js::get(self.0.as_ref(), name).and_then(|version| js::get(&version, "id")).ok()?.as_string();
        }
        self.0.var(name).ok().map(|value| value.to_string())
    }
}
