//! The whole API on one screen.

use axum::{
    Router,
    routing::{delete, get, patch, post, put},
};

use crate::{
    app::{App, AppPorts},
    error, middleware,
    routes::{
        admin, agents, artifacts, attachments, auth, basic, chat, conversations, events, exports, flags, forks, health,
        imports, library, mailbox, messages, models, oauth, organizations, passkeys, runs, schedules, search, shares,
        socket, subscription, tools, usage, users, web, webhooks,
    },
};

pub fn router<P: AppPorts>(app: App<P>) -> Router {
    let routes = Router::new()
        // Liveness and readiness
        .route("/health", get(health::alive::<P>))
        .route("/api/health", get(health::services::<P>))
        .route("/api/ready", get(health::ready::<P>))
        // Identity
        .route("/api/auth/guest", post(auth::sign_up::guest::<P>))
        .route("/api/auth/signup", post(auth::sign_up::sign_up::<P>))
        .route("/api/auth/login", post(auth::sign_in::sign_in::<P>))
        .route("/api/auth/login/second", post(auth::second::finish::<P>))
        .route("/api/auth/logout", post(auth::session::sign_out::<P>))
        .route("/api/auth/refresh", post(auth::session::refresh::<P>))
        .route("/api/auth/session", get(auth::session::show::<P>))
        .route("/api/auth/password", post(auth::password::change::<P>))
        .route("/api/auth/verify", post(auth::verify::confirm::<P>))
        .route("/api/auth/verify/send", post(auth::verify::send::<P>))
        .route("/api/auth/reset", post(auth::reset::ask::<P>))
        .route("/api/auth/reset/confirm", post(auth::reset::confirm::<P>))
        .route("/api/auth/bootstrap", post(auth::bootstrap::make_first::<P>))
        .route("/api/auth/providers", get(oauth::providers::<P>))
        .route("/api/auth/oauth/{provider}", get(oauth::begin::<P>))
        .route("/api/auth/oauth/{provider}/callback", get(oauth::callback::<P>))
        .route("/api/auth/passkey/options", post(passkeys::request::<P>))
        .route("/api/auth/passkey", post(passkeys::sign_in::<P>))
        .route("/api/users/me", get(users::show::<P>).patch(users::update::<P>).delete(users::delete::<P>))
        .route("/api/users/me/sessions", get(users::sessions::<P>).delete(users::end_other_sessions::<P>))
        .route("/api/users/me/sessions/{id}", delete(users::end_session::<P>))
        .route("/api/users/me/totp", post(users::totp::begin::<P>).delete(users::totp::remove::<P>))
        .route("/api/users/me/totp/confirm", post(users::totp::confirm::<P>))
        .route("/api/users/me/keys", get(users::keys::<P>).post(users::create_key::<P>))
        .route("/api/users/me/keys/{id}", delete(users::remove_key::<P>))
        .route("/api/users/me/provider-keys", get(users::provider_keys::list::<P>))
        .route(
            "/api/users/me/provider-keys/{provider}",
            get(users::provider_keys::show::<P>)
                .put(users::provider_keys::set::<P>)
                .delete(users::provider_keys::remove::<P>),
        )
        .route("/api/users/me/passkeys", get(passkeys::show::<P>).post(passkeys::create::<P>))
        .route("/api/users/me/passkeys/options", post(passkeys::creation::<P>))
        .route("/api/users/me/passkeys/{id}", delete(passkeys::remove::<P>))
        // For administrators
        .route("/api/admin/users", get(admin::users::list::<P>))
        .route("/api/admin/users/{id}", get(admin::users::show::<P>).patch(admin::users::change::<P>))
        .route("/api/admin/users/{id}/sign-out", post(admin::users::sign_out::<P>))
        .route("/api/admin/users/{id}/keys", delete(admin::users::remove_keys::<P>))
        .route("/api/admin/audit", get(admin::audit::list::<P>))
        .route("/api/admin/limits/{scope}/{id}", get(admin::money::show::<P>).put(admin::money::set::<P>))
        .route("/api/admin/users/{id}/credits", post(admin::money::grant::<P>))
        .route("/api/admin/usage", get(usage::all::<P>))
        // Money
        .route("/api/usage", get(usage::mine::<P>))
        .route("/api/subscription", get(subscription::show::<P>))
        .route("/api/subscription/checkout", post(subscription::buy::<P>))
        .route("/api/subscription/portal", post(subscription::manage::<P>))
        .route("/api/stripe/webhook", post(subscription::webhook::<P>))
        // Feature flags
        .route("/api/flags", get(flags::mine::<P>))
        .route("/api/admin/flags", get(flags::list::<P>))
        .route("/api/admin/flags/{name}", put(flags::set::<P>).delete(flags::delete::<P>))
        // Models
        .route("/api/models", get(models::offered::<P>))
        .route("/api/admin/models", get(models::list::<P>))
        .route("/api/admin/models/{name}", put(models::set::<P>).delete(models::delete::<P>))
        // Organizations
        .route("/api/organizations", get(organizations::list::<P>).post(organizations::create::<P>))
        .route(
            "/api/organizations/{id}",
            get(organizations::show::<P>).patch(organizations::rename::<P>).delete(organizations::delete::<P>),
        )
        .route("/api/organizations/{id}/members", get(organizations::members::list::<P>))
        .route(
            "/api/organizations/{id}/members/{user}",
            patch(organizations::members::set_role::<P>).delete(organizations::members::remove::<P>),
        )
        .route(
            "/api/organizations/{id}/invitations",
            get(organizations::invitations::list::<P>).post(organizations::invitations::create::<P>),
        )
        .route("/api/organizations/{id}/invitations/{invitation}", delete(organizations::invitations::withdraw::<P>))
        .route("/api/invitations/accept", post(organizations::invitations::accept::<P>))
        .route(
            "/api/organizations/{id}/projects",
            get(organizations::projects::list::<P>).post(organizations::projects::create::<P>),
        )
        .route(
            "/api/organizations/{id}/projects/{project}",
            get(organizations::projects::show::<P>)
                .patch(organizations::projects::rename::<P>)
                .delete(organizations::projects::delete::<P>),
        )
        // Conversations
        .route("/api/chat/conversations", get(conversations::list::<P>).post(conversations::create::<P>))
        .route(
            "/api/chat/conversations/{id}",
            get(conversations::show::<P>).patch(conversations::update::<P>).delete(conversations::delete::<P>),
        )
        .route("/api/chat/conversations/{id}/messages", get(messages::list::<P>).post(messages::send::<P>))
        .route("/api/chat/conversations/{id}/approvals/{call}", post(messages::decide::<P>))
        .route("/api/chat/conversations/{id}/fork", post(forks::create::<P>))
        .route("/api/chat/conversations/{id}/messages/{message}", delete(messages::one::delete::<P>))
        .route("/api/chat/conversations/{id}/messages/{message}/vote", put(messages::one::vote::<P>))
        .route("/api/chat/conversations/{id}/messages/{message}/regenerate", post(messages::one::regenerate::<P>))
        .route("/api/chat/conversations/{id}/messages/{message}/continue", post(messages::one::go_on::<P>))
        .route("/api/chat/conversations/{id}/stop", post(messages::stop::<P>))
        .route("/api/chat/conversations/{id}/events", get(events::log::<P>))
        .route("/api/chat/conversations/{id}/ws", get(socket::open::<P>))
        .route("/api/search", get(search::find::<P>))
        .route("/api/chat/conversations/{id}/export", get(exports::conversation::<P>))
        .route("/api/chat/conversations/{id}/shares", get(shares::list::<P>).post(shares::create::<P>))
        .route("/api/chat/conversations/{id}/shares/{share}", delete(shares::revoke::<P>))
        .route("/share/{token}", get(shares::show::<P>))
        .route("/api/import", post(imports::create::<P>))
        // What users keep to use again
        .route("/api/presets", get(library::presets::<P>).post(library::add_preset::<P>))
        .route(
            "/api/presets/{id}",
            get(library::show_preset::<P>).put(library::set_preset::<P>).delete(library::remove_preset::<P>),
        )
        .route("/api/prompts", get(library::prompts::<P>).post(library::add_prompt::<P>))
        .route(
            "/api/prompts/{id}",
            get(library::show_prompt::<P>).put(library::set_prompt::<P>).delete(library::remove_prompt::<P>),
        )
        // Files
        .route("/api/chat/attachments", post(attachments::upload::<P>))
        .route("/api/chat/attachments/uploads", post(attachments::parts::begin::<P>))
        .route("/api/chat/attachments/{id}", get(attachments::bytes::<P>).delete(attachments::delete::<P>))
        .route("/api/chat/attachments/{id}/info", get(attachments::info::<P>))
        .route("/api/chat/attachments/{id}/parts/{number}", put(attachments::parts::add::<P>))
        .route("/api/chat/attachments/{id}/complete", post(attachments::parts::complete::<P>))
        // Artifacts
        .route("/api/artifacts", get(artifacts::list::<P>).post(artifacts::create::<P>))
        .route(
            "/api/artifacts/{id}",
            get(artifacts::show::<P>).patch(artifacts::update::<P>).delete(artifacts::delete::<P>),
        )
        .route("/api/artifacts/{id}/content", get(artifacts::content::bytes::<P>).put(artifacts::content::write::<P>))
        .route("/api/artifacts/{id}/versions", get(artifacts::content::versions::<P>))
        .route("/api/artifacts/{id}/restore", post(artifacts::content::restore::<P>))
        .route("/api/artifacts/{id}/diff", get(artifacts::content::compare::<P>))
        // Agents
        .route("/api/agents", get(agents::list::<P>).post(agents::create::<P>))
        .route("/api/agents/{id}", get(agents::show::<P>).put(agents::set::<P>).delete(agents::delete::<P>))
        .route("/api/agents/{id}/versions", get(agents::versions::<P>))
        .route("/api/agents/{id}/restore", post(agents::restore::<P>))
        .route("/api/agents/{id}/runs", post(runs::start::<P>))
        .route("/api/agents/{id}/schedules", get(schedules::list::<P>).post(schedules::create::<P>))
        .route(
            "/api/agents/{id}/schedules/{schedule}",
            get(schedules::show::<P>).put(schedules::set::<P>).delete(schedules::delete::<P>),
        )
        .route("/api/runs", get(runs::list::<P>))
        .route("/api/runs/{id}", get(runs::show::<P>))
        .route("/api/runs/{id}/events", get(runs::events::<P>))
        .route("/api/runs/{id}/events/{name}", post(runs::send::<P>))
        .route("/api/runs/{id}/rerun", post(runs::rerun::<P>))
        .route("/api/runs/{id}/cancel", post(runs::cancel::<P>))
        .route("/api/runs/{id}/approvals/{call}", post(runs::decide::<P>))
        // Webhooks
        .route("/api/webhooks/endpoints", get(webhooks::list::<P>).post(webhooks::create::<P>))
        .route(
            "/api/webhooks/endpoints/{id}",
            get(webhooks::show::<P>).patch(webhooks::change::<P>).delete(webhooks::delete::<P>),
        )
        .route("/api/webhooks/endpoints/{id}/rotate", post(webhooks::rotate::<P>))
        .route("/api/webhooks/endpoints/{id}/test", post(webhooks::test::<P>))
        .route("/api/webhooks/endpoints/{id}/replay", post(webhooks::replay::<P>))
        .route("/api/webhooks/endpoints/{id}/attempts", get(webhooks::attempts::<P>))
        .route("/api/webhooks/endpoints/{id}/events", get(webhooks::events::<P>))
        // Tools
        .route("/api/tools", get(tools::list::<P>))
        // The AI SDK's own paths
        .route("/api/chat", post(chat::send::<P>))
        .route("/api/chat/{id}/stream", get(chat::resume::<P>))
        .route("/api/chat/{id}/stop", post(chat::stop::<P>))
        // Pages of the web
        .route("/api/web/read", post(web::read::<P>))
        // The chat without JavaScript
        .route("/basic", get(basic::home::<P>))
        .route("/basic/guest", post(basic::identity::guest::<P>))
        .route("/basic/sign-up", get(basic::identity::show_sign_up).post(basic::identity::sign_up::<P>))
        .route("/basic/sign-in", get(basic::identity::show_sign_in).post(basic::identity::sign_in::<P>))
        .route("/basic/sign-in/second", post(basic::identity::finish::<P>))
        .route("/basic/sign-out", post(basic::identity::sign_out::<P>))
        .route("/basic/chats", post(basic::chats::begin::<P>))
        .route("/basic/chats/{id}", get(basic::chats::show::<P>))
        .route("/basic/chats/{id}/messages", post(basic::chats::reply::<P>))
        .route("/basic/chats/{id}/stop", post(basic::chats::stop::<P>))
        // For developers alone
        .route("/api/dev/mailbox", get(mailbox::show::<P>))
        .fallback(error::no_such_route);
    middleware::wrap(routes, &app).with_state(app)
}
