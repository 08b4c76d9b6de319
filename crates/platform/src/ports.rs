//! All ports of the doors, over this Worker's bindings.

use edgewise_domain::{
    catalogue::CatalogueOver, config::Provider, flags::FlagsOver, mail::LettersOver, ports::Ports, users::UsersOver,
};
use worker::Env;

use crate::{
    cache::KvCache,
    clock::{WorkerClock, WorkerEntropy},
    d1::D1,
    log::WorkerLog,
    objects::{AccountObjects, ConversationObjects},
    pulse::WorkerPulse,
    web::WorkerWeb,
};

#[derive(Clone)]
pub struct WorkerPorts {
    conversations: ConversationObjects,
    catalogue: CatalogueOver<D1>,
    accounts: AccountObjects,
    users: UsersOver<D1>,
    letters: LettersOver<D1>,
    cache: KvCache,
    web: WorkerWeb,
    clock: WorkerClock,
    entropy: WorkerEntropy,
    log: WorkerLog,
    pulse: WorkerPulse,
    flags: FlagsOver<D1>,
}

impl WorkerPorts {
    /// `provider` is the model's server, for those who ask whether it is there.
    pub fn new(env: &Env, provider: Option<Provider>) -> Self {
        Self {
            conversations: ConversationObjects::new(env.clone()),
            catalogue: CatalogueOver(D1::new(env.clone())),
            accounts: AccountObjects::new(env.clone()),
            users: UsersOver(D1::new(env.clone())),
            letters: LettersOver(D1::new(env.clone())),
            cache: KvCache::new(env.clone()),
            web: WorkerWeb,
            clock: WorkerClock,
            entropy: WorkerEntropy,
            log: WorkerLog,
            pulse: WorkerPulse::new(env.clone(), provider),
            flags: FlagsOver(D1::new(env.clone())),
        }
    }
}

impl Ports for WorkerPorts {
    type Conversations = ConversationObjects;
    type Catalogue = CatalogueOver<D1>;
    type Accounts = AccountObjects;
    type Users = UsersOver<D1>;
    type Letters = LettersOver<D1>;
    type Cache = KvCache;
    type Web = WorkerWeb;
    type Clock = WorkerClock;
    type Entropy = WorkerEntropy;
    type Log = WorkerLog;
    type Pulse = WorkerPulse;
    type Flags = FlagsOver<D1>;

    fn conversations(&self) -> &ConversationObjects {
        &self.conversations
    }

    fn catalogue(&self) -> &CatalogueOver<D1> {
        &self.catalogue
    }

    fn accounts(&self) -> &AccountObjects {
        &self.accounts
    }

    fn users(&self) -> &UsersOver<D1> {
        &self.users
    }

    fn letters(&self) -> &LettersOver<D1> {
        &self.letters
    }

    fn cache(&self) -> &KvCache {
        &self.cache
    }

    fn web(&self) -> &WorkerWeb {
        &self.web
    }

    fn clock(&self) -> &WorkerClock {
        &self.clock
    }

    fn entropy(&self) -> &WorkerEntropy {
        &self.entropy
    }

    fn log(&self) -> &WorkerLog {
        &self.log
    }

    fn pulse(&self) -> &WorkerPulse {
        &self.pulse
    }

    fn flags(&self) -> &FlagsOver<D1> {
        &self.flags
    }
}
