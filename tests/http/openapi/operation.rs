//! One operation of the API as the document tells it: a route, what it takes and how it answers.

use std::collections::{BTreeMap, BTreeSet};

use edgewise::bounds::{MAX_BODY_BYTES, MAX_CHAT_BODY_BYTES, MAX_IDEMPOTENCY_KEY_BYTES};
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::schemas::Schemas;
use crate::access::Needs;

/// Makes a schema, and whatever it refers to.
type Schema = fn(&mut Schemas) -> Value;

/// What stands in an answer beside its status.
enum Content {
    Json(Schema),
    /// Server-sent events, each of which carries this.
    Events(Schema),
    /// Text of this type.
    Text(&'static str),
    /// A file of one of these types.
    File(&'static [&'static str]),
}

#[derive(Default)]
struct Answer {
    description: &'static str,
    headers: Vec<&'static str>,
    contents: Vec<Content>,
}

enum Body {
    Json {
        schema: Schema,
        required: bool,
        max_bytes: usize,
    },
    /// A file as it is, or with `true` also in a form.
    File {
        or_form: bool,
        description: &'static str,
    },
}

pub struct Operation {
    pub method: &'static str,
    pub path: &'static str,
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
    parameters: Vec<Value>,
    body: Option<Body>,
    answers: BTreeMap<u16, Answer>,
    errors: BTreeSet<u16>,
}

/// An operation: its id is what generated clients call it by, so it never changes.
pub fn operation(
    method: &'static str,
    path: &'static str,
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
) -> Operation {
    Operation {
        method,
        path,
        id,
        tag,
        summary,
        parameters: Vec::new(),
        body: None,
        answers: BTreeMap::new(),
        errors: BTreeSet::new(),
    }
}

impl Operation {
    /// A hole of the path. One that the router has and nobody describes here fails a test.
    pub fn hole(mut self, name: &str, schema: Value, what: &str) -> Self {
        self.parameters
            .push(json!({"name": name, "in": "path", "required": true, "schema": schema, "description": what}));
        self
    }

    pub fn query(mut self, name: &str, schema: Value, what: &str) -> Self {
        self.parameters.push(json!({"name": name, "in": "query", "schema": schema, "description": what}));
        self
    }

    pub fn header(mut self, name: &str, schema: Value, what: &str) -> Self {
        self.parameters.push(json!({"name": name, "in": "header", "schema": schema, "description": what}));
        self
    }

    /// Made once, however often it is sent.
    pub fn once(mut self) -> Self {
        let key =
            json!({"type": "string", "minLength": 1, "maxLength": MAX_IDEMPOTENCY_KEY_BYTES, "pattern": "^[ -~]*$"});
        self = self.header("Idempotency-Key", key, "The same key and body again give the first answer.");
        self.fails(&[409, 422])
    }

    /// A body that must be there.
    pub fn takes<T: JsonSchema>(self) -> Self {
        self.body(Body::Json { schema: Schemas::request::<T>, required: true, max_bytes: MAX_BODY_BYTES })
    }

    /// A body that may be missing.
    pub fn may_take<T: JsonSchema>(self) -> Self {
        self.body(Body::Json { schema: Schemas::request::<T>, required: false, max_bytes: MAX_BODY_BYTES })
    }

    /// The body of a chat client.
    pub fn takes_chat<T: JsonSchema>(self) -> Self {
        self.body(Body::Json { schema: Schemas::request::<T>, required: true, max_bytes: MAX_CHAT_BODY_BYTES })
    }

    /// A file, which is what its `Content-Type` says; or with `or_form` one in a form.
    pub fn takes_file(self, or_form: bool, description: &'static str) -> Self {
        self.body(Body::File { or_form, description })
    }

    /// Answers with a file.
    pub fn file(self, status: u16, what: &'static str, kinds: &'static [&'static str]) -> Self {
        self.content(status, what, Content::File(kinds))
    }

    fn body(mut self, body: Body) -> Self {
        self.body = Some(body);
        self.fails(&[400, 413, 422])
    }

    pub fn json<T: JsonSchema>(self, status: u16, what: &'static str) -> Self {
        self.json_by(status, what, Schemas::answer::<T>)
    }

    /// An answer whose shape is no type of the protocol's.
    pub fn json_by(self, status: u16, what: &'static str, schema: Schema) -> Self {
        self.content(status, what, Content::Json(schema))
    }

    /// A stream of events that carry `T`.
    pub fn events<T: JsonSchema>(self, status: u16, what: &'static str) -> Self {
        self.events_by(status, what, Schemas::answer::<T>)
    }

    pub fn events_by(self, status: u16, what: &'static str, schema: Schema) -> Self {
        self.content(status, what, Content::Events(schema))
    }

    /// An answer that is a text of the type `kind`.
    pub fn text(self, status: u16, what: &'static str, kind: &'static str) -> Self {
        self.content(status, what, Content::Text(kind))
    }

    /// An answer without a body.
    pub fn empty(mut self, status: u16, what: &'static str) -> Self {
        self.answers.entry(status).or_default().description = what;
        self
    }

    fn content(mut self, status: u16, what: &'static str, content: Content) -> Self {
        let answer = self.answers.entry(status).or_default();
        answer.description = what;
        answer.contents.push(content);
        self
    }

    /// A header of the answers with `status`.
    pub fn with(mut self, status: u16, header: &'static str) -> Self {
        self.answers.entry(status).or_default().headers.push(header);
        self
    }

    /// Answers with an entity tag, and 304 without a body to whoever has it.
    pub fn tagged(self) -> Self {
        let tag = json!({"type": "string"});
        self.header("If-None-Match", tag, "The `ETag` of an answer that is at hand.")
            .empty(304, "Nothing has changed.")
            .with(200, "ETag")
            .with(304, "ETag")
    }

    /// Problems beside those that follow from its caller and its body.
    pub fn fails(mut self, statuses: &[u16]) -> Self {
        self.errors.extend(statuses);
        self
    }

    /// The operation object.
    pub fn describe(&self, needs: Needs, schemas: &mut Schemas) -> Value {
        let mut value = json!({"operationId": self.id, "tags": [self.tag], "summary": self.summary});
        value["security"] = security(needs);
        if !self.parameters.is_empty() {
            value["parameters"] = Value::Array(self.parameters.clone());
        }
        match &self.body {
            Some(Body::Json { schema, required, max_bytes }) => {
                let schema = schema(schemas);
                let what = format!("At most {max_bytes} bytes of UTF-8, and 64 brackets deep.");
                value["requestBody"] = json!({
                    "description": what, "required": required, "content": {"application/json": {"schema": schema}},
                });
            }
            Some(Body::File { or_form, description }) => {
                let mut content = json!({"application/octet-stream": {}});
                if *or_form {
                    let file = json!({"type": "string", "contentMediaType": "application/octet-stream"});
                    let form = json!({"type": "object", "properties": {"file": file}, "required": ["file"]});
                    content["multipart/form-data"] = json!({"schema": form});
                }
                value["requestBody"] = json!({"description": description, "required": true, "content": content});
            }
            None => {}
        }
        value["responses"] = self.responses(needs, schemas);
        value
    }

    fn responses(&self, needs: Needs, schemas: &mut Schemas) -> Value {
        let mut all = BTreeMap::new();
        for (status, answer) in &self.answers {
            all.insert(status.to_string(), answer.describe(schemas));
        }
        for status in self.all_errors(needs) {
            let known = all.entry(status.to_string()).or_insert_with(|| json!({"$ref": error_path(status)}));
            if let Some(contents) = known.get_mut("content") {
                contents["application/problem+json"] = json!({"schema": schemas.problem()});
            }
        }
        json!(all)
    }

    fn all_errors(&self, needs: Needs) -> BTreeSet<u16> {
        // Bodies of another type are refused on every route, and something of ours may fail on every one.
        let mut all: BTreeSet<u16> = [415, 500, 503].into();
        all.extend(&self.errors);
        if self.method != "GET" {
            all.insert(403);
        }
        match needs {
            Needs::Nobody => {}
            Needs::Anybody => all.extend([429]),
            Needs::Read | Needs::Write | Needs::Session => all.extend([401, 403, 429]),
            Needs::Admin => all.extend([404, 429]),
        }
        all
    }

    /// The names of the holes that are described.
    pub fn holes(&self) -> BTreeSet<&str> {
        let holes = self.parameters.iter().filter(|parameter| parameter["in"] == "path");
        holes.filter_map(|parameter| parameter["name"].as_str()).collect()
    }
}

impl Answer {
    fn describe(&self, schemas: &mut Schemas) -> Value {
        let mut value = json!({"description": self.description});
        value["headers"]["X-Request-Id"] = json!({"$ref": "#/components/headers/X-Request-Id"});
        for header in &self.headers {
            value["headers"][*header] = json!({"$ref": format!("#/components/headers/{header}")});
        }
        for content in &self.contents {
            match content {
                Content::Json(schema) => value["content"]["application/json"] = json!({"schema": schema(schemas)}),
                Content::File(kinds) => {
                    for kind in *kinds {
                        value["content"][*kind] = json!({});
                    }
                }
                // A schema cannot see into a stream; what each `data:` holds is told beside it.
                Content::Events(schema) => {
                    value["content"]["text/event-stream"] =
                        json!({"schema": {"type": "string"}, "x-data": schema(schemas)});
                }
                Content::Text(kind) => value["content"][*kind] = json!({"schema": {"type": "string"}}),
            }
        }
        value
    }
}

/// Who is let in, as alternatives.
fn security(needs: Needs) -> Value {
    match needs {
        Needs::Nobody => json!([]),
        Needs::Anybody => json!([{}, {"bearer": []}, {"cookie": []}, {"apiKey": []}]),
        Needs::Read => json!([{"bearer": ["chat:read"]}, {"cookie": []}, {"apiKey": ["chat:read"]}]),
        Needs::Write => json!([{"bearer": ["chat:write"]}, {"cookie": []}, {"apiKey": ["chat:write"]}]),
        Needs::Session | Needs::Admin => json!([{"bearer": []}, {"cookie": []}]),
    }
}

/// Where the document describes the problem of a status.
pub fn error_path(status: u16) -> String {
    format!("#/components/responses/{status}")
}
