//! `/api/tools`: the tools that answers may use.

use axum::{Json, extract::State};
use edgewise_domain::tools::Tool;
use edgewise_protocol::{
    api::{Scope, ToolForMe, ToolsForMe},
    limit::Class,
};

use crate::{
    app::{App, AppPorts},
    error::Answer,
    extract::caller::Asking,
};

/// `GET /api/tools`
pub async fn list<P: AppPorts>(State(app): State<App<P>>, asking: Asking) -> Answer<Json<ToolsForMe>> {
    asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let settings = &app.config.tools;
    let shown = |tool: Tool| ToolForMe {
        name: tool.name().to_owned(),
        title: tool.title().to_owned(),
        description: tool.description().to_owned(),
        asks: tool.may_ask() || settings.ask_first.contains(&tool),
        enabled: settings.enabled.contains(&tool),
    };
    Ok(Json(ToolsForMe { tools: Tool::ALL.map(shown).into() }))
}
