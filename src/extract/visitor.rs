//! Callers who show no credential, counted by their address.

use axum::extract::FromRequestParts;
use edgewise_domain::{
    limits::{address_key, mirror_key},
    ports::{Accounts, Cache},
};
use edgewise_protocol::{
    calls::account::{AccountName, Call, Proof},
    limit::{Class, Standing},
};
use http::request::Parts;

use super::note::Note;
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
};

/// Somebody, whoever; counted by their address.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub address: String,
    /// What the browser calls itself.
    pub agent: String,
    note: Note,
}

/// Longest `User-Agent` that is kept.
const MAX_AGENT_CHARS: usize = 200;

impl<P: AppPorts> FromRequestParts<App<P>> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App<P>) -> Result<Self, Failure> {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // Cloudflare writes it over whatever the client sent. Elsewhere anybody could write it, so nobody is believed.
        let address =
            if app.config.environment.is_deployed() { address_key(text("cf-connecting-ip")) } else { "local".into() };
        let agent = text("user-agent").chars().filter(|c| !c.is_control()).take(MAX_AGENT_CHARS).collect();
        Ok(Self { address, agent, note: Note::of(parts) })
    }
}

impl Visitor {
    /// Counts a request in the address's window.
    pub async fn admit<P: AppPorts>(&self, app: &App<P>, class: Class) -> Answer<()> {
        self.count(app, &AccountName::Address(self.address.clone()), class).await
    }

    /// The refusal of an account that counts by itself, noted.
    pub fn refused(&self, standing: Standing) -> Failure {
        self.note.keep(Some(standing), None);
        Failure::Limited { standing }
    }

    /// Counts a request in the window of `name`.
    pub async fn count<P: AppPorts>(&self, app: &App<P>, name: &AccountName, class: Class) -> Answer<()> {
        let who = name.to_string();
        self.look_into_mirror(app, &who, class).await;
        self.note.refuse_known(app, &who, class)?;
        let call = Call::Admit { proof: Proof::Nothing, class, watch: None };
        self.note.admitted(app, &who, class, app.ports.accounts().call(name, call).await?, u64::MAX).map(|_| ())
    }

    /// Learns from the cache what other places know of somebody whom this one has not met. Whoever shows no
    /// credential may be part of a flood: that is worth a look which others are spared.
    async fn look_into_mirror<P: AppPorts>(&self, app: &App<P>, who: &str, class: Class) {
        let now_ms = app.now_ms();
        if !app.config.rates.enabled || app.refusals.lock().is_ok_and(|known| known.knows(who, class, now_ms)) {
            return;
        }
        let mirrored = app.ports.cache().get(&mirror_key(who, class)).await;
        let standing = mirrored.and_then(|text| serde_json::from_str::<Standing>(&text).ok());
        if let (Some(standing), Ok(mut known)) = (standing, app.refusals.lock())
            && now_ms < standing.reset_at_ms
        {
            known.note(who, class, Some(standing), u64::MAX, now_ms);
        }
    }
}
