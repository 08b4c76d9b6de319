//! Signing up, in and out.

use edgewise_protocol::api::{
    AskReset, Bootstrap, ChangePassword, ConfirmEmail, ConfirmReset, ProviderList, Refresh, SecondFactor, Session,
    SignIn, SignInWithPasskey, SignUp, SignedIn,
};

use super::{
    super::{
        operation::{Operation, operation},
        schemas::Schemas,
    },
    IDENTITY, text,
};

/// Answers with a session that begins.
fn begins(operation: Operation, status: u16) -> Operation {
    operation.json::<SignedIn>(status, "A session begins.").with(status, "Set-Cookie")
}

pub fn operations() -> Vec<Operation> {
    let post = |path, id, summary| operation("POST", path, id, IDENTITY, summary);
    let get = |path, id, summary| operation("GET", path, id, IDENTITY, summary);
    vec![
        begins(post("/api/auth/guest", "createGuest", "Makes a new guest."), 201).fails(&[429]),
        begins(
            post("/api/auth/signup", "signUp", "An account with a name. A guest's conversations become its own."),
            201,
        )
        .takes::<SignUp>()
        .fails(&[409]),
        begins(post("/api/auth/login", "signIn", "Signs in with a password."), 200).takes::<SignIn>().fails(&[401]),
        begins(post("/api/auth/login/second", "signInSecond", "The code that a sign-in lacks."), 200)
            .takes::<SecondFactor>()
            .fails(&[401]),
        post("/api/auth/logout", "signOut", "Ends the session, also without one.")
            .empty(204, "It has ended.")
            .with(204, "Set-Cookie"),
        post("/api/auth/refresh", "refresh", "A new access token, for a refresh token or the session's cookie.")
            .may_take::<Refresh>()
            .json::<SignedIn>(200, "A refresh token works once and comes with the next.")
            .fails(&[401]),
        get("/api/auth/session", "getSession", "Who the caller is.").json::<Session>(200, "The caller."),
        begins(post("/api/auth/password", "changePassword", "A new password; every other session ends."), 200)
            .takes::<ChangePassword>(),
        post("/api/auth/verify", "verifyEmail", "Confirms an address by the code of its letter.")
            .takes::<ConfirmEmail>()
            .empty(204, "It is confirmed."),
        post("/api/auth/verify/send", "sendVerification", "Another letter.")
            .json_by(202, "A letter is on its way.", Schemas::accepted_for_later)
            .fails(&[409]),
        post("/api/auth/reset", "askReset", "A letter with a link, if the address is somebody's.")
            .takes::<AskReset>()
            .json_by(202, "Nobody is told whether it is.", Schemas::accepted_for_later),
        begins(post("/api/auth/reset/confirm", "confirmReset", "A new password for whoever has the code."), 200)
            .takes::<ConfirmReset>()
            .fails(&[401]),
        post("/api/auth/bootstrap", "bootstrap", "Makes the caller the first administrator.")
            .takes::<Bootstrap>()
            .json::<Session>(200, "The caller, an administrator.")
            .fails(&[404, 409]),
        get("/api/auth/providers", "listProviders", "With whose accounts one can sign in.")
            .json::<ProviderList>(200, "Those that have settings."),
        get("/api/auth/oauth/{provider}", "beginOauth", "Sends the browser to a provider.")
            .hole("provider", text(), "Its `id`.")
            .query("next", text(), "A path of ours to go to at the end.")
            .empty(302, "To the provider, or to `/sign-in?error=` with one word.")
            .with(302, "Location"),
        get("/api/auth/oauth/{provider}/callback", "finishOauth", "The browser comes back from a provider.")
            .hole("provider", text(), "Its `id`.")
            .query("code", text(), "The provider's.")
            .query("state", text(), "Ours.")
            .query("error", text(), "The provider's.")
            .empty(302, "To `next`, or to `/sign-in?error=` with one word.")
            .with(302, "Location")
            .with(302, "Set-Cookie"),
        post("/api/auth/passkey/options", "passkeySignInOptions", "What to ask an authenticator to sign in.").json_by(
            200,
            "Options.",
            Schemas::passkey_request,
        ),
        begins(post("/api/auth/passkey", "signInWithPasskey", "Signs in with a passkey."), 200)
            .takes::<SignInWithPasskey>()
            .fails(&[401]),
    ]
}
