//! Nothing that others supply is fetched but through the wall: who may fetch at all is a list, and it is short.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The files of the product that mention one of `words`.
fn mentioning(words: &[&str]) -> BTreeSet<String> {
    let mut files = Vec::new();
    for folder in ["src", "durable_objects/src", "crates/protocol/src", "crates/domain/src", "crates/platform/src"] {
        sources(&Path::new(ROOT).join(folder), &mut files);
    }
    assert!(files.len() > 150, "{}", files.len());
    let mentions = |path: &PathBuf| words.iter().any(|word| fs::read_to_string(path).unwrap().contains(word));
    let name = |path: PathBuf| path.strip_prefix(ROOT).unwrap().to_str().unwrap().replace('\\', "/");
    files.into_iter().filter(mentions).map(name).collect()
}

#[track_caller]
fn check(words: &[&str], expected: &[&str]) {
    let expected = expected.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(mentioning(words), expected, "{words:?}");
}

/// Mail, models, the web and what asks for health.
#[test]
fn the_runtimes_fetch_is_in_four_files() {
    let words = ["Fetch::", "web_sys::Request::new", "fetch_with_str", "fetch_with_request", "\"fetch\""];
    check(
        &words,
        &[
            "crates/platform/src/mail.rs",
            "crates/platform/src/models.rs",
            "crates/platform/src/pulse.rs",
            "crates/platform/src/web.rs",
        ],
    );
}

/// JavaScript of our own could fetch unseen: of these, the objects' alone does, from stubs.
#[test]
fn javascript_of_our_own_is_in_six_files() {
    check(
        &["inline_js"],
        &[
            "crates/platform/src/headers.rs",
            "crates/platform/src/objects.rs",
            "crates/platform/src/outgoing.rs",
            "crates/platform/src/pump.rs",
            "crates/platform/src/timer.rs",
            "crates/platform/src/zones.rs",
        ],
    );
}

#[test]
fn what_the_operator_configured_is_asked_by_those_who_read_it_from_settings() {
    check(
        &["WebRequest {", "WebRequest::"],
        &[
            "crates/domain/src/identity/key_sets.rs",
            "crates/domain/src/money/stripe/requests.rs",
            "crates/domain/src/outbound/resolver.rs",
            "crates/domain/src/web.rs",
            "crates/platform/src/web.rs",
            "src/routes/oauth/provider.rs",
        ],
    );
}

#[test]
fn what_others_supply_is_visited_by_the_wall() {
    check(&[".visit("], &["crates/domain/src/outbound.rs"]);
    check(&["Visit {"], &["crates/domain/src/outbound.rs", "crates/domain/src/web.rs", "crates/platform/src/web.rs"]);
    check(&["Passed("], &["crates/domain/src/outbound.rs"]);
    check(&["outbound::fetch"], &["crates/domain/src/reading.rs"]);
}
