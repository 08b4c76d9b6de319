//! One try of one event: opened, signed, and sent through the wall.

use edgewise_protocol::ids::{UserId, WebhookId};

use super::{
    context,
    endpoint::{Came, Due},
    ladder::MAX_WAIT_MS,
    signature::sign,
};
use crate::{
    config::Config,
    models::failure::wait,
    outbound::{self, Letter},
    ports::{Clock, Ports, WebStandards},
};

/// What is told of an address that the wall refuses and of one that does not answer: the same, or it would say what is
/// behind the wall.
const NO_ANSWER: &str = "The receiver could not be reached.";
const NO_SECRET: &str = "The secret of this endpoint cannot be opened any more. Make another one.";

/// Sends it. Why nobody answered goes to `log`.
pub async fn deliver<P: Ports>(
    ports: &P,
    config: &Config,
    user: UserId,
    endpoint: WebhookId,
    due: &Due,
    log: impl FnOnce(&str),
) -> Came {
    let began_ms = ports.clock().now_ms();
    let failed = |error: &str| Came { error: Some(error.to_owned()), began_ms, ..Came::default() };
    let context = context(user, endpoint);
    // The one before may be sealed by a key that is gone.
    let secrets: Vec<_> = due.sealed.iter().filter_map(|sealed| config.vault.open(&context, sealed)).collect();
    let time_s = began_ms / 1_000;
    let Some(signature) = sign(secrets.iter().map(String::as_str), &due.id, time_s, due.body.as_bytes()) else {
        return failed(NO_SECRET);
    };
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("webhook-id", due.id.clone()),
        ("webhook-timestamp", time_s.to_string()),
        ("webhook-signature", signature),
    ];
    let own = config.app_origin.as_deref().and_then(|origin| ports.standards().parse_url(origin, None));
    let own_hosts: Vec<&str> = own.iter().map(|parts| parts.host.as_str()).collect();
    let letter = Letter { url: &due.url, headers, body: due.body.clone() };
    match outbound::send(ports, &config.outbound, &own_hosts, letter).await {
        Ok(head) => {
            let now_ms = ports.clock().now_ms();
            let retry_after_ms = head.retry_after.map_or(0, |header| wait(&header, now_ms, MAX_WAIT_MS));
            let asks = matches!(head.status, 429 | 503);
            Came {
                status: Some(head.status),
                retry_after_ms: if asks { retry_after_ms } else { 0 },
                began_ms,
                error: None,
            }
        }
        Err(refusal) => {
            log(&refusal.to_string());
            failed(NO_ANSWER)
        }
    }
}
