//! `/api/models`: the models that one may ask. `/api/admin/models`: who answers for them.
//!
//! A change is seen here at once, elsewhere when KV's caches and the isolates have forgotten the old list.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    config::WORKERS_AI,
    models::{
        builtin,
        list::{BUILTIN, MAX_MODELS, fault},
    },
    ports::Models,
};
use edgewise_protocol::{
    api::{Model, ModelForMe, ModelList, ModelsForMe, SetModel},
    limit::Class,
    timestamp::Timestamp,
};
use http::StatusCode;

use super::flags::change;
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{
        Hole, JsonBody,
        caller::{Admin, Asking},
    },
};

/// `GET /api/models`
pub async fn offered<P: AppPorts>(State(app): State<App<P>>, asking: Asking) -> Answer<Json<ModelsForMe>> {
    asking.admit(&app, Class::General).await?;
    let list = app.models.get(app.ports.cache(), app.ports.models(), app.now_ms()).await;
    let mut models: Vec<ModelForMe> = list.iter().map(shown).collect();
    let default_model = app.config.default_model.clone();
    // One that is in no list is offered all the same: it is what answers.
    if !models.iter().any(|model| model.name == default_model) {
        let title = if default_model == builtin::MODEL { "Offline model".into() } else { default_model.clone() };
        let plain = ModelForMe { name: default_model.clone(), title, abilities: Default::default(), price: None };
        models.insert(0, plain);
    }
    Ok(Json(ModelsForMe { default_model, models }))
}

fn shown(model: &Model) -> ModelForMe {
    ModelForMe {
        name: model.name.clone(),
        title: model.title.clone(),
        abilities: model.abilities.clone(),
        price: model.routes.first().and_then(|first| first.price),
    }
}

/// `GET /api/admin/models`: as they rest, not as they are cached.
pub async fn list<P: AppPorts>(State(app): State<App<P>>, Admin(_): Admin) -> Answer<Json<ModelList>> {
    Ok(Json(ModelList { models: app.ports.models().all().await? }))
}

/// `PUT /api/admin/models/{name}`
pub async fn set<P: AppPorts>(
    State(app): State<App<P>>,
    Admin(caller): Admin,
    Hole(name): Hole,
    JsonBody(body): JsonBody<SetModel>,
) -> Answer<Json<Model>> {
    let knows =
        |provider: &str| [BUILTIN, WORKERS_AI].contains(&provider) || app.config.providers.contains_key(provider);
    if let Some((pointer, detail)) = fault(&name, &body, knows) {
        return Err(Failure::field(&pointer, detail));
    }
    let change = change(&app, caller.user());
    let title = body.title.unwrap_or_else(|| name.clone());
    let updated_at = Timestamp(change.at_ms);
    let model = Model { name, title, abilities: body.abilities, routes: body.routes, updated_at };
    if !app.ports.models().set(&model, &change).await? {
        return Err(Failure::Conflict { detail: format!("There are {MAX_MODELS} models. Delete one first.") });
    }
    renew(&app).await;
    Ok(Json(model))
}

/// `DELETE /api/admin/models/{name}`
pub async fn delete<P: AppPorts>(
    State(app): State<App<P>>,
    Admin(caller): Admin,
    Hole(name): Hole,
) -> Answer<Response> {
    if !app.ports.models().remove(&name, &change(&app, caller.user())).await? {
        return Err(Failure::NotFound { what: "Model" });
    }
    renew(&app).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn renew<P: AppPorts>(app: &App<P>) {
    app.models.renew(app.ports.cache(), app.ports.models(), app.now_ms()).await;
}
