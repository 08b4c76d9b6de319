//! Health and feature flags.

use edgewise_domain::flags::MAX_NAME_CHARS;
use edgewise_protocol::api::{Flag, FlagList, FlagsForMe, SetFlag};
use serde_json::{Value, json};

use super::{
    super::{
        operation::{Operation, operation},
        schemas::Schemas,
    },
    FLAGS, SERVICE,
};

fn flag_name() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": MAX_NAME_CHARS, "pattern": "^[a-z][a-z0-9-]*$"})
}

pub fn operations() -> Vec<Operation> {
    let compat = json!({"type": "string"});
    vec![
        operation("GET", "/health", "isAlive", SERVICE, "Whether the Worker runs. Touches nothing.").json_by(
            200,
            "It runs.",
            Schemas::alive,
        ),
        operation("GET", "/api/health", "getHealth", SERVICE, "How each part does.")
            .query("compat", compat, "With `chatbot`, a part that fails makes it 500 with `error`.")
            .json_by(200, "Every part answers.", Schemas::health)
            .json_by(500, "As 503, for `compat=chatbot`.", Schemas::health)
            .json_by(503, "A part does not answer.", Schemas::health)
            .fails(&[422]),
        operation("GET", "/api/ready", "isReady", SERVICE, "Whether the vital parts answer.")
            .json_by(200, "They do.", Schemas::alive)
            .json_by(503, "One does not.", Schemas::alive),
        operation("GET", "/api/flags", "listMyFlags", FLAGS, "What is on for the caller.")
            .json::<FlagsForMe>(200, "By name."),
        operation("GET", "/api/admin/flags", "listFlags", FLAGS, "Every flag, for administrators.")
            .json::<FlagList>(200, "All of them."),
        operation("PUT", "/api/admin/flags/{name}", "setFlag", FLAGS, "Makes a flag, or changes it.")
            .hole("name", flag_name(), "The flag's name.")
            .takes::<SetFlag>()
            .json::<Flag>(200, "The flag as it is now.")
            .fails(&[409]),
        operation("DELETE", "/api/admin/flags/{name}", "deleteFlag", FLAGS, "Deletes a flag: off for everybody.")
            .hole("name", flag_name(), "The flag's name.")
            .empty(204, "It is gone."),
    ]
}
