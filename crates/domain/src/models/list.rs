//! The list of models: how it rests in D1, who remembers it, and the chain of routes that a model's name stands for.

use std::sync::{Arc, Mutex};

use edgewise_protocol::{
    api::{Abilities, Model, ModelRoute, SetModel},
    timestamp::Timestamp,
};

use super::{Options, Thinking};
use crate::{
    audit::note_named,
    chat::send::{MAX_MODEL_CHARS, MAX_TITLE_CHARS, StoreError, check_model},
    flags::Change,
    money::prices::Prices,
    ports::{Cache, Columns, Database, Models, Statement, Value},
};

pub const MAX_MODELS: u32 = 200;
/// Providers that one answer may be tried with.
pub const MAX_ROUTES: usize = 8;
/// A hundred dollars for a thousand tokens.
pub const MAX_PRICE_MICRO_USD: u64 = 100_000_000_000;
pub const MAX_TOKENS: u32 = 100_000_000;

/// The provider that is a part of the code.
pub const BUILTIN: &str = "builtin";
/// The one that OPENAI_BASE_URL names, which answers for models that are in no list.
pub const OPENAI: &str = "openai";

const KEY: &str = "models/1";
/// What KV's own caches and an isolate add to it stays below a minute after a change, which is written to KV at once.
const TTL_S: u32 = 60;
/// How long the list is served without a look: then it is looked up beside the answer, and a list that nobody has asked
/// for in twice that time before it.
const ISOLATE_MS: u64 = 10_000;
const STALE_MS: u64 = 2 * ISOLATE_MS;

/// What is wrong with a model that somebody wants in the list: where, and why.
pub fn fault(name: &str, body: &SetModel, knows_provider: impl Fn(&str) -> bool) -> Option<(String, String)> {
    let wrong = |pointer: &str, detail: String| Some((pointer.to_owned(), detail));
    if check_model(name).is_err() {
        return wrong("name", format!("must be 1 to {MAX_MODEL_CHARS} printable ASCII characters without spaces"));
    }
    let is_title = |title: &String| !title.trim().is_empty() && title.chars().count() <= MAX_TITLE_CHARS;
    if !body.title.as_ref().is_none_or(is_title) {
        return wrong("/title", format!("must be 1 to {MAX_TITLE_CHARS} characters"));
    }
    let Abilities { context_tokens, max_output_tokens, thinking_tokens, .. } = body.abilities;
    let counts = [
        ("contextTokens", context_tokens),
        ("maxOutputTokens", max_output_tokens),
        ("thinkingTokens", thinking_tokens),
    ];
    for (field, count) in counts {
        if count.is_some_and(|count| !(1..=MAX_TOKENS).contains(&count)) {
            return wrong(&format!("/abilities/{field}"), format!("must be a whole number from 1 to {MAX_TOKENS}"));
        }
    }
    if !(1..=MAX_ROUTES).contains(&body.routes.len()) {
        return wrong("/routes", format!("must be 1 to {MAX_ROUTES} routes"));
    }
    for (at, route) in body.routes.iter().enumerate() {
        if !knows_provider(&route.provider) {
            return wrong(&format!("/routes/{at}/provider"), "is no provider of this deployment's settings".into());
        }
        if check_model(&route.model).is_err() {
            let detail = format!("must be 1 to {MAX_MODEL_CHARS} printable ASCII characters without spaces");
            return wrong(&format!("/routes/{at}/model"), detail);
        }
        let prices = route.price.iter().flat_map(|price| {
            [price.input_micro_usd, price.cached_input_micro_usd.unwrap_or(0), price.output_micro_usd]
        });
        if prices.into_iter().any(|price| price > MAX_PRICE_MICRO_USD) {
            let detail = format!("must be at most {MAX_PRICE_MICRO_USD} for a million tokens");
            return wrong(&format!("/routes/{at}/price"), detail);
        }
    }
    None
}

/// What the settings say of models that are in no list.
#[derive(Debug, Clone, Copy)]
pub struct Unlisted<'a> {
    /// There is the provider of the settings.
    pub has_openai: bool,
    pub default_model: &'a str,
    pub prices: &'a Prices,
}

impl Unlisted<'_> {
    /// Where somebody has said which models there are, or what they cost, no other name reaches a provider: it would be
    /// answered without a price. A deployment that has said neither limits nobody, and any name goes.
    fn allows(&self, list: &[Model], name: &str) -> bool {
        let is_open = list.is_empty() && self.prices.0.is_empty();
        is_open || name == self.default_model || self.prices.of(name).is_some()
    }
}

/// Whom to ask for the model `name`, in order, and how. What is in no list is asked of the provider of the settings where
/// that is allowed, and of the built-in model where there is none. Nobody: the model is not offered.
pub fn chain(list: &[Model], name: &str, unlisted: Unlisted<'_>) -> (Vec<ModelRoute>, Options) {
    if let Some(model) = list.iter().find(|model| model.name == name) {
        return (model.routes.clone(), options(&model.abilities));
    }
    let is_builtin = name == super::builtin::MODEL || !unlisted.has_openai;
    if !is_builtin && !unlisted.allows(list, name) {
        return (Vec::new(), Options::default());
    }
    let provider = if is_builtin { BUILTIN } else { OPENAI };
    (vec![ModelRoute { provider: provider.into(), model: name.into(), price: None }], Options::default())
}

fn options(abilities: &Abilities) -> Options {
    let thinking = abilities.thinking_tokens.map_or(Thinking::Adaptive, Thinking::Budget);
    Options {
        max_output_tokens: abilities.max_output_tokens,
        thinking: abilities.reasoning.then_some(thinking),
        context_tokens: abilities.context_tokens,
        takes_prefill: abilities.prefill,
        calls_tools: abilities.tools,
        ..Options::default()
    }
}

/// The list as one isolate knows it.
#[derive(Debug, Default)]
pub struct Known(Mutex<Option<(u64, Arc<[Model]>)>>);

impl Known {
    fn last(&self) -> Option<(u64, Arc<[Model]>)> {
        self.0.lock().ok().and_then(|known| known.clone())
    }

    /// The list, when it is known and not old.
    pub fn fresh(&self, now_ms: u64) -> Option<Arc<[Model]>> {
        self.last().filter(|(at_ms, _)| now_ms < at_ms + ISOLATE_MS).map(|(_, list)| list)
    }

    /// The list, when it is old and may serve once more while it is looked up.
    pub fn stale(&self, now_ms: u64) -> Option<Arc<[Model]>> {
        self.last().filter(|(at_ms, _)| now_ms < at_ms + STALE_MS).map(|(_, list)| list)
    }

    fn remember(&self, now_ms: u64, list: Arc<[Model]>) {
        if let Ok(mut known) = self.0.lock() {
            *known = Some((now_ms, list));
        }
    }

    /// The list from the nearest place that has it.
    pub async fn get(&self, cache: &impl Cache, models: &impl Models, now_ms: u64) -> Arc<[Model]> {
        match self.fresh(now_ms) {
            Some(list) => list,
            None => {
                let found = self.read(cache, models, now_ms).await;
                self.keep(found, now_ms)
            }
        }
    }

    /// What the cache, or the database, says now. `None`: neither answers.
    pub async fn read(&self, cache: &impl Cache, models: &impl Models, now_ms: u64) -> Option<Arc<[Model]>> {
        let cached = cache.get(KEY).await;
        match cached.and_then(|text| serde_json::from_str::<Vec<Model>>(&text).ok()) {
            Some(list) => Some(list.into()),
            None => self.renew(cache, models, now_ms).await,
        }
    }

    /// Remembers what was found. When that is nothing, the last that was known, else an empty list, stands for it: nobody
    /// asks again with the next message.
    pub fn keep(&self, found: Option<Arc<[Model]>>, now_ms: u64) -> Arc<[Model]> {
        let list = found.or_else(|| self.last().map(|(_, list)| list)).unwrap_or_default();
        self.remember(now_ms, list.clone());
        list
    }

    /// Reads the list anew, and tells the cache. `None` when the database does not answer.
    pub async fn renew(&self, cache: &impl Cache, models: &impl Models, now_ms: u64) -> Option<Arc<[Model]>> {
        let list: Arc<[Model]> = models.all().await.ok()?.into();
        self.remember(now_ms, list.clone());
        if let Ok(text) = serde_json::to_string(&*list) {
            cache.put(KEY, &text, TTL_S).await;
        }
        Some(list)
    }
}

/// The list in D1.
#[derive(Debug, Clone)]
pub struct ModelsOver<D>(pub D);

impl<D: Database + Clone + Send + Sync + 'static> Models for ModelsOver<D> {
    async fn all(&self) -> Result<Vec<Model>, StoreError> {
        let sql = "SELECT name, body, updated_at_ms FROM models ORDER BY name".into();
        let rows = self.0.batch(vec![Statement { sql, values: Vec::new() }]).await?.pop().unwrap_or_default();
        Ok(rows.into_iter().filter_map(read).collect())
    }

    async fn set(&self, model: &Model, change: &Change) -> Result<bool, StoreError> {
        let body = serde_json::to_string(model).unwrap_or_default();
        let write = Statement {
            sql: "INSERT INTO models (name, body, updated_at_ms) SELECT ?1, ?2, ?3 \
                  WHERE EXISTS (SELECT 1 FROM models WHERE name = ?1) OR (SELECT count(*) FROM models) < ?4 \
                  ON CONFLICT (name) DO UPDATE SET body = excluded.body, updated_at_ms = excluded.updated_at_ms \
                  RETURNING name"
                .into(),
            values: vec![
                model.name.as_str().into(),
                body.as_str().into(),
                Value::int(model.updated_at.0),
                Value::int(MAX_MODELS.into()),
            ],
        };
        let routes: Vec<_> = model.routes.iter().map(|route| format!("{} {}", route.provider, route.model)).collect();
        // After the write, and only of a model that is there.
        let audit = note_named("models", change, "model.set", &model.name, &routes.join(", "));
        let mut found = self.0.batch(vec![write, audit]).await?;
        found.pop();
        Ok(found.pop().is_some_and(|rows| !rows.is_empty()))
    }

    async fn remove(&self, name: &str, change: &Change) -> Result<bool, StoreError> {
        // Before the deletion, while it can be seen whether there is such a model.
        let audit = note_named("models", change, "model.delete", name, "");
        let sql = "DELETE FROM models WHERE name = ?1 RETURNING name".into();
        let delete = Statement { sql, values: vec![name.into()] };
        Ok(self.0.batch(vec![audit, delete]).await?.pop().is_some_and(|rows| !rows.is_empty()))
    }
}

/// A row that cannot be read is no model.
fn read(row: Columns) -> Option<Model> {
    let mut row = row.into_iter();
    let name = row.next()?.into_text()?;
    let model: Model = serde_json::from_str(&row.next()?.into_text()?).ok()?;
    Some(Model { name, updated_at: Timestamp(row.next()?.as_u64()?), ..model })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(provider: &str) -> ModelRoute {
        ModelRoute { provider: provider.into(), model: "m".into(), price: None }
    }

    #[test]
    fn a_name_that_is_in_no_list_means_what_it_meant_before() {
        let prices = Prices::default();
        let unlisted = |has_openai| Unlisted { has_openai, default_model: "d", prices: &prices };
        let providers = |list: &[Model], name: &str, has_openai| -> Vec<String> {
            chain(list, name, unlisted(has_openai)).0.into_iter().map(|route| route.provider).collect()
        };
        assert_eq!(providers(&[], "gpt", true), ["openai"]);
        assert_eq!(providers(&[], "gpt", false), ["builtin"]);
        assert_eq!(providers(&[], crate::models::builtin::MODEL, true), ["builtin"]);
        let abilities = Abilities { reasoning: true, thinking_tokens: Some(9), ..Abilities::default() };
        let routes = vec![route("b"), route("a")];
        let smart = Model { name: "smart".into(), title: "Smart".into(), abilities, routes, updated_at: Timestamp(1) };
        assert_eq!(providers(std::slice::from_ref(&smart), "smart", true), ["b", "a"]);
        assert_eq!(chain(&[smart], "smart", unlisted(true)).1.thinking, Some(Thinking::Budget(9)));
    }

    #[test]
    fn a_name_without_a_price_reaches_no_provider_where_somebody_says_which_there_are() {
        let priced = Prices([("known".to_owned(), edgewise_protocol::price::Price::NOTHING)].into());
        let listed = Model {
            name: "listed".into(),
            title: "L".into(),
            abilities: Abilities::default(),
            routes: vec![route("a")],
            updated_at: Timestamp(1),
        };
        let none = Prices::default();
        let asked = |list: &[Model], prices: &Prices, name: &str| {
            let (chain, _) = chain(list, name, Unlisted { has_openai: true, default_model: "default", prices });
            chain.into_iter().next().map(|route| route.provider)
        };
        let one = std::slice::from_ref(&listed);
        for (list, prices) in [(&[][..], &priced), (one, &none), (one, &priced)] {
            assert_eq!(asked(list, prices, "anything"), None);
            assert_eq!(asked(list, prices, "default").as_deref(), Some(OPENAI));
            assert_eq!(asked(list, prices, crate::models::builtin::MODEL).as_deref(), Some(BUILTIN));
        }
        assert_eq!(asked(&[], &priced, "known").as_deref(), Some(OPENAI));
        assert_eq!(asked(&[], &none, "anything").as_deref(), Some(OPENAI));
    }

    #[test]
    fn an_old_list_serves_once_more_and_a_very_old_one_does_not() {
        let known = Known::default();
        known.keep(Some(Vec::new().into()), 1_000);
        let found = |now_ms| (known.fresh(now_ms).is_some(), known.stale(now_ms).is_some());
        assert_eq!(found(1_000 + ISOLATE_MS - 1), (true, true));
        assert_eq!(found(1_000 + ISOLATE_MS), (false, true));
        assert_eq!(found(1_000 + STALE_MS), (false, false));
    }

    #[test]
    fn faults_point_at_their_place() {
        let good = || SetModel { title: None, abilities: Abilities::default(), routes: vec![route("a")] };
        let at = |name: &str, body: SetModel| fault(name, &body, |name| name == "a").map(|(pointer, _)| pointer);
        assert_eq!(at("smart", good()), None);
        assert_eq!(at("a b", good()).as_deref(), Some("name"));
        assert_eq!(at("x", SetModel { title: Some(" ".into()), ..good() }).as_deref(), Some("/title"));
        assert_eq!(at("x", SetModel { routes: vec![], ..good() }).as_deref(), Some("/routes"));
        assert_eq!(
            at("x", SetModel { routes: vec![route("a"); MAX_ROUTES + 1], ..good() }).as_deref(),
            Some("/routes")
        );
        let foreign = vec![route("a"), route("b")];
        assert_eq!(at("x", SetModel { routes: foreign, ..good() }).as_deref(), Some("/routes/1/provider"));
        let abilities = Abilities { context_tokens: Some(0), ..Abilities::default() };
        assert_eq!(at("x", SetModel { abilities, ..good() }).as_deref(), Some("/abilities/contextTokens"));
    }
}
