//! Organizations: their members, invitations and projects.

use edgewise_protocol::api::{
    AcceptInvitation, CreateProject, Invitation, InvitationList, Invite, MemberList, NameOrganization, Organization,
    OrganizationList, Project, ProjectList, SetMemberRole, UpdateProject,
};

use super::{
    super::operation::{Operation, operation},
    ORGANIZATIONS, id,
};

fn of(method: &'static str, path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    operation(method, path, id, ORGANIZATIONS, summary)
}

/// The operations on one organization begin like this.
fn on(method: &'static str, path: &'static str, id_: &'static str, summary: &'static str) -> Operation {
    of(method, path, id_, summary).hole("id", id(), "The organization's.").fails(&[404])
}

pub fn operations() -> Vec<Operation> {
    [organizations(), members(), invitations(), projects()].into_iter().flatten().collect()
}

fn organizations() -> Vec<Operation> {
    vec![
        of("GET", "/api/organizations", "listOrganizations", "Those that one is in.")
            .json::<OrganizationList>(200, "All of them."),
        of("POST", "/api/organizations", "createOrganization", "Makes an organization, whose owner one is.")
            .once()
            .takes::<NameOrganization>()
            .json::<Organization>(201, "It is made.")
            .with(201, "Location"),
        on("GET", "/api/organizations/{id}", "getOrganization", "One organization.")
            .json::<Organization>(200, "As it is now."),
        on("PATCH", "/api/organizations/{id}", "updateOrganization", "Changes its name.")
            .takes::<NameOrganization>()
            .json::<Organization>(200, "As it is now."),
        on("DELETE", "/api/organizations/{id}", "deleteOrganization", "Deletes it, with all that is in it.")
            .empty(204, "It is gone, for everybody."),
    ]
}

fn members() -> Vec<Operation> {
    let one = |method, id_, summary| {
        on(method, "/api/organizations/{id}/members/{user}", id_, summary)
            .hole("user", id(), "The member's.")
            .fails(&[409])
    };
    vec![
        on("GET", "/api/organizations/{id}/members", "listMembers", "Who is in it.")
            .json::<MemberList>(200, "All of them."),
        one("PATCH", "setMemberRole", "Changes somebody's role.").takes::<SetMemberRole>().empty(204, "They have it."),
        one("DELETE", "removeMember", "Removes somebody, or leaves.").empty(204, "They are out."),
    ]
}

fn invitations() -> Vec<Operation> {
    vec![
        on("GET", "/api/organizations/{id}/invitations", "listInvitations", "Those that are open.")
            .json::<InvitationList>(200, "All of them."),
        on("POST", "/api/organizations/{id}/invitations", "createInvitation", "Asks somebody in, by a letter.")
            .takes::<Invite>()
            .json::<Invitation>(201, "It is on its way. One for the same address before it is worth nothing.")
            .fails(&[409]),
        on(
            "DELETE",
            "/api/organizations/{id}/invitations/{invitation}",
            "withdrawInvitation",
            "Makes an invitation worthless.",
        )
        .hole("invitation", id(), "The invitation's.")
        .empty(204, "It is worth nothing."),
        of("POST", "/api/invitations/accept", "acceptInvitation", "Comes in, by the code of a letter.")
            .takes::<AcceptInvitation>()
            .json::<Organization>(200, "One is in it now, or was before.")
            .fails(&[409]),
    ]
}

fn projects() -> Vec<Operation> {
    let one = |method, id_, summary| {
        on(method, "/api/organizations/{id}/projects/{project}", id_, summary).hole("project", id(), "The project's.")
    };
    vec![
        on("GET", "/api/organizations/{id}/projects", "listProjects", "The places of its conversations.")
            .json::<ProjectList>(200, "All of them."),
        on("POST", "/api/organizations/{id}/projects", "createProject", "Makes a project.")
            .once()
            .takes::<CreateProject>()
            .json::<Project>(201, "It is made.")
            .with(201, "Location"),
        one("GET", "getProject", "One project.").json::<Project>(200, "As it is now."),
        one("PATCH", "updateProject", "Changes its name.")
            .takes::<UpdateProject>()
            .json::<Project>(200, "As it is now."),
        one("DELETE", "deleteProject", "Deletes a project in which nothing is left.")
            .empty(204, "It is gone.")
            .fails(&[409]),
    ]
}
