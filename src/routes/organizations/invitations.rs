//! `/api/organizations/{id}/invitations` and `/api/invitations/accept`: how one comes into an organization.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    access::{Delete, Invitations, Own, Write},
    identity::{codes, seals},
    mail::Wording,
    organizations::{NewInvitation, OrganizationFault},
    ports::Organizations,
};
use edgewise_protocol::api::{AcceptInvitation, Invitation, InvitationList, Invite, Organization};
use http::{StatusCode, Uri};

use super::{WHAT, announce, change, failure, named, not_a_guest};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{Hole, JsonBody, caller::Owner, page_origin},
    routes::auth::email,
};

const INVITATION: &str = "Invitation";

/// `GET …/invitations`: those that are open.
pub async fn list<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole(id): Hole,
) -> Answer<Json<InvitationList>> {
    let grant = caller.may(WHAT, Invitations(named(&id, WHAT)?))?;
    let invitations = app.ports.organizations().invitations(grant, app.now_ms()).await.map_err(failure)?;
    Ok(Json(InvitationList { invitations }))
}

/// `POST …/invitations`: a letter with a code, of which we keep the digest alone. Another for the same address makes the
/// one before it worthless, so that it harms nobody to ask twice.
pub async fn create<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole(id): Hole,
    uri: Uri,
    JsonBody(body): JsonBody<Invite>,
) -> Answer<(StatusCode, Json<Invitation>)> {
    let grant = caller.may::<Write, _>(WHAT, Invitations(named(&id, WHAT)?))?;
    let address = email(&body.email)?;
    let code = codes::secret(&app.random());
    let invitation = NewInvitation {
        id: app.new_invitation_id(),
        email: address.as_str().to_owned(),
        email_key: address.key(),
        role: body.role,
        digest: seals::digest(&code),
        letter: app.new_letter_id(),
        wording: Wording::invite(&page_origin(&uri, &app.config), &code),
    };
    let made = app.ports.organizations().invite(grant, &invitation, &change(&app, caller.user())).await;
    Ok((StatusCode::CREATED, Json(made.map_err(failure)?)))
}

/// `DELETE …/invitations/{invitation}`: its code is worth nothing any more.
pub async fn withdraw<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole((id, invitation)): Hole<(String, String)>,
) -> Answer<Response> {
    let grant = caller.may::<Delete, _>(WHAT, Invitations(named(&id, WHAT)?))?;
    let invitation = named(&invitation, INVITATION)?;
    let withdrawn = app.ports.organizations().withdraw(grant, invitation, &change(&app, caller.user())).await;
    withdrawn.map_err(|fault| Failure::organization(fault, INVITATION))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /api/invitations/accept`: for whoever has the address that it was sent to. A second time changes nothing.
pub async fn accept<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    JsonBody(body): JsonBody<AcceptInvitation>,
) -> Answer<Json<Organization>> {
    not_a_guest(&caller)?;
    let grant = caller.may::<Write, _>(WHAT, Own(caller.user()))?;
    let worthless = || failure(OrganizationFault::Worthless);
    let address = caller.profile.email.as_deref().map(email).transpose()?.ok_or_else(worthless)?;
    if !codes::is_secret(&body.code) {
        return Err(worthless());
    }
    let (digest, change) = (seals::digest(&body.code), change(&app, caller.user()));
    let accepted = app.ports.organizations().accept(grant, &digest, &address.key(), &change).await;
    let (organization, untold) = accepted.map_err(failure)?;
    announce(&app, &[untold]).await;
    Ok(Json(organization))
}
