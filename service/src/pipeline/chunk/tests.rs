//! What a chunk is, by example and by law.

use proptest::prelude::*;

use super::*;

fn sized(text: &str, tokens: usize, overlap: usize) -> Vec<String> {
    cut(text, ChunkSize { tokens, overlap })
}

#[test]
fn a_short_text_is_one_chunk_and_an_empty_one_none() {
    assert_eq!(sized("One. Two.\n", 100, 10), ["One. Two."]);
    assert!(sized(" \n\n", 100, 10).is_empty());
}

#[test]
fn a_chunk_ends_at_a_paragraph_rather_than_at_a_sentence() {
    let text = "One two three. Four five six.\n\nSeven eight nine. Ten eleven twelve.";
    assert_eq!(
        sized(text, 14, 0),
        ["One two three. Four five six.", "Seven eight nine. Ten eleven twelve."]
    );
}

#[test]
fn a_chunk_ends_at_a_sentence_rather_than_at_a_word() {
    let text = "One two three. Four five six. Seven eight nine.";
    assert_eq!(sized(text, 10, 0), ["One two three. Four five six.", "Seven eight nine."]);
}

#[test]
fn each_section_is_a_chunk_headed_by_the_sections_around_it() {
    let long = "Word word word word. ".repeat(4);
    let text = format!("# Guide\n{long}\n## Install\n{long}\n### Linux\n{long}\n## Use\n{long}");
    let chunks = sized(&text, 80, 10);
    let heads: Vec<_> = chunks.iter().map(|chunk| chunk.split("\nWord").next().unwrap()).collect();
    assert_eq!(
        heads,
        ["# Guide", "Guide\n\n## Install", "Guide > Install\n\n### Linux", "Guide\n\n## Use"]
    );
}

#[test]
fn the_second_chunk_of_a_section_says_which_section_it_is() {
    let text = format!("# Guide\n## Install\n{}", "Word word word word. ".repeat(30));
    let chunks = sized(&text, 60, 0);
    assert!(chunks.len() > 2);
    assert!(chunks[0].starts_with("# Guide\n## Install\nWord"), "{}", chunks[0]);
    for chunk in &chunks[1..] {
        assert!(chunk.starts_with("Guide > Install\n\nWord"), "{chunk}");
    }
}

#[test]
fn tiny_sections_share_a_chunk() {
    let text = "# A\nOne.\n# B\nTwo.\n# C\nThree.";
    assert_eq!(sized(text, 200, 0), [text]);
}

#[test]
fn a_heading_is_not_parted_from_its_text() {
    let text = format!("{}\n\n## Next\n{}", "word ".repeat(8), "text ".repeat(10));
    for chunk in sized(&text, 16, 0) {
        assert!(!chunk.ends_with("## Next"), "{chunk:?}");
    }
}

#[test]
fn chunks_of_a_section_overlap_by_whole_sentences() {
    let text = "One one one. Two two two. Three three three. Four four four. Five five five.";
    assert_eq!(
        sized(text, 12, 4),
        [
            "One one one. Two two two. Three three three.",
            "Three three three. Four four four. Five five five."
        ]
    );
}

#[test]
fn code_stays_together_where_it_fits() {
    let code = "```sh\nmake all\n# then\nmake install\n```";
    let text = format!("{}\n\n{code}\n\nAfter.", "Word word word. ".repeat(3));
    assert!(sized(&text, 30, 0).iter().any(|chunk| chunk.contains(code)));
}

#[test]
fn chinese_is_cut_at_its_own_full_stops() {
    let text = "第一句话在这里。第二句话在这里。第三句话在这里。";
    assert_eq!(sized(text, 17, 0), ["第一句话在这里。第二句话在这里。", "第三句话在这里。"]);
}

#[test]
fn a_word_longer_than_a_chunk_is_cut_and_whole() {
    let word = "a1".repeat(300);
    let chunks = sized(&word, 20, 5);
    assert!(chunks.len() > 10);
    assert!(chunks.iter().all(|chunk| tokens(chunk) <= 20));
    let spans = spans(&word, ChunkSize { tokens: 20, overlap: 0 });
    assert_eq!(spans, word);
}

#[test]
fn tokens_are_counted_about_as_word_pieces_are() {
    for (text, pieces) in [
        ("How much holiday do I get each year?", 9),
        ("The service's p95 fell from 62.5 s to 6.2 s (a 10× speed-up).", 28),
        ("冷启动需要大约六十秒，检索系统。", 16),
    ] {
        let count = tokens(text);
        assert!(count.abs_diff(pieces) <= 4, "{text}: {count}, not {pieces}");
    }
}

/// The chunks without overlap, headings and space, put together.
fn spans(text: &str, size: ChunkSize) -> String {
    cut(text, ChunkSize { overlap: 0, ..size }).concat()
}

/// Markdown of all sorts.
fn markdown() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "#{1,6} [a-z]{1,8}( [a-z]{1,8}){0,3}",
        "([A-Za-z]{1,12}[.,]? ){0,20}",
        "- [a-z ]{0,30}",
        "\\| [a-z]{1,5} \\| [0-9]{1,5} \\|",
        "```[a-z]{0,3}",
        "[检索系统。！，]{0,30}",
        "\\PC{0,40}",
        Just(String::new()),
    ];
    proptest::collection::vec(line, 0..40).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_chunk_is_over_the_size(text in markdown(), tokens in 1_usize..80, overlap in 0_usize..40) {
        for chunk in sized(&text, tokens, overlap) {
            prop_assert!(super::tokens(&chunk) <= tokens, "{:?}", chunk);
            prop_assert!(!chunk.trim().is_empty());
        }
    }

    #[test]
    fn every_word_is_in_some_chunk(text in markdown(), tokens in 40_usize..120, overlap in 0_usize..40) {
        let chunks = sized(&text, tokens, overlap);
        let words = text.split_whitespace().filter(|word| word.is_ascii());
        for word in words.filter(|word| super::tokens(word) <= tokens / 2) {
            prop_assert!(chunks.iter().any(|chunk| chunk.contains(word)), "{:?} of {:?}", word, chunks);
        }
    }

    #[test]
    fn letters_stay_in_order_and_complete(text in "([a-z]{1,9}[.!]?[ \\n]|[检索系统。！]){0,120}", tokens in 1_usize..40) {
        let letters = |text: &str| text.split_whitespace().collect::<String>();
        let size = ChunkSize { tokens, overlap: 0 };
        prop_assert_eq!(letters(&spans(&text, size)), letters(&text));
    }

    #[test]
    fn any_text_can_be_cut(text in "(?s).*", tokens in 0_usize..20, overlap in 0_usize..99) {
        let chunks = sized(&text, tokens, overlap);
        prop_assert_eq!(chunks.is_empty(), text.trim().is_empty());
    }

    #[test]
    fn together_texts_have_no_more_tokens_than_apart(one in "(?s).*", other in "(?s).*") {
        let together = super::tokens(&format!("{one}{other}"));
        prop_assert!(together <= super::tokens(&one) + super::tokens(&other));
    }
}

#[test]
fn a_word_of_megabytes_is_read_once() {
    // A file of base64 has such words. Read again for each chunk, this takes a quarter of an hour.
    let word = "x".repeat(10_000_000);
    let began = std::time::Instant::now();
    assert_eq!(sized(&word, 1200, 0).concat().len(), word.len());
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}

#[test]
fn what_is_held_does_not_grow_with_the_text() {
    for part in ["word ", "\n", " ", "x", "检", "line\n", "# title\n", "```\n", "a. "] {
        let mut cutter = Cutter::new(ChunkSize { tokens: 1200, overlap: 100 });
        let part = part.repeat(100_000 / part.len());
        for _ in 0..20 {
            drop(cutter.push(&part));
            assert!(cutter.text.capacity() < 2 * 1024 * 1024, "{}", cutter.text.capacity());
        }
    }
}

proptest! {
    // Each case cuts a hundred kilobytes twice.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_text_that_comes_in_parts_is_cut_as_the_whole(
        text in markdown(),
        long in "(#{1,2} [a-z]{1,5}\n|([a-z]{1,9}[.]? ){1,20}\n?|\n{1,3}|```\n){0,30}",
        parts in proptest::collection::vec(0_usize..80, 1..9),
        tokens in 1_usize..60,
        overlap in 0_usize..30,
    ) {
        // Repeated, so that chunks are sought before the end.
        let text = format!("{text}\n{}", long.repeat(2 * STRIDE / long.len().max(1)));
        let size = ChunkSize { tokens, overlap };
        let mut cutter = Cutter::new(size);
        let (mut chunks, mut rest, mut parts) = (Vec::new(), text.as_str(), parts.iter().cycle());
        while !rest.is_empty() {
            let part = 1 + parts.next().unwrap() * if rest.len() > 500 { 997 } else { 1 };
            let (now, later) = rest.split_at(rest.ceil_char_boundary(part));
            chunks.extend(cutter.push(now));
            rest = later;
        }
        chunks.extend(cutter.finish());
        prop_assert_eq!(chunks, cut(&text, size));
    }
}
