//! The settings of titles and suggestions: who makes them, if anybody.

use crate::{
    chat::{annotations::Wants, send::check_model},
    models::list::BUILTIN,
};

/// What the settings say of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnotationSettings {
    pub wants: Wants,
    /// Makes both. `None`: the model that gave the answer.
    pub model: Option<String>,
}

/// What is wrong goes to `faults`. Where no model server is set up, nobody is asked unless a setting says whom.
pub fn read(text: &impl Fn(&str) -> Option<String>, has_server: bool, faults: &mut Vec<String>) -> AnnotationSettings {
    let named = text("TITLE_MODEL");
    let is_builtin = named.as_deref() == Some(BUILTIN);
    let model = named.filter(|_| !is_builtin);
    if model.as_ref().is_some_and(|model| check_model(model).is_err()) {
        faults.push("TITLE_MODEL must be builtin or the name of a model.".into());
    }
    let is_asked = has_server || model.is_some();
    let suggestions = match text("SUGGESTIONS_ENABLED").as_deref() {
        None => is_asked,
        Some("true") => true,
        Some("false") => false,
        Some(_) => {
            faults.push("SUGGESTIONS_ENABLED must be true or false.".into());
            false
        }
    };
    AnnotationSettings { wants: Wants { title: is_asked && !is_builtin, suggestions }, model }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_asked_where_there_is_one_and_nobody_said_no() {
        let of = |model: Option<&str>, suggestions: Option<&str>, has_server: bool| {
            let mut faults = Vec::new();
            let text = |name: &str| if name == "TITLE_MODEL" { model } else { suggestions }.map(str::to_owned);
            let AnnotationSettings { wants, model } = read(&text, has_server, &mut faults);
            ((wants.title, wants.suggestions, model), faults.len())
        };
        assert_eq!(of(None, None, true), ((true, true, None), 0));
        assert_eq!(of(None, None, false), ((false, false, None), 0));
        assert_eq!(of(Some("builtin"), None, true), ((false, true, None), 0));
        assert_eq!(of(Some("small"), Some("false"), false), ((true, false, Some("small".into())), 0));
        assert_eq!(of(Some("a b"), Some("yes"), true).1, 2);
    }
}
