//! `GET /openapi.json`: the document is made here, of the router's routes, of who may call them and of the protocol's
//! types, and is committed as an asset. It differs from none of them, or a test fails.

mod bounds;
mod operation;
mod operations;
mod schemas;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::access::ROUTES;
use operation::Operation;
use schemas::Schemas;

/// Left out: what only a developer has, and the pages for people.
const UNTOLD: [&str; 2] = ["/api/dev/", "/basic"];

/// The statuses of problems, and when they are given.
const PROBLEMS: &[(u16, &str)] = &[
    (400, "The body is not JSON, nests too deep or ended early; or no WebSocket was asked for."),
    (401, "No credential, or a bad one."),
    (402, "The spending limit was reached."),
    (403, "A page of another origin may not do this, or a credential of this kind or scope may not."),
    (404, "Missing, deleted, or somebody else's: the same answer."),
    (409, "It does not go with what is there already."),
    (413, "A body or a field is too large."),
    (
        415,
        "A body that is not JSON, does not say so, or is compressed; or a file that is not what it says, or is not taken.",
    ),
    (416, "A file has no such bytes. `Content-Range` says how many it has."),
    (422, "A field is missing, unknown, of the wrong type or not acceptable."),
    (429, "Too many requests, or too much is waiting. `Retry-After` says for how long."),
    (500, "Our fault. The log knows the request's id."),
    (503, "Something behind the service does not answer. Try again."),
];

fn components(schemas: Schemas) -> Value {
    let mut schemas = schemas;
    let problem = schemas.problem();
    let request_id = json!({"$ref": "#/components/headers/X-Request-Id"});
    let problems: BTreeMap<_, _> = PROBLEMS
        .iter()
        .map(|(status, when)| {
            let content = json!({"application/problem+json": {"schema": problem}});
            let problem = json!({"description": when, "headers": {"X-Request-Id": request_id}, "content": content});
            (status.to_string(), problem)
        })
        .collect();
    let header = |what: &str| json!({"description": what, "schema": {"type": "string"}});
    json!({
        "schemas": schemas.finish(),
        "responses": problems,
        "headers": {
            "X-Request-Id": header("The request's id, which the log knows."),
            "ETag": header("Of what was answered."),
            "Location": header("Of what was made, or where to go."),
            "Accept-Ranges": header("`bytes`"),
            "Content-Disposition": header("The file's name, and whether a browser may show it."),
            "Content-Range": header("Which bytes, of how many."),
            "Set-Cookie": header("The session, for browsers."),
            "X-Vercel-AI-UI-Message-Stream": header("`v1`"),
        },
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "description":
                "An access token, an API key, or a token of an issuer in `EXTERNAL_ISSUERS`."},
            "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-sid", "description":
                "The session, for browsers. Over plain http its name is `sid`."},
        },
    })
}

/// The whole document.
fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths = BTreeMap::<&str, Value>::new();
    for operation in operations::all() {
        let (_, _, needs, _) = ROUTES
            .iter()
            .find(|(method, path, ..)| (*method, *path) == (operation.method, operation.path))
            .unwrap_or_else(|| panic!("{} {} is not in the table of access.rs", operation.method, operation.path));
        let described = operation.describe(*needs, &mut schemas);
        paths.entry(operation.path).or_insert_with(|| json!({}))[operation.method.to_lowercase()] = described;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Edgewise",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": env!("CARGO_PKG_DESCRIPTION"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": operations::TAGS.iter().map(|(name, what)| json!({"name": name, "description": what})).collect::<Vec<_>>(),
        "paths": paths,
        "components": components(schemas),
    })
}

fn routes_of(operations: &[Operation]) -> BTreeSet<(&str, &str)> {
    operations.iter().map(|operation| (operation.method, operation.path)).collect()
}

#[test]
fn every_route_is_in_the_document() {
    let told = operations::all();
    // `access` holds its table to the router.
    let routes = ROUTES.iter().map(|(method, path, ..)| (*method, *path));
    let routes: BTreeSet<_> =
        routes.filter(|(_, path)| !UNTOLD.iter().any(|untold| path.starts_with(untold))).collect();
    assert_eq!(routes_of(&told), routes);
    assert_eq!(told.len(), routes.len(), "an operation is told twice");
}

#[test]
fn every_hole_of_a_path_is_described() {
    for operation in operations::all() {
        let holes = operation.path.split(['{', '}']).skip(1).step_by(2).collect::<BTreeSet<_>>();
        assert_eq!(operation.holes(), holes, "{} {}", operation.method, operation.path);
    }
}

#[test]
fn openapi_is_up_to_date() {
    let text = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/web/public/openapi.json");
    if std::env::var_os("EDGEWISE_GENERATE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == text, "web/public/openapi.json differs from the code: run `npm run gen`");
}
