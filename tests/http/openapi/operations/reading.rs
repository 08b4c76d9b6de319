//! Pages of the web.

use edgewise_protocol::api::{PageText, ReadPage};

use super::{
    super::operation::{Operation, operation},
    WEB,
};

pub fn operations() -> Vec<Operation> {
    vec![
        operation("POST", "/api/web/read", "readPage", WEB, "The text of a page.")
            .takes::<ReadPage>()
            .json::<PageText>(200, "As it was just now."),
    ]
}
