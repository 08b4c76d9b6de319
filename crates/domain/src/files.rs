//! Files that people send: what they are, what they say, where they rest, and what of them a model is shown.

pub mod form;
pub mod inspect;
pub mod intake;
pub mod kind;
pub mod range;
pub mod records;
pub mod shown;
pub mod sweep;
pub mod text;

/// Parts of an upload, all but the last. R2 takes none that is smaller, and a Worker holds one at a time.
pub const PART_BYTES: u64 = 5 * 1024 * 1024;
/// As long as file systems let one be.
pub const MAX_NAME_CHARS: usize = 255;
pub const MAX_MEDIA_TYPE_CHARS: usize = 100;
/// Uploads of one person that may be under way.
pub const MAX_PENDING: u64 = 100;
/// Files of one message.
pub const MAX_FILES: usize = 10;

/// A name as it is kept: without the folders that it may stand in, and without what nobody can see.
pub fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen =
        |c: &char| !c.is_control() && !matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
    last.chars().filter(seen).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_folders_and_what_nobody_sees() {
        for (name, expected) in [
            ("a.txt", "a.txt"),
            ("../../etc/passwd", "passwd"),
            ("C:\\docs\\Übung 1.pdf", "Übung 1.pdf"),
            ("evil\u{202E}fdp.exe", "evilfdp.exe"),
            ("a\r\nb\u{0}", "ab"),
            ("dir/", ""),
        ] {
            assert_eq!(clean_name(name), expected, "{name:?}");
        }
    }
}
