//! What those who run the deployment do.

use edgewise::bounds::MAX_AUDIT_WORD_BYTES;
use edgewise_domain::catalogue::{DEFAULT_PAGE, MAX_PAGE, MAX_SEARCH_BYTES};
use edgewise_protocol::api::{AdminUser, AdminUserDetail, AdminUserPage, AuditPage, ChangeUser};
use serde_json::json;

use super::{
    super::operation::{Operation, operation},
    ADMINISTRATION, id, page,
};

fn of(method: &'static str, path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    operation(method, path, id, ADMINISTRATION, summary)
}

/// The operations on one user begin like this.
fn on(method: &'static str, path: &'static str, id_: &'static str, summary: &'static str) -> Operation {
    of(method, path, id_, summary).hole("id", id(), "The user's.")
}

pub fn operations() -> Vec<Operation> {
    let search = json!({"type": "string", "maxLength": MAX_SEARCH_BYTES});
    let word = || json!({"type": "string", "maxLength": MAX_AUDIT_WORD_BYTES});
    vec![
        page(of("GET", "/api/admin/users", "listUsers", "Those who have an address here."), MAX_PAGE, DEFAULT_PAGE)
            .query("q", search, "Words of addresses and names. Bytes count; `%`, `_` and `\\` twice.")
            .json::<AdminUserPage>(200, "A page, the newest first."),
        on("GET", "/api/admin/users/{id}", "getUser", "Somebody, also a guest.")
            .json::<AdminUserDetail>(200, "With what their account knows."),
        on("PATCH", "/api/admin/users/{id}", "changeUser", "Changes a role, a plan or a name; bans somebody.")
            .once()
            .takes::<ChangeUser>()
            .json::<AdminUser>(200, "As they are now. Whoever is banned is out."),
        on("POST", "/api/admin/users/{id}/sign-out", "signOutUser", "Ends every session of somebody.")
            .once()
            .empty(204, "They are out."),
        on("DELETE", "/api/admin/users/{id}/keys", "deleteKeysOfUser", "Deletes every API key of somebody.")
            .once()
            .empty(204, "None works any longer."),
        page(of("GET", "/api/admin/audit", "listAudit", "What administrators did."), MAX_PAGE, DEFAULT_PAGE)
            .query("actor", word(), "Who did it. Bytes count.")
            .query("target", word(), "To whom or what. Bytes count.")
            .json::<AuditPage>(200, "A page, the newest first."),
    ]
}
