//! One's own account.

use edgewise_protocol::api::{
    BeginTotp, ConfirmTotp, CreateKey, CreatePasskey, DeleteUser, KeyList, NewKey, Passkey, PasskeyList, ProviderKey,
    ProviderKeyList, RecoveryCodes, RemoveTotp, SessionList, SetProviderKey, TotpSecret, UpdateUser, User,
};

use super::{
    super::{
        operation::{Operation, operation},
        schemas::Schemas,
    },
    ACCOUNT, id, text,
};

pub fn operations() -> Vec<Operation> {
    let of = |method, path, id, summary| operation(method, path, id, ACCOUNT, summary);
    vec![
        of("GET", "/api/users/me", "getMe", "One's own account.").json::<User>(200, "The caller."),
        of("PATCH", "/api/users/me", "updateMe", "Changes one's name.")
            .takes::<UpdateUser>()
            .json::<User>(200, "As it is now."),
        of("DELETE", "/api/users/me", "deleteMe", "Deletes the account and whatever lets somebody into it.")
            .may_take::<DeleteUser>()
            .empty(204, "It is gone."),
        of("GET", "/api/users/me/sessions", "listSessions", "Where one is signed in.")
            .json::<SessionList>(200, "The devices."),
        of("DELETE", "/api/users/me/sessions", "endOtherSessions", "Signs every other device out.")
            .empty(204, "They are out."),
        of("DELETE", "/api/users/me/sessions/{id}", "endSession", "Signs one device out.")
            .hole("id", id(), "The session's.")
            .empty(204, "It is out, or was before."),
        of("GET", "/api/users/me/keys", "listKeys", "One's API keys.").json::<KeyList>(200, "Without their secrets."),
        of("POST", "/api/users/me/keys", "createKey", "Makes an API key.")
            .once()
            .takes::<CreateKey>()
            .json::<NewKey>(201, "Its secret is shown this once.")
            .fails(&[409]),
        of("DELETE", "/api/users/me/keys/{id}", "deleteKey", "Deletes an API key and closes what is open for it.")
            .hole("id", id(), "The key's.")
            .empty(204, "It works no longer.")
            .fails(&[404]),
        of("GET", "/api/users/me/provider-keys", "listProviderKeys", "One's own keys for the providers of models.")
            .json::<ProviderKeyList>(200, "Without the keys."),
        of("GET", "/api/users/me/provider-keys/{provider}", "showProviderKey", "One's own key for a provider.")
            .hole("provider", text(), "The provider's name.")
            .json::<ProviderKey>(200, "Without the key.")
            .fails(&[404]),
        of("PUT", "/api/users/me/provider-keys/{provider}", "setProviderKey", "Brings a key of one's own.")
            .hole("provider", text(), "The provider's name.")
            .takes::<SetProviderKey>()
            .json::<ProviderKey>(
                200,
                "What is asked of the provider from now on is asked with it, and costs nothing here.",
            )
            .fails(&[404, 409]),
        of("DELETE", "/api/users/me/provider-keys/{provider}", "removeProviderKey", "Forgets a key of one's own.")
            .hole("provider", text(), "The provider's name.")
            .empty(204, "It is gone, or never was."),
        of("POST", "/api/users/me/totp", "beginTotp", "A secret for an authenticator app.")
            .takes::<BeginTotp>()
            .json::<TotpSecret>(200, "Nothing changes before a code of it has come.")
            .fails(&[409]),
        of("POST", "/api/users/me/totp/confirm", "confirmTotp", "A code of the app: from now on one is asked for.")
            .takes::<ConfirmTotp>()
            .json::<RecoveryCodes>(200, "Shown this once.")
            .fails(&[409]),
        of("DELETE", "/api/users/me/totp", "removeTotp", "Takes the second factor away.")
            .takes::<RemoveTotp>()
            .empty(204, "The password alone signs in again.")
            .fails(&[409]),
        of("GET", "/api/users/me/passkeys", "listPasskeys", "One's passkeys.").json::<PasskeyList>(200, "All of them."),
        of("POST", "/api/users/me/passkeys/options", "passkeyOptions", "What to ask an authenticator to make one.")
            .json_by(200, "Options.", Schemas::passkey_creation)
            .fails(&[409]),
        of("POST", "/api/users/me/passkeys", "createPasskey", "Keeps the passkey that an authenticator made.")
            .takes::<CreatePasskey>()
            .json::<Passkey>(201, "It is kept.")
            .fails(&[409]),
        of("DELETE", "/api/users/me/passkeys/{id}", "deletePasskey", "Forgets a passkey.")
            .hole("id", text(), "The authenticator's own, in base64url.")
            .empty(204, "It is gone.")
            .fails(&[404]),
    ]
}
