//! Settings from the Worker's variables and secrets.

use edgewise_domain::config::Settings;
use worker::Env;

#[derive(Debug)]
pub struct WorkerSettings<'a>(pub &'a Env);

impl Settings for WorkerSettings<'_> {
    fn get(&self, name: &str) -> Option<String> {
        self.0.var(name).ok().map(|value| value.to_string())
    }
}
