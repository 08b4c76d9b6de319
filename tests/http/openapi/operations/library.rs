//! What users keep to use again.

use edgewise_protocol::api::{Preset, PresetList, Prompt, PromptList, SetPreset, SetPrompt};

use super::{
    super::operation::{Operation, operation},
    LIBRARY, id,
};

pub fn operations() -> Vec<Operation> {
    let on = |method, path, id_, summary| {
        operation(method, path, id_, LIBRARY, summary).hole("id", id(), "Its own.").fails(&[404])
    };
    vec![
        operation("GET", "/api/presets", "listPresets", LIBRARY, "One's presets, by name.")
            .json::<PresetList>(200, "All of them."),
        operation("POST", "/api/presets", "createPreset", LIBRARY, "Keeps a preset of new conversations.")
            .once()
            .takes::<SetPreset>()
            .json::<Preset>(201, "It is kept.")
            .with(201, "Location")
            .fails(&[409]),
        on("GET", "/api/presets/{id}", "getPreset", "One of them.").json::<Preset>(200, "It."),
        on("PUT", "/api/presets/{id}", "setPreset", "Makes another of it.")
            .takes::<SetPreset>()
            .json::<Preset>(200, "As it is now.")
            .fails(&[409]),
        on("DELETE", "/api/presets/{id}", "deletePreset", "Forgets it.").empty(204, "It is gone."),
        operation("GET", "/api/prompts", "listPrompts", LIBRARY, "One's prompts, by command.")
            .json::<PromptList>(200, "All of them."),
        operation("POST", "/api/prompts", "createPrompt", LIBRARY, "Keeps a prompt.")
            .once()
            .takes::<SetPrompt>()
            .json::<Prompt>(201, "It is kept.")
            .with(201, "Location")
            .fails(&[409]),
        on("GET", "/api/prompts/{id}", "getPrompt", "One of them.").json::<Prompt>(200, "It."),
        on("PUT", "/api/prompts/{id}", "setPrompt", "Makes another of it.")
            .takes::<SetPrompt>()
            .json::<Prompt>(200, "As it is now.")
            .fails(&[409]),
        on("DELETE", "/api/prompts/{id}", "deletePrompt", "Forgets it.").empty(204, "It is gone."),
    ]
}
