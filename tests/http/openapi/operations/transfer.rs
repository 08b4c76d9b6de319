//! Search, import, export and links.

use edgewise::bounds::{DEFAULT_SEARCH_PAGE, MAX_SEARCH_PAGE};
use edgewise_domain::search::MAX_WORDS_BYTES;
use edgewise_protocol::api::{CreateShare, ImportFile, ImportReport, NewShare, SearchPage, ShareList};
use serde_json::json;

use super::{
    super::{
        operation::{Operation, operation},
        schemas::Schemas,
    },
    TRANSFER, id, page, text,
};

pub fn operations() -> Vec<Operation> {
    let on = |method, path, id_, summary| {
        operation(method, path, id_, TRANSFER, summary).hole("id", id(), "The conversation's.").fails(&[404])
    };
    let words = json!({"type": "string", "minLength": 1, "maxLength": MAX_WORDS_BYTES, "pattern": "[A-Za-z0-9]"});
    let kinds = json!({"type": "string", "enum": ["json", "markdown", "html"], "default": "json"});
    let find = operation("GET", "/api/search", "search", TRANSFER, "Messages that hold all of the words.");
    vec![
        page(find, MAX_SEARCH_PAGE, DEFAULT_SEARCH_PAGE)
            .query("q", words, "Words, `begin*` and `\"phrases\"`. Bytes count, and a letter of any script will do.")
            .query("project", id(), "Those of this project, and not one's own.")
            .json::<SearchPage>(200, "A page, the best first.")
            .fails(&[404]),
        operation("POST", "/api/import", "importConversations", TRANSFER, "Takes in what another platform exported.")
            .takes_chat::<ImportFile>()
            .json::<ImportReport>(200, "What became of each conversation."),
        on("GET", "/api/chat/conversations/{id}/export", "exportConversation", "It as a file.")
            .query("format", kinds, "JSON has the whole tree, the others the current branch.")
            .json_by(200, "A stream; one that breaks off ends without its end.", Schemas::exported)
            .text(200, "A stream; one that breaks off ends without its end.", "text/markdown")
            .text(200, "A stream; one that breaks off ends without its end.", "text/html")
            .fails(&[422]),
        on("GET", "/api/chat/conversations/{id}/shares", "listShares", "Its links that are good.")
            .json::<ShareList>(200, "The newest first."),
        on("POST", "/api/chat/conversations/{id}/shares", "createShare", "A link by which anybody may read it.")
            .takes::<CreateShare>()
            .json::<NewShare>(201, "The only time that its address is told.")
            .fails(&[409]),
        on("DELETE", "/api/chat/conversations/{id}/shares/{share}", "revokeShare", "Ends a link.")
            .hole("share", id(), "The link's.")
            .empty(204, "It leads nowhere any more."),
        operation("GET", "/share/{token}", "showShare", TRANSFER, "The page that a link leads to.")
            .hole("token", text(), "The link's secret.")
            .text(200, "The conversation.", "text/html")
            .tagged()
            .fails(&[404]),
    ]
}
