//! The list of models.

use edgewise_domain::chat::send::MAX_MODEL_CHARS;
use edgewise_protocol::api::{Model, ModelList, ModelsForMe, SetModel};
use serde_json::{Value, json};

use super::{
    super::operation::{Operation, operation},
    MODELS,
};

fn model_name() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": MAX_MODEL_CHARS, "pattern": "^[!-~]+$"})
}

pub fn operations() -> Vec<Operation> {
    let set = "Puts a model in the list, or changes it. Seen everywhere within a minute.";
    vec![
        operation("GET", "/api/models", "listModels", MODELS, "The models that one may ask.")
            .json::<ModelsForMe>(200, "What each can do, and its price."),
        operation("GET", "/api/admin/models", "listModelRoutes", MODELS, "Every model with its routes.")
            .json::<ModelList>(200, "All of them."),
        operation("PUT", "/api/admin/models/{name}", "setModel", MODELS, set)
            .hole("name", model_name(), "What conversations call it.")
            .takes::<SetModel>()
            .json::<Model>(200, "The model as it is now.")
            .fails(&[409]),
        operation("DELETE", "/api/admin/models/{name}", "deleteModel", MODELS, "Takes a model out of the list.")
            .hole("name", model_name(), "What conversations call it.")
            .empty(204, "It is in no list."),
    ]
}
