//! What the fields of bodies may hold, by the constants that the code enforces. `workerd/fuzz` holds both to each other.

use edgewise::bounds::MAX_NAME_CHARS;
use edgewise_domain::{
    agent,
    artifact::{self, MAX_CONTENT_BYTES},
    chat::send::{
        MAX_FOLDER_CHARS, MAX_KEY_CHARS, MAX_MESSAGE_BYTES, MAX_MODEL_CHARS, MAX_REASON_CHARS, MAX_SYSTEM_PROMPT_BYTES,
        MAX_TAG_CHARS, MAX_TAGS, MAX_TITLE_CHARS,
    },
    files::{self, MAX_FILES, MAX_MEDIA_TYPE_CHARS},
    flags::MAX_TENANTS,
    identity::{email, passwords},
    library,
    models::{
        list::{BUILTIN, MAX_PRICE_MICRO_USD, MAX_ROUTES, MAX_TOKENS},
        own_key,
    },
    outbound::MAX_URL_BYTES,
    run::MAX_INPUT_BYTES,
    schedule::MAX_RULE_BYTES,
    tools::Tool,
    webhook,
};
use edgewise_protocol::{api::Scope, money::MAX_MICRO_USD};
use serde_json::{Map, Value, json};

/// Type, field, and the keywords that narrow it.
pub fn bounds() -> Vec<(&'static str, &'static str, Value)> {
    let email = || json!({"minLength": 3, "maxLength": email::MAX_BYTES, "pattern": "^[^@\\s]+@[^@\\s]+$"});
    let password = || {
        json!({"minLength": passwords::MIN_CHARS, "maxLength": passwords::MAX_BYTES, "description":
            "At most 1,024 bytes of UTF-8, and not one that everybody uses."})
    };
    let name = || json!({"minLength": 1, "maxLength": MAX_NAME_CHARS, "pattern": "\\S"});
    let title = || json!({"minLength": 1, "maxLength": MAX_TITLE_CHARS, "pattern": "\\S"});
    let model = || json!({"minLength": 1, "maxLength": MAX_MODEL_CHARS, "pattern": "^[!-~]*$"});
    let id = || json!({"format": "uuid"});
    let tag = json!({"type": "string", "minLength": 1, "maxLength": MAX_TAG_CHARS, "pattern": "\\S"});
    let label = || json!({"minLength": 1, "maxLength": library::MAX_NAME_CHARS, "pattern": "\\S"});
    let mut words = bytes(library::MAX_PROMPT_BYTES);
    words["pattern"] = "\\S".into();
    let tokens = || json!({"minimum": 1, "maximum": MAX_TOKENS});
    let language = || json!({"maxLength": artifact::MAX_LANGUAGE_CHARS, "pattern": "^[A-Za-z0-9+#._-]*$"});
    let price = || json!({"minimum": 0, "maximum": MAX_PRICE_MICRO_USD});
    let tools: Map<String, Value> =
        Tool::ALL.into_iter().map(|tool| (tool.name().to_owned(), json!({"type": "boolean"}))).collect();
    let agent_tools: Vec<&str> = Tool::ALL.into_iter().chain(Tool::OF_RUNS).map(Tool::name).collect();
    let starter = json!({"type": "string", "minLength": 1, "maxLength": agent::MAX_STARTER_CHARS, "pattern": "\\S"});
    let up_to = |least: u64, most: u64| json!({"minimum": least, "maximum": most});
    vec![
        ("SetAgent", "name", json!({"minLength": 1, "maxLength": agent::MAX_NAME_CHARS, "pattern": "\\S"})),
        ("SetAgent", "description", json!({"maxLength": agent::MAX_DESCRIPTION_CHARS})),
        ("SetAgent", "instructions", bytes(MAX_SYSTEM_PROMPT_BYTES)),
        ("SetAgent", "model", model()),
        ("SetAgent", "tools", json!({"uniqueItems": true, "items": {"type": "string", "enum": agent_tools}})),
        ("SetAgent", "starters", json!({"maxItems": agent::MAX_STARTERS, "items": starter})),
        ("SetAgent", "projectId", json!({"format": "uuid"})),
        (
            "StartRun",
            "input",
            json!({"minLength": 1, "maxLength": MAX_INPUT_BYTES, "pattern": "\\S", "description": in_utf8(MAX_INPUT_BYTES)}),
        ),
        ("StartRun", "version", up_to(1, u32::MAX.into())),
        (
            "SetSchedule",
            "input",
            json!({"minLength": 1, "maxLength": MAX_INPUT_BYTES, "pattern": "\\S", "description": in_utf8(MAX_INPUT_BYTES)}),
        ),
        ("SetSchedule", "version", up_to(1, u32::MAX.into())),
        ("SetSchedule", "cron", json!({"minLength": 9, "maxLength": MAX_RULE_BYTES})),
        ("SetSchedule", "rrule", json!({"minLength": 1, "maxLength": MAX_RULE_BYTES})),
        ("SetSchedule", "start", json!({"minLength": 16, "maxLength": 19})),
        ("SetSchedule", "timeZone", json!({"minLength": 1, "maxLength": 64})),
        ("RerunRun", "step", json!({"minLength": 1, "maxLength": 100})),
        ("SetAgentBudget", "steps", up_to(1, agent::MAX_STEPS.into())),
        ("SetAgentBudget", "toolCalls", up_to(0, agent::MAX_TOOL_CALLS.into())),
        ("SetAgentBudget", "tokens", up_to(1, agent::MAX_TOKENS)),
        ("SetAgentBudget", "costMicroUsd", up_to(0, agent::MAX_COST_MICRO_USD)),
        ("SetAgentBudget", "seconds", up_to(1, agent::MAX_SECONDS)),
        ("CreateWebhook", "url", json!({"minLength": 1, "maxLength": MAX_URL_BYTES})),
        ("CreateWebhook", "description", json!({"maxLength": webhook::MAX_DESCRIPTION_CHARS})),
        ("CreateWebhook", "events", json!({"uniqueItems": true})),
        ("ChangeWebhook", "url", json!({"minLength": 1, "maxLength": MAX_URL_BYTES})),
        ("ChangeWebhook", "description", json!({"maxLength": webhook::MAX_DESCRIPTION_CHARS})),
        ("ChangeWebhook", "events", json!({"uniqueItems": true})),
        ("CreateConversation", "title", title()),
        ("CreateConversation", "systemPrompt", bytes(MAX_SYSTEM_PROMPT_BYTES)),
        ("CreateConversation", "model", model()),
        ("UpdateConversation", "title", title()),
        ("UpdateConversation", "systemPrompt", bytes(MAX_SYSTEM_PROMPT_BYTES)),
        ("UpdateConversation", "model", model()),
        ("UpdateConversation", "tags", json!({"maxItems": MAX_TAGS, "uniqueItems": true, "items": tag})),
        ("UpdateConversation", "folder", json!({"maxLength": MAX_FOLDER_CHARS, "pattern": "^$|\\S"})),
        ("Parameters", "temperature", json!({"minimum": 0, "maximum": 2})),
        ("Parameters", "maxTokens", tokens()),
        ("CreateConversation", "presetId", id()),
        ("SetPreset", "name", label()),
        ("SetPreset", "systemPrompt", bytes(MAX_SYSTEM_PROMPT_BYTES)),
        ("SetPreset", "model", model()),
        ("SetPrompt", "title", label()),
        (
            "SetPrompt",
            "command",
            json!({"minLength": 1, "maxLength": library::MAX_COMMAND_CHARS, "pattern": "^[a-z0-9-]*$"}),
        ),
        ("SetPrompt", "text", words),
        ("SetVote", "reason", json!({"maxLength": MAX_REASON_CHARS})),
        ("DecideCall", "reason", json!({"maxLength": MAX_REASON_CHARS})),
        ("Regenerate", "model", model()),
        ("ForkConversation", "title", title()),
        ("ForkConversation", "messageId", id()),
        ("SendMessage", "content", json!({"maxLength": MAX_MESSAGE_BYTES, "description": in_utf8(MAX_MESSAGE_BYTES)})),
        ("SendMessage", "clientMessageId", key()),
        ("SendMessage", "parentId", id()),
        ("SendMessage", "model", model()),
        (
            "SendMessage",
            "attachments",
            json!({"maxItems": MAX_FILES, "uniqueItems": true, "description": "Ids of whole files. With one, `content` may be empty."}),
        ),
        ("BeginUpload", "name", json!({"minLength": 1, "maxLength": files::MAX_NAME_CHARS, "pattern": "\\S"})),
        ("BeginUpload", "mediaType", json!({"maxLength": MAX_MEDIA_TYPE_CHARS})),
        (
            "BeginUpload",
            "size",
            json!({"minimum": 1, "maximum": 95 * 1024 * 1024, "description": "In bytes; at most `MAX_FILE_SIZE_MB`."}),
        ),
        ("CreateArtifact", "title", json!({"minLength": 1, "maxLength": artifact::MAX_TITLE_CHARS, "pattern": "\\S"})),
        ("CreateArtifact", "language", language()),
        (
            "CreateArtifact",
            "content",
            json!({"maxLength": MAX_CONTENT_BYTES, "description": in_utf8(MAX_CONTENT_BYTES)}),
        ),
        ("UpdateArtifact", "title", json!({"minLength": 1, "maxLength": artifact::MAX_TITLE_CHARS, "pattern": "\\S"})),
        ("UpdateArtifact", "language", language()),
        (
            "WriteArtifact",
            "content",
            json!({"maxLength": MAX_CONTENT_BYTES, "description": in_utf8(MAX_CONTENT_BYTES)}),
        ),
        ("UpdateConversation", "tools", json!({"properties": tools, "additionalProperties": false})),
        ("StopTurn", "turnId", id()),
        ("UiChat", "id", key()),
        ("UiChat", "model", model()),
        ("UiChat", "parentId", id()),
        ("UiChat", "messages", json!({"minItems": 1, "description": "The last one is sent; it is the user's."})),
        ("UiMessage", "role", json!({"examples": ["user", "assistant"]})),
        ("UiPart", "type", json!({"examples": ["text"]})),
        ("SignUp", "email", email()),
        ("SignUp", "password", password()),
        ("SignUp", "name", name()),
        ("SignIn", "email", email()),
        ("AskReset", "email", email()),
        ("ConfirmReset", "code", secret()),
        ("ConfirmReset", "newPassword", password()),
        ("ConfirmEmail", "code", secret()),
        ("ChangePassword", "newPassword", password()),
        ("UpdateUser", "name", name()),
        ("CreateKey", "name", name()),
        ("CreateKey", "scopes", json!({"minItems": 1, "maxItems": Scope::ALL.len(), "uniqueItems": true})),
        ("CreatePasskey", "name", name()),
        (
            "SetProviderKey",
            "key",
            json!({"minLength": own_key::MIN_CHARS, "maxLength": own_key::MAX_CHARS, "pattern": "^[!-~]+$"}),
        ),
        ("NameOrganization", "name", name()),
        ("Invite", "email", email()),
        ("AcceptInvitation", "code", secret()),
        ("CreateProject", "name", name()),
        ("UpdateProject", "name", name()),
        ("ChangeUser", "name", name()),
        ("ReadPage", "url", address()),
        ("SetLimits", "dayMicroUsd", amount()),
        ("SetLimits", "monthMicroUsd", amount()),
        ("SetLimits", "totalMicroUsd", amount()),
        ("GrantCredits", "microUsd", amount()),
        ("SetModel", "title", title()),
        ("SetModel", "routes", json!({"minItems": 1, "maxItems": MAX_ROUTES})),
        ("ModelRoute", "provider", json!({"examples": [BUILTIN]})),
        ("ModelRoute", "model", model()),
        ("Abilities", "contextTokens", tokens()),
        ("Abilities", "maxOutputTokens", tokens()),
        ("Abilities", "thinkingTokens", tokens()),
        ("Price", "inputMicroUsd", price()),
        ("Price", "cachedInputMicroUsd", price()),
        ("Price", "outputMicroUsd", price()),
        ("SetFlag", "percent", json!({"maximum": 100})),
        ("SetFlag", "tenants", json!({"maxItems": MAX_TENANTS})),
    ]
}

/// A name that a client gives.
pub fn key() -> Value {
    json!({"minLength": 1, "maxLength": MAX_KEY_CHARS, "pattern": "^[ -~]*$"})
}

/// Whole micro-USD.
fn amount() -> Value {
    json!({"maximum": MAX_MICRO_USD})
}

/// The code of a link.
fn secret() -> Value {
    json!({"pattern": "^[A-Za-z0-9_-]{43}$"})
}

/// The address of a page.
fn address() -> Value {
    let mut address = bytes(MAX_URL_BYTES);
    address["minLength"] = 1.into();
    address["pattern"] = "\\S".into();
    address["examples"] = json!(["https://example.com/"]);
    address
}

/// Characters are counted by schemas, bytes by us: what has more characters has more bytes.
fn bytes(most: usize) -> Value {
    json!({"maxLength": most, "description": in_utf8(most)})
}

fn in_utf8(most: usize) -> String {
    format!("At most {most} bytes of UTF-8.")
}
