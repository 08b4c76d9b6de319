//! What is read of a page.

use proptest::prelude::*;

use super::*;

/// As the runtime would, for the addresses of these tests.
fn resolve(href: &str) -> Option<Parts> {
    let (scheme, rest) = href.split_once(':').unwrap_or(("https", ""));
    let full =
        if rest.is_empty() { format!("https://a.example/{}", href.trim_start_matches('/')) } else { href.to_owned() };
    let (has_credentials, host, port) = (false, String::new(), None);
    Some(Parts { href: full, scheme: scheme.to_owned(), has_credentials, host, port })
}

#[track_caller]
fn check(page: &str, expected: &str) {
    assert_eq!(read(page, &resolve).1, expected, "{page}");
}

#[test]
fn text_is_folded_and_blocks_stand_apart() {
    check("", "");
    check("  a \n\n b<b>c</b> <i>d</i>e ", "a bc de");
    check("<p>one<p>two</p>three<div>four</div>", "one\n\ntwo\n\nthree\n\nfour");
    check("a<br>b<br/>c", "a\nb\nc");
    check("a<hr>b", "a\n\n---\n\nb");
    check("<h1>Big</h1>text<h3> small <em>er</em></h3>", "# Big\n\ntext\n\n### small er");
    check("<blockquote>a<p>b</blockquote>c", "> a\n>\n> b\n\nc");
    check(
        "caf&eacute; &lt;b&gt; &amp;amp; &#8364; &#x1F600; &nbsp;x &copy 1 &unknown;",
        "café <b> &amp; € 😀 x © 1 &unknown;",
    );
}

#[test]
fn lists_links_code_and_tables_stay_readable() {
    check("<ul><li>a<li>b <b>c</b></li></ul>d", "- a\n- b c\n\nd");
    check("<ol><li>a</li><li>b<ul><li>c</li></ul></li><li>d</ol>", "1. a\n2. b\n  - c\n3. d");
    check("<ul><li></li><li> </li><li>a</li></ul>", "- a");
    check("<ul><li><p>a</p><p>b</p></li></ul>", "- a\n\n  b");
    check("see <a href='/x'>this <b>page</b></a>.", "see [this page](https://a.example/x).");
    check(
        "<a href='#top'>up</a> <a href='javascript:alert(1)'>run</a> <a href='mailto:a@b'>mail</a> <a>none</a>",
        "up run mail none",
    );
    check("<a href=x></a><a href=y> </a>z", "z");
    check("<a href=x>one<a href=y>two</a>", "[one](https://a.example/x)[two](https://a.example/y)");
    check("run <code>a &lt; b</code> now", "run `a < b` now");
    check("<pre>\n  a\n    <b>b</b> &amp;\n</pre>c", "```\n  a\n    b &\n```\n\nc");
    check("<pre><code>x</code></pre>", "```\nx\n```");
    check(
        "<table><tr><th>n<th>v</tr><tr><td>a|b</td><td><p>1</p><p>2</p></td></tr></table>after",
        "| n | v |\n|---|---|\n| a\\|b | 1 2 |\n\nafter",
    );
    check(
        "<table><tr><td><table><tr><td>in</td><td>ner</td></tr></table></td><td>x</td></tr></table>",
        "| in ner | x |\n|---|---|",
    );
}

#[test]
fn what_nobody_sees_is_gone() {
    for hidden in [
        "<script>x</script>",
        "<script>if (a < b) '</p>'</script>",
        "<style>x</style>",
        "<template>x<p>x</p></template>",
        "<noscript>x</noscript>",
        "<!-- x -->",
        "<svg><text>x</text><svg>x</svg></svg>",
        "<iframe>x</iframe>",
        "<nav>x<nav>x</nav>x</nav>",
        "<header>x</header>",
        "<footer>x</footer>",
        "<div hidden>x<div>x</div>x</div>",
        "<div hidden='until-found'>x</div>",
        "<span aria-hidden=true>x</span>",
        "<p style='color:red; DISPLAY : none'>x</p>",
        "<p style='visibility:hidden'>x",
        "<div role=navigation>x</div>",
        "<select><option>x</select>",
        "<button>x</button>",
        "<textarea><b>x</textarea>",
        "<input value=x><img alt=x src=x>",
    ] {
        check(&format!("<p>a</p>{hidden}<p>b</p>"), "a\n\nb");
    }
    check("<svg/>a<input hidden>b<span aria-hidden=false>c</span>", "abc");
    check("<body hidden style='display:none'>a", "a");
    check("a\u{0}b\u{E0041}c", "abc");
}

#[test]
fn the_title_is_the_first_and_no_text() {
    let title = |page: &str| read(page, &resolve).0;
    assert_eq!(
        title("<title> A &amp;\n B </title><svg><title>no</title></svg><title>two</title>x").as_deref(),
        Some("A & B")
    );
    assert_eq!(title("<title></title>"), None);
    assert_eq!(title("x"), None);
    assert_eq!(title(&format!("<title>{}", "ä".repeat(2_000))).unwrap().chars().count(), 300);
    check("<title>T</title>x", "x");
}

#[test]
fn the_main_part_is_read_if_there_is_one() {
    let long = "word ".repeat(60);
    check(&format!("menu<main><header>by</header>{long}</main>end"), format!("by\n\n{long}").trim());
    check(&format!("menu<div role=main><div>{long}</div></div>end"), long.trim());
    check(&format!("x<article>{long}</article>y<article>two</article>z"), format!("{}\n\ntwo", long.trim()).as_str());
    check("menu<main>short</main>end", "menu\n\nshort\n\nend");
}

/// With a clock of the machine's own: that time grows with the page and not with its square is what is tested.
#[test]
#[allow(clippy::disallowed_methods)]
fn a_long_page_is_cut_and_a_strange_one_ends_in_time() {
    let (_, text, full) = read(&"<p>ä".repeat(100_000), &resolve);
    assert!(full && text.len() <= MAX_TEXT_BYTES && text.len() > MAX_TEXT_BYTES - 4);
    let most = 2 * 1024 * 1024;
    for piece in [
        "<div>",
        "<b>",
        "<a href=x>",
        "<ul><li>",
        "<table><tr><td>",
        "<blockquote>",
        "<pre>",
        "<p hidden>",
        "<svg>",
        "</p>",
        "<",
        "&",
        "&#",
        "&nbsp",
        "<!--",
        "<!-",
        "<![CDATA[",
        "<a a",
        "<a b=",
        "<script>",
        "<title>",
        "</",
        "<code>",
        "<main>",
        "<td>",
        "\u{0}",
    ] {
        let begun = std::time::Instant::now();
        let (_, text, _) = read(&piece.repeat(most / piece.len()), &resolve);
        assert!(text.len() <= MAX_TEXT_BYTES);
        // Half a second at worst when built for tests; anything that grows with the square takes minutes.
        assert!(begun.elapsed().as_secs() < 20, "{piece}: {:?}", begun.elapsed());
    }
}

proptest! {
    #[test]
    fn no_page_breaks_it(pieces in prop::collection::vec(prop_oneof![
        "[ -~äß\n]{0,8}",
        "</?(a|p|ul|ol|li|pre|code|table|tr|td|main|article|svg|title|script|blockquote|h1|div)( hidden| href=x)?/?>",
        "[<>/!&;-]{1,4}",
    ], 0..60)) {
        let page = pieces.concat();
        let (title, text, full) = read(&page, &resolve);
        prop_assert!(!full);
        prop_assert!(title.is_none_or(|title| title.len() <= page.len()));
        // Marks, links and tables add to what was said, by a bounded measure.
        prop_assert!(text.len() <= 40 * page.len());
    }
}
