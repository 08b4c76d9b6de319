//! Users' own keys: kept sealed by the account, used by the turn that asks, charged to nobody, gone with their user.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::{
    access::{Principal, Write},
    account::Account,
    chat::{
        conversation::{Conversation, New, Payer},
        send::Send,
        turn::Limits,
    },
    limits::Rates,
    models::{Delta, FinishReason},
    money::prices::Prices,
};
use edgewise_protocol::{
    api::{ModelRoute, ProviderKey},
    calls::account::{Admission, Call, Ends, NewSession, Profile, Proof, Reply, SealedKey},
    ids::{ConversationId, SessionId, UserId},
    limit::Class,
    message::Usage,
    money::{Hold, SpendLimits, Spent},
    price::Price,
    timestamp::Timestamp,
};
use edgewise_testkit::{accounts::MemoryAccount, memory::MemoryLog};

const NOW: u64 = 1_795_262_400_000;

fn user() -> UserId {
    UserId::new(1, &[1; 10])
}

struct Desk {
    store: MemoryAccount,
    account: Account<MemoryAccount>,
}

impl Desk {
    fn new() -> Self {
        let store = MemoryAccount::default();
        let mut desk = Self { account: Account::open(store.clone()).unwrap(), store };
        let session = NewSession {
            id: SessionId::new(NOW, &[1; 10]),
            cookie_digest: "c".into(),
            refresh_digest: "r".into(),
            agent: "a".into(),
            address: "b".into(),
        };
        let profile = Profile::new(user(), false, Timestamp(NOW));
        desk.call(NOW, Call::Open { profile, session, ends: Ends::None, known: true });
        desk
    }

    fn call(&mut self, now_ms: u64, call: Call) -> Reply {
        self.account.handle(&Rates { enabled: false, ..Rates::default() }, now_ms, call).unwrap()
    }

    fn set(&mut self, provider: &str, created_ms: u64) {
        let key = ProviderKey {
            provider: provider.into(),
            last_four: "abcd".into(),
            created_at: Timestamp(created_ms),
            last_used_at: None,
            refused_at: None,
        };
        let key = Box::new(SealedKey { key, sealed: format!("sealed at {created_ms}") });
        assert!(matches!(self.call(created_ms, Call::SetProviderKey { key }), Reply::Done));
    }

    fn used(&mut self, now_ms: u64, provider: &str) -> Option<SealedKey> {
        match self.call(now_ms, Call::UseProviderKey { provider: provider.into() }) {
            Reply::ProviderKey { key } => key.map(|key| *key),
            other => panic!("{other:?}"),
        }
    }

    fn admitted(&mut self) -> Option<Admission> {
        let proof = Proof::Cookie { digest: "c".into() };
        match self.call(NOW, Call::Admit { proof, class: Class::Chat, watch: None }) {
            Reply::Admitted(admission) => Some(*admission),
            Reply::OverBudget => None,
            other => panic!("{other:?}"),
        }
    }

    fn note(&mut self, created_ms: u64, refused: Option<bool>, sealed: Option<&str>) {
        let (provider, created_at) = ("openai".to_owned(), Timestamp(created_ms));
        self.call(NOW + 9, Call::NoteProviderKey { provider, created_at, refused, sealed: sealed.map(Into::into) });
    }
}

#[test]
fn a_key_is_kept_across_restarts_replaced_used_judged_and_removed() {
    let mut desk = Desk::new();
    assert!(!desk.admitted().unwrap().own_keys);
    assert_eq!(desk.used(NOW, "openai"), None);
    desk.set("openai", NOW);
    desk.set("openai", NOW + 1);
    desk.account = Account::open(desk.store.clone()).unwrap();
    assert!(desk.admitted().unwrap().own_keys);
    assert_eq!(desk.used(NOW + 5, "openai").unwrap().sealed, format!("sealed at {}", NOW + 1));
    assert_eq!(desk.used(NOW + 6, "anthropic"), None);
    desk.note(NOW, Some(true), Some("stale"));
    let key = desk.used(NOW + 7, "openai").unwrap();
    assert_eq!((key.key.refused_at, key.sealed), (None, format!("sealed at {}", NOW + 1)), "the one before was meant");
    assert_eq!(key.key.last_used_at, Some(Timestamp(NOW + 5)), "to the minute");
    desk.note(NOW + 1, Some(true), None);
    desk.note(NOW + 1, None, Some("sealed anew"));
    desk.account = Account::open(desk.store.clone()).unwrap();
    let key = desk.used(NOW + 8, "openai").unwrap();
    assert_eq!((key.key.refused_at, key.sealed.as_str()), (Some(Timestamp(NOW + 9)), "sealed anew"));
    desk.note(NOW + 1, Some(false), None);
    assert_eq!(desk.used(NOW + 8, "openai").unwrap().key.refused_at, None);
    assert!(matches!(desk.call(NOW, Call::RemoveProviderKey { provider: "openai".into() }), Reply::Done));
    assert_eq!(desk.used(NOW, "openai"), None);
    assert!(!desk.admitted().unwrap().own_keys);
}

#[test]
fn keys_go_with_their_user_and_are_bounded() {
    let mut desk = Desk::new();
    for at in 0..32 {
        desk.set(&format!("p{at}"), NOW);
    }
    let key = SealedKey { key: desk.used(NOW, "p0").unwrap().key, sealed: "s".into() };
    let more = SealedKey { key: ProviderKey { provider: "more".into(), ..key.key.clone() }, ..key.clone() };
    assert!(matches!(desk.call(NOW, Call::SetProviderKey { key: Box::new(more) }), Reply::Full));
    assert!(matches!(desk.call(NOW, Call::SetProviderKey { key: Box::new(key.clone()) }), Reply::Done));
    desk.call(NOW, Call::Close);
    assert_eq!(desk.used(NOW, "p0"), None);
    desk.account = Account::open(desk.store.clone()).unwrap();
    assert_eq!(desk.used(NOW, "p0"), None);
    assert!(matches!(desk.call(NOW, Call::SetProviderKey { key: Box::new(key) }), Reply::Unknown), "nobody is there");
}

#[test]
fn whoever_pays_a_provider_needs_no_credits_and_gets_none() {
    let mut desk = Desk::new();
    let limits = SpendLimits { total_micro_usd: Some(0), ..SpendLimits::default() };
    desk.call(NOW, Call::SetLimits { part: None, limits, spent: Spent::default() });
    assert!(desk.admitted().is_none());
    desk.set("openai", NOW);
    let [first, second] = [(); 2].map(|()| desk.admitted().unwrap().hold.unwrap());
    assert_eq!(first.held_micro_usd, 0);
    assert_ne!(first.lease, second.lease, "each message has its own, so that no other's is settled");
    // Another provider is paid by the deployment: there is nothing for it.
    let reserve = Call::Reserve { lease: first.lease, want_micro_usd: 100, part: None };
    let Reply::Held { hold: Some(hold) } = desk.call(NOW, reserve) else { panic!() };
    assert_eq!(hold.held_micro_usd, 0);
}

const PRICE: Price = Price { input_micro_usd: 1_000_000, cached_input_micro_usd: None, output_micro_usd: 10_000_000 };

#[test]
fn what_an_own_key_pays_is_recorded_costs_nothing_and_is_marked_whatever_dies() {
    let store = MemoryLog::default();
    let new = New {
        id: ConversationId::new(NOW, &[3; 10]),
        creator: user(),
        place: None,
        title: None,
        system: None,
        model: "model".into(),
        details: Default::default(),
    };
    let mut log = Conversation::create(store.clone(), Limits::default(), NOW, new).unwrap();
    let grant = log.authorize::<Write>(&Principal { user: user(), memberships: &[] }).unwrap();
    let hold = Hold { lease: "7".into(), held_micro_usd: 5_000, lapses_at_ms: NOW + 150_000 };
    log.paid_by(Payer { user: user(), key: None, hold: Some(hold), own_keys: true });
    log.send(grant, NOW, Send { text: "a".into(), ..Send::default() }).unwrap();
    let ask = log.take_effects().ask.unwrap();
    assert_eq!(log.own_keys_of(ask.epoch), Some(user()));
    // The process dies before it has asked: the next one knows whose keys to look for.
    let mut log = Conversation::open(store.clone(), Limits::default(), NOW).unwrap().unwrap();
    let ask = log.take_effects().ask.unwrap();
    assert_eq!(log.own_keys_of(ask.epoch), Some(user()));
    assert_eq!(log.own_keys_of(ask.epoch + 1), None);
    let chain = [ModelRoute { provider: "openai".into(), model: "model".into(), price: Some(PRICE) }];
    log.route(ask.epoch, NOW, &chain, |_| false).unwrap().unwrap();
    log.use_own_key(ask.epoch, true);
    log.priced(ask.epoch, Some(Price::NOTHING), &ask.prompt);
    let usage = Usage { input_tokens: 10, output_tokens: 2, ..Usage::default() };
    let said = vec![Delta::Text("ab".into()), Delta::Usage(usage), Delta::Finish(FinishReason::Stop), Delta::Done];
    log.hear(ask.epoch, NOW + 1, said).unwrap();
    let prices = Prices([("model".to_owned(), PRICE)].into());
    let mut reopened = Conversation::open(store, Limits::default(), NOW).unwrap().unwrap();
    reopened.take_effects();
    for log in [&log, &reopened] {
        let owed = log.owed(&prices).unwrap();
        let entry = &owed.entries[0];
        assert_eq!((entry.input_tokens, entry.output_tokens), (10, 2));
        assert_eq!((entry.cost_micro_usd, entry.priced, entry.own_key), (0, true, true));
        assert_eq!(owed.settlements[0].1.cost_micro_usd, 0, "what was held with the message comes back");
    }
}
