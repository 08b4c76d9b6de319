//! Settings from the Worker's variables and secrets.

use edgewise_domain::config::Settings;
use worker::Env;

use crate::{bindings, js};

#[derive(Debug)]
pub struct WorkerSettings<'a>(pub &'a Env);

impl Settings for WorkerSettings<'_> {
    fn get(&self, name: &str) -> Option<String> {
        if name == bindings::CF_VERSION {
            // A binding, not a variable: `{ id, tag, timestamp }`.
            return js::get(self.0.as_ref(), name).and_then(|version| js::get(&version, "id")).ok()?.as_string();
        }
        self.0.var(name).ok().map(|value| value.to_string())
    }
}
