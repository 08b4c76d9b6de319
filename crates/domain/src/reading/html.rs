//! The main text of an HTML page: what its `main` or its articles say, or else all that a reader would see beside
//! menus. One pass over the tokens; nothing grows with how deep a page nests.

mod tag;

use std::convert::Infallible;

use html5gum::{
    Span, Tokenizer,
    emitters::callback::{CallbackEmitter, CallbackEvent},
};

use super::{MAX_LINKS, MAX_TEXT_BYTES, MAX_TITLE_CHARS, writer::Writer};
use crate::outbound::{MAX_URL_BYTES, Parts};
use tag::{Region, Tag};

/// A `main` that says less than this is a frame for something else.
const MIN_MAIN_BYTES: usize = 200;
type Resolve<'a> = dyn Fn(&str) -> Option<Parts> + 'a;

/// Title and text of `page`, and whether there was more. `resolve` completes the address of a link.
pub fn read(page: &str, resolve: &Resolve<'_>) -> (Option<String>, String, bool) {
    let mut reader = Reader::new(resolve);
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| -> Option<Infallible> {
        reader.hear(event);
        None
    });
    emitter.naively_switch_states(true);
    // It gives nothing, and runs to the end.
    let none = Tokenizer::new_with_emitter(page, emitter).next();
    debug_assert!(none.is_none());
    reader.finish()
}

struct Reader<'a> {
    resolve: &'a Resolve<'a>,
    tag: Option<Tag>,
    hidden: Option<Region>,
    focus: Option<Region>,
    whole: Writer,
    main: Writer,
    title: String,
    is_title: bool,
    /// Where an open link leads.
    link: Option<String>,
    links: usize,
}

impl<'a> Reader<'a> {
    fn new(resolve: &'a Resolve<'a>) -> Self {
        Self {
            resolve,
            tag: None,
            hidden: None,
            focus: None,
            whole: Writer::new(MAX_TEXT_BYTES),
            main: Writer::new(MAX_TEXT_BYTES),
            title: String::new(),
            is_title: false,
            link: None,
            links: 0,
        }
    }

    fn finish(self) -> (Option<String>, String, bool) {
        let words: Vec<_> = self.title.split_whitespace().collect();
        let title: String = words.join(" ").chars().filter(|c| !c.is_control()).take(MAX_TITLE_CHARS).collect();
        let best = if self.main.len() >= MIN_MAIN_BYTES { self.main } else { self.whole };
        let (text, full) = best.finish();
        (Some(title).filter(|title| !title.is_empty()), text, full)
    }

    fn write(&mut self, act: impl Fn(&mut Writer)) {
        act(&mut self.whole);
        if self.focus.is_some() {
            act(&mut self.main);
        }
    }

    fn start(&mut self, tag: Tag, self_closing: bool) {
        let name = tag.name.as_str();
        if let Some(hidden) = &mut self.hidden {
            // A paragraph ends where the next begins.
            if !(name == "p" && hidden.is(name)) {
                return hidden.begins(name);
            }
            self.hidden = None;
        }
        // A header of the whole page is its menu; one of an article says what it is.
        if tag.is_unseen() || (name == "header" && self.focus.is_none()) {
            if !tag.is_empty(self_closing) {
                self.hidden = Some(Region::of(tag.name));
            }
            return;
        }
        self.look_for_main(&tag);
        self.open(tag);
    }

    fn look_for_main(&mut self, tag: &Tag) {
        match &mut self.focus {
            Some(focus) => focus.begins(&tag.name),
            None if matches!(tag.name.as_str(), "main" | "article") || tag.has_role("main") => {
                self.main.block();
                self.focus = Some(Region::of(tag.name.clone()));
            }
            None => {}
        }
    }

    fn open(&mut self, tag: Tag) {
        match tag.name.as_str() {
            "title" => self.is_title = self.title.is_empty(),
            "br" => self.write(Writer::line),
            "hr" => self.write(Writer::rule),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = usize::from(tag.name.bytes().last().unwrap_or(b'1') - b'0');
                self.write(|writer| writer.heading(level));
            }
            "ul" | "menu" => self.write(|writer| writer.open_list(false)),
            "ol" => self.write(|writer| writer.open_list(true)),
            "li" => self.write(Writer::item),
            "blockquote" => self.write(Writer::open_quote),
            "pre" | "listing" | "xmp" => self.write(Writer::open_code_block),
            "code" | "kbd" | "samp" => self.write(Writer::code_mark),
            "table" => self.write(Writer::open_table),
            "tr" => self.write(Writer::open_row),
            "td" | "th" => self.write(Writer::cell),
            "a" => self.open_link(tag.href()),
            name if tag::is_block(name) => self.write(Writer::block),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        if let Some(hidden) = &mut self.hidden {
            if hidden.ends(name) {
                self.hidden = None;
            }
            return;
        }
        match name {
            "title" => self.is_title = false,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.write(Writer::block),
            "ul" | "menu" | "ol" => self.write(Writer::close_list),
            "blockquote" => self.write(Writer::close_quote),
            "pre" | "listing" | "xmp" => self.write(Writer::close_code_block),
            "code" | "kbd" | "samp" => self.write(Writer::code_mark),
            "table" => self.write(Writer::close_table),
            "a" => self.close_link(),
            name if tag::is_block(name) => self.write(Writer::block),
            _ => {}
        }
        if self.focus.as_mut().is_some_and(|focus| focus.ends(name)) {
            self.focus = None;
        }
    }

    fn open_link(&mut self, href: Option<&str>) {
        self.close_link();
        let Some(href) = href.filter(|href| !href.starts_with('#') && self.links < MAX_LINKS) else { return };
        self.links += 1;
        let resolved = (self.resolve)(href).filter(|parts| matches!(parts.scheme.as_str(), "http" | "https"));
        if let Some(parts) = resolved.filter(|parts| parts.href.len() <= MAX_URL_BYTES) {
            self.link = Some(parts.href);
            self.write(Writer::open_link);
        }
    }

    fn close_link(&mut self) {
        if let Some(href) = self.link.take() {
            self.write(|writer| writer.close_link(&href));
        }
    }

    fn text(&mut self, text: &str) {
        if self.is_title {
            let room = (4 * MAX_TITLE_CHARS).saturating_sub(self.title.len());
            self.title.extend(text.chars().take(room));
        } else if self.hidden.is_none() {
            self.write(|writer| writer.text(text));
        }
    }

    fn hear(&mut self, event: CallbackEvent<'_>) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match event {
            CallbackEvent::OpenStartTag { name } => self.tag = Some(Tag::named(text(name))),
            CallbackEvent::AttributeName { name } => {
                if let Some(tag) = &mut self.tag {
                    tag.begin_attribute(text(name));
                }
            }
            CallbackEvent::AttributeValue { value } => {
                if let Some(tag) = &mut self.tag {
                    tag.end_attribute(value);
                }
            }
            CallbackEvent::CloseStartTag { self_closing } => {
                if let Some(tag) = self.tag.take() {
                    self.start(tag, self_closing);
                }
            }
            CallbackEvent::EndTag { name } => self.close(&text(name)),
            CallbackEvent::String { value } => self.text(&text(value)),
            CallbackEvent::Comment { .. } | CallbackEvent::Doctype { .. } | CallbackEvent::Error(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
