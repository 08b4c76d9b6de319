//! A scripted model whose tokens are numbered, so that loss, repetition and confusion are arithmetic.

use edgewise_domain::models::Prompt;
use edgewise_protocol::message::Role;

/// Token `k` of the answer to the question `turn`.
pub fn token(turn: &str, k: usize) -> String {
    format!("⟦{turn}:{k}⟧{}", ["", " ", "é", "\n", "🙂x"][k % 5])
}

/// The tokens that come next: those after the ones that the cut answer has.
pub fn next_token(prompt: &Prompt) -> (String, usize) {
    let question = prompt.messages.iter().rev().find(|message| message.role == Role::User);
    let turn = question.map(|message| message.text.clone()).unwrap_or_default();
    let said = prompt.messages.last().filter(|message| message.role == Role::Assistant);
    let next = said.map_or(0, |message| message.text.matches('⟦').count());
    (turn, next)
}

/// Checks that `text` is the first `n` tokens of the answer to `turn`, whole and in order; gives `n`.
pub fn check(turn: &str, text: &str) -> usize {
    let mut rest = text;
    for k in 0.. {
        if rest.is_empty() {
            return k;
        }
        rest =
            rest.strip_prefix(&token(turn, k)).unwrap_or_else(|| panic!("token {k} of {turn} is not next in {text:?}"));
    }
    0
}
