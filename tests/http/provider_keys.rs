//! Keys of one's own for the providers of models: brought, listed without themselves, replaced and removed.

use edgewise_domain::{
    identity::vault::Vault,
    models::own_key,
    ports::{Accounts, Ports},
};
use edgewise_protocol::calls::account::{AccountName, Call, Reply};
use serde_json::json;

use crate::client::{Server, run};

const PATH: &str = "/api/users/me/provider-keys";
const KEY: &str = "sk-of-my-own-7890";
const VAULT: &str = "b1946ac92492d2347c6235b4d2611184";
const SETTINGS: &[(&str, &str)] = &[("ANTHROPIC_API_KEY", "ours"), ("KEY_ENCRYPTION_KEY", VAULT)];

#[test]
fn a_key_is_sealed_at_the_door_and_never_shown_again() {
    run(async {
        let server = Server::with(SETTINGS);
        let ann = server.guest().await;
        let set = ann.call("PUT", &format!("{PATH}/anthropic"), &json!({"key": format!(" {KEY} ")}).to_string()).await;
        assert_eq!(set.status, 200, "{}", set.text);
        let list = ann.get(PATH).await;
        for reply in [&set, &list, &ann.get(&format!("{PATH}/anthropic")).await] {
            assert!(reply.text.contains(r#""lastFour":"7890""#) && !reply.text.contains("sk-of"), "{}", reply.text);
        }
        assert_eq!(list.json()["providers"], json!(["anthropic"]));
        // What the account has opens with the secret, for this user and this provider.
        let me = ann.get("/api/auth/session").await.json()["user"]["id"].as_str().unwrap().parse().unwrap();
        let call = Call::UseProviderKey { provider: "anthropic".into() };
        let reply = server.ports.accounts().call(&AccountName::User(me), call).await.unwrap();
        let Reply::ProviderKey { key: Some(kept) } = reply else { panic!("{reply:?}") };
        assert!(!format!("{kept:?}").contains(KEY));
        let opened = Vault::new([VAULT]).open(&own_key::context(me, "anthropic"), &kept.sealed);
        assert_eq!(opened.as_deref(), Some(KEY));
        // Somebody else has none of it.
        let bob = server.guest().await;
        assert_eq!(bob.get(PATH).await.json()["providerKeys"], json!([]));
        bob.call("DELETE", &format!("{PATH}/anthropic"), "").await;
        assert_eq!(ann.get(PATH).await.json()["providerKeys"].as_array().unwrap().len(), 1);
        for _ in 0..2 {
            assert_eq!(ann.call("DELETE", &format!("{PATH}/anthropic"), "").await.status, 204);
        }
        ann.get(&format!("{PATH}/anthropic")).await.problem(404);
    });
}

#[test]
fn what_is_no_key_or_no_provider_is_refused_by_name() {
    run(async {
        let ann = Server::with(SETTINGS).guest().await;
        for bad in ["", "short", "with a space in it", "schlüssel-mit-umlaut", &"k".repeat(513)] {
            let problem =
                ann.call("PUT", &format!("{PATH}/anthropic"), &json!({"key": bad}).to_string()).await.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], "/key");
            assert!(bad.is_empty() || !problem.to_string().contains(bad), "{problem}");
        }
        for nobody in ["builtin", "workers-ai", "nobody", "openai"] {
            ann.call("PUT", &format!("{PATH}/{nobody}"), &json!({"key": KEY}).to_string()).await.problem(404);
        }
    });
}

#[test]
fn a_deployment_without_its_secret_takes_none() {
    run(async {
        let settings: &[(&str, &str)] =
            &[("ANTHROPIC_API_KEY", "ours"), ("ENVIRONMENT", "staging"), ("AUTH_SECRET", VAULT)];
        let ann = Server::with(settings).guest().await;
        let problem =
            ann.call("PUT", &format!("{PATH}/anthropic"), &json!({"key": KEY}).to_string()).await.problem(409);
        assert!(problem["detail"].as_str().unwrap().contains("KEY_ENCRYPTION_KEY"));
        assert_eq!(ann.get(PATH).await.status, 200);
    });
}
