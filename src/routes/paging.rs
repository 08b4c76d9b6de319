//! Pages of lists: where one begins, how long it is, and where the next one begins.

use edgewise_domain::catalogue::{DEFAULT_PAGE, MAX_PAGE, MAX_SEARCH_BYTES, search_fits};

use crate::error::{Answer, Failure};

/// Where a page begins, as `read` understands its cursor; `None`: at the beginning.
pub fn after<T>(cursor: Option<&str>, read: impl FnOnce(&str) -> Option<T>) -> Answer<Option<T>> {
    match cursor {
        None | Some("") => Ok(None),
        Some(text) => read(text).map(Some).ok_or_else(|| Failure::field("cursor", "is not one of ours")),
    }
}

/// How many rows a page has.
pub fn page_limit(asked: Option<u32>) -> Answer<u32> {
    limit_to(asked.unwrap_or(DEFAULT_PAGE), MAX_PAGE)
}

/// As [`page_limit`], with another bound.
pub fn limit_to(limit: u32, most: u32) -> Answer<u32> {
    if (1..=most).contains(&limit) {
        return Ok(limit);
    }
    Err(Failure::field("limit", format!("must be a number from 1 to {most}")))
}

/// The page of rows of which one more than `limit` was read when there are more, and the cursor of the next page.
pub fn cut<T>(mut rows: Vec<T>, limit: u32, cursor: impl FnOnce(&T) -> String) -> (Vec<T>, Option<String>) {
    let limit = limit as usize;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| has_more).map(cursor);
    (rows, next_cursor)
}

/// What a list is searched for; `None`: everything.
pub fn search_words(asked: Option<&str>) -> Answer<Option<String>> {
    let words = asked.map(str::trim).filter(|words| !words.is_empty());
    if words.is_some_and(|words| !search_fits(words)) {
        return Err(Failure::field("q", format!("is too long: at most {MAX_SEARCH_BYTES} bytes")));
    }
    Ok(words.map(str::to_owned))
}
