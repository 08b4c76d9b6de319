//! Start tags as far as they matter: what they hide, where they lead, and where the element ends.

use crate::outbound::MAX_URL_BYTES;

/// Style attributes are longer in nothing that people write.
const MAX_STYLE_BYTES: usize = 2_000;
const MAX_ROLE_BYTES: usize = 40;
/// What a reader does not see, or does not come for.
const SKIPPED: &[&str] = &[
    "aside", "audio", "button", "canvas", "datalist", "dialog", "embed", "footer", "frameset", "iframe", "map", "math",
    "nav", "noembed", "noframes", "noscript", "object", "script", "select", "style", "svg", "template", "textarea",
    "video",
];
const SKIPPED_ROLES: &[&str] = &["banner", "complementary", "contentinfo", "dialog", "menu", "navigation", "search"];
const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "form",
    "header",
    "hgroup",
    "html",
    "legend",
    "main",
    "p",
    "section",
    "summary",
    "tbody",
    "tfoot",
    "thead",
];

/// Whether an element of this name stands apart.
pub fn is_block(name: &str) -> bool {
    BLOCKS.contains(&name)
}

/// An element that is open, counted by its name: what closes it is the end of as many as were begun.
#[derive(Debug)]
pub struct Region {
    name: String,
    depth: usize,
}

impl Region {
    pub const fn of(name: String) -> Self {
        Self { name, depth: 1 }
    }

    pub fn is(&self, name: &str) -> bool {
        self.name == name
    }

    pub fn begins(&mut self, name: &str) {
        self.depth += usize::from(self.is(name));
    }

    /// Whether the end of a `name` ends the region.
    pub fn ends(&mut self, name: &str) -> bool {
        self.depth -= usize::from(self.is(name));
        self.depth == 0
    }
}

/// A start tag as far as it has been read. Of attributes that come twice, the first counts.
#[derive(Debug, Default)]
pub struct Tag {
    pub name: String,
    attribute: String,
    href: Option<String>,
    role: Option<String>,
    style: Option<String>,
    is_hidden: bool,
    is_aria_hidden: bool,
}

impl Tag {
    pub fn named(name: String) -> Self {
        Self { name, ..Self::default() }
    }

    pub fn href(&self) -> Option<&str> {
        self.href.as_deref()
    }

    pub fn has_role(&self, role: &str) -> bool {
        self.role.as_deref() == Some(role)
    }

    /// Whether nothing stands within the element.
    pub fn is_empty(&self, self_closing: bool) -> bool {
        VOID.contains(&self.name.as_str()) || (self_closing && matches!(self.name.as_str(), "svg" | "math"))
    }

    /// Whether a reader does not see the element, or not for its own sake.
    pub fn is_unseen(&self) -> bool {
        let name = self.name.as_str();
        let style = self.style.as_deref().unwrap_or_default();
        // Nobody hides a whole page for good: a script shows it.
        let is_page = matches!(name, "html" | "body" | "main" | "article");
        let is_styled_away = style.contains("display:none") || style.contains("visibility:hidden");
        let is_beside = SKIPPED_ROLES.iter().any(|role| self.has_role(role));
        SKIPPED.contains(&name) || (!is_page && (self.is_hidden || self.is_aria_hidden || is_beside || is_styled_away))
    }

    pub fn begin_attribute(&mut self, name: String) {
        self.is_hidden |= name == "hidden";
        self.attribute = name;
    }

    pub fn end_attribute(&mut self, value: &[u8]) {
        let read = |most: usize| String::from_utf8_lossy(value.get(..most).unwrap_or(value)).into_owned();
        match self.attribute.as_str() {
            "href" if self.href.is_none() => self.href = Some(read(MAX_URL_BYTES)),
            "role" if self.role.is_none() => self.role = Some(read(MAX_ROLE_BYTES).trim().to_ascii_lowercase()),
            "style" if self.style.is_none() => {
                self.style = Some(read(MAX_STYLE_BYTES).to_ascii_lowercase().split_whitespace().collect());
            }
            "aria-hidden" => self.is_aria_hidden = value.eq_ignore_ascii_case(b"true"),
            _ => {}
        }
    }
}
