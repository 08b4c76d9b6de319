//! The program itself: settings go in, sentences come out, and no value of a setting does.
#![allow(clippy::unwrap_used)]

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

fn asked(settings: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edgewise-doctor"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(settings.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn said(settings: &str) -> String {
    let output = asked(settings);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_fault_is_a_line_that_names_its_setting() {
    let faults = said(r#"{"ENVIRONMENT":"production","AUTH_SECRET":"hunter2","RATE_LIMIT_ENABLED":"false"}"#);
    let of = |name: &str| faults.lines().any(|line| line.starts_with(name));
    assert!(of("AUTH_SECRET ") && of("RATE_LIMIT_ENABLED "), "{faults}");
    assert!(!faults.contains("hunter2"));
}

#[test]
fn good_settings_have_no_faults() {
    let settings = r#"{"ENVIRONMENT":"production","AUTH_SECRET":"long enough to be one, and nobody's"}"#;
    assert_eq!(said(settings), "");
}

#[test]
fn what_is_no_object_of_texts_fails() {
    assert!(!asked("[]").status.success());
}
