//! The schemas of the document: derived from the protocol's types, narrowed by the bounds that the code enforces.

use edgewise_domain::{health::Part, transfer::FORMAT};
use edgewise_protocol::{api::Conversation, message::Message, problem::Problem, timestamp::Timestamp};
use schemars::{
    JsonSchema, SchemaGenerator,
    generate::{Contract, SchemaSettings},
};
use serde_json::{Map, Value, json};

use super::bounds::bounds;

/// What a field may hold differs by its direction: one that a request may leave out is always in an answer.
pub struct Schemas {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
    /// Shapes that are no type of the protocol's.
    others: Map<String, Value>,
}

impl Schemas {
    pub fn new() -> Self {
        let generator = |contract: Contract| {
            SchemaSettings::draft2020_12()
                .with(|settings| {
                    settings.definitions_path = "/components/schemas".into();
                    settings.contract = contract;
                    settings.meta_schema = None;
                })
                .into_generator()
        };
        let (requests, answers) = (generator(Contract::Deserialize), generator(Contract::Serialize));
        Self { requests, answers, others: Map::new() }
    }

    pub fn request<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().to_value()
    }

    pub fn answer<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().to_value()
    }

    pub fn problem(&mut self) -> Value {
        self.answer::<Problem>()
    }

    fn other(&mut self, name: &str, schema: Value) -> Value {
        self.others.insert(name.to_owned(), schema);
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    /// A conversation as a file of ours.
    pub fn exported(&mut self) -> Value {
        let (format, version) = FORMAT;
        let fields = json!({
            "format": {"const": format},
            "version": {"const": version},
            "exportedAt": self.answer::<Timestamp>(),
            "conversation": self.answer::<Conversation>(),
            "messages": {"type": "array", "items": self.answer::<Message>()},
        });
        self.other("ExportedConversation", object(fields, &[]))
    }

    /// `GET /health`, `GET /api/ready`.
    pub fn alive(&mut self) -> Value {
        let status = json!({"type": "string", "enum": ["ok", "unavailable"]});
        let timestamp = self.answer::<Timestamp>();
        self.other("Alive", object(json!({"status": status, "timestamp": timestamp}), &[]))
    }

    /// `GET /api/health`.
    pub fn health(&mut self) -> Value {
        let parts = |schema: Value| {
            let all = Part::ALL.iter().map(|part| (part.name().to_owned(), schema.clone()));
            Value::Object(all.collect())
        };
        let word = json!({"type": "string", "enum": ["healthy", "unhealthy"]});
        let mut services = parts(word.clone());
        services["redis"] = word;
        let check = object(json!({"ok": {"type": "boolean"}, "ms": {"type": "integer", "minimum": 0}}), &[]);
        let fields = json!({
            "status": {"type": "string", "enum": ["ok", "degraded", "error"]},
            "services": object(services, &[]),
            "checks": object(parts(check), &[]),
            "timestamp": self.answer::<Timestamp>(),
            "error": {"type": "string"},
        });
        self.other("Health", object(fields, &["error"]))
    }

    /// Of stopping.
    pub fn stopped(&mut self) -> Value {
        self.other("Stopped", object(json!({"stopped": {"type": "boolean", "const": true}}), &[]))
    }

    /// To Stripe.
    pub fn received(&mut self) -> Value {
        self.other("Received", object(json!({"received": {"type": "boolean", "const": true}}), &[]))
    }

    /// Of what is done later, or is nobody's to know.
    pub fn accepted_for_later(&mut self) -> Value {
        self.other("Nothing", object(json!({}), &[]))
    }

    /// What a browser asks its authenticator to make.
    pub fn passkey_creation(&mut self) -> Value {
        let what = "W3C WebAuthn `PublicKeyCredentialCreationOptionsJSON`, for `parseCreationOptionsFromJSON`.";
        self.passkey_options("PasskeyCreation", what, &["rp", "user", "challenge", "pubKeyCredParams"])
    }

    /// What a browser asks its authenticator to sign.
    pub fn passkey_request(&mut self) -> Value {
        let what = "W3C WebAuthn `PublicKeyCredentialRequestOptionsJSON`, for `parseRequestOptionsFromJSON`.";
        self.passkey_options("PasskeyRequest", what, &["rpId", "challenge"])
    }

    fn passkey_options(&mut self, name: &str, what: &str, required: &[&str]) -> Value {
        let public_key =
            json!({"type": "object", "description": what, "required": required, "additionalProperties": true});
        let attempt = json!({"type": "string", "description": "Goes back with the authenticator's answer."});
        self.other(name, object(json!({"publicKey": public_key, "attempt": attempt}), &[]))
    }

    /// A `data:` of the plain stream of words.
    pub fn words(&mut self) -> Value {
        let text = object(json!({"text": {"type": "string"}}), &[]);
        let error = object(json!({"error": {"type": "string"}}), &[]);
        self.other(
            "Words",
            json!({"oneOf": [text, error], "description": "Pieces of the answer; the last `data:` is `[DONE]`."}),
        )
    }

    /// All that was asked for, by name.
    pub fn finish(mut self) -> Map<String, Value> {
        let mut all = self.others;
        for (name, schema) in
            self.answers.take_definitions(true).into_iter().chain(self.requests.take_definitions(true))
        {
            let same = all.get(&name).is_none_or(|known| *known == schema);
            assert!(same, "{name} has one shape in requests and another in answers: give them two names");
            all.insert(name, schema);
        }
        for (name, field, bound) in bounds() {
            let known = all.get_mut(name).and_then(|schema| schema.get_mut("properties")?.get_mut(field));
            let known = known.unwrap_or_else(|| panic!("{name}.{field} has a bound and is no field"));
            let (Value::Object(known), Value::Object(bound)) = (known, bound) else { panic!("{name}.{field}") };
            known.extend(bound);
        }
        all
    }
}

/// An object with these fields, all of them required but `optional`.
fn object(fields: Value, optional: &[&str]) -> Value {
    let names = fields.as_object().into_iter().flat_map(Map::keys);
    let required: Vec<_> = names.filter(|name| !optional.contains(&name.as_str())).cloned().collect();
    json!({"type": "object", "properties": fields, "required": required})
}
