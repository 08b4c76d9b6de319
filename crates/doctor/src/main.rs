//! Reads settings from standard input, an object of texts, as the Worker would, and says what is wrong with them: a sentence
//! on each line. `npm run doctor` asks it before a deploy does.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use edgewise_domain::config::{Config, Settings};

struct Given(BTreeMap<String, String>);

impl Settings for Given {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

fn main() -> io::Result<()> {
    let given = Given(serde_json::from_reader(io::stdin())?);
    let faults = Config::read(&given).err().unwrap_or_default();
    let mut out = io::stdout().lock();
    faults.iter().try_for_each(|fault| writeln!(out, "{fault}"))
}
