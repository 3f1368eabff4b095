use super::*;
use crate::{Distribution, Series};

fn report() -> Report {
    let series = vec![Series { name: "a & b".to_owned(), seconds: vec![0.2, 0.4] }];
    let figure =
        Distribution { title: "Latency <1>".to_owned(), series, ..Distribution::default() };
    let table = Table {
        caption: "Of <all>".to_owned(),
        columns: vec![Column::Words("what".to_owned()), Column::Number("s".to_owned())],
        rows: vec![
            vec!["<b>bold</b>".to_owned(), "1.20".to_owned()],
            vec!["plain".to_owned(), "0.30".to_owned()],
        ],
        marked: vec![1],
    };
    Report {
        title: "</title><script>alert(1)</script>".to_owned(),
        lead: "First.\n\nSecond & last.".to_owned(),
        summary: vec![Summary { figure: "<1 s".to_owned(), meaning: "p95".to_owned() }],
        sections: vec![Section {
            heading: "Latency > 0".to_owned(),
            blocks: vec![
                Block::Text("Words.".to_owned()),
                Block::Chart(Box::new(figure)),
                Block::Table(table),
            ],
        }],
        foot: "Made \"here\"".to_owned(),
    }
}

#[test]
fn all_of_a_report_is_there_and_escaped() {
    let html = report().html();
    for words in [
        "<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>",
        "<p>First.</p>\n<p>Second &amp; last.</p>",
        "<dt>p95</dt><dd>&lt;1 s</dd>",
        "<h2>Latency &gt; 0</h2>",
        "<p>Words.</p>",
        "<caption>Of &lt;all&gt;</caption>",
        "<tr><th scope=\"row\">&lt;b&gt;bold&lt;/b&gt;</th><td class=\"number\">1.20</td></tr>",
        "<tr class=\"marked\">",
        "<p>Made &quot;here&quot;</p>",
    ] {
        assert!(html.contains(words), "{words}\n{html}");
    }
    assert!(!html.contains("<script"), "{html}");
    assert_eq!(html.matches("<svg ").count(), 2, "for screens and for phones");
}

#[test]
fn a_report_names_nothing_from_elsewhere() {
    let html = report().html();
    let named = html.replace("http://www.w3.org/2000/svg", "");
    for elsewhere in ["http:", "https:", "src=", "url(", "@import"] {
        assert!(!named.contains(elsewhere), "{elsewhere}\n{html}");
    }
}

#[test]
fn an_empty_report_is_a_page_with_a_title() {
    let html = Report { title: "Nothing".to_owned(), ..Report::default() }.html();
    assert!(html.contains("<h1>Nothing</h1>\n</header>\n<main>\n</main>\n</body>"), "{html}");
}
