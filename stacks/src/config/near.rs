//! What was meant by a word that nothing has.

use std::sync::LazyLock;

use super::de::one_of;
use super::schema;

/// The word among those known that is most like another, if any is.
pub(crate) fn word<'k>(written: &str, known: &[&'k str]) -> Option<&'k str> {
    let plain = plainly(written);
    let distance = |word: &&&str| strsim::damerau_levenshtein(&plain, &plainly(word));
    let nearest = known.iter().min_by_key(distance)?;
    let most = (plain.chars().count() / 3).max(1);
    (distance(&nearest) <= most).then_some(nearest)
}

/// A word without the differences that people care least about: `maxAsync` is `max_async`.
fn plainly(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

/// The label and the remedy for a key that no field has.
pub(super) fn field(path: &[&str], known: &[&str]) -> (String, String) {
    let Some((key, above)) = path.split_last() else { return Default::default() };
    let mut known = known.to_vec();
    if above.is_empty() {
        known.push("environments");
    }
    if let Some(meant) = word(key, &known) {
        return (format!("did you mean `{meant}`?"), format!("write `{meant}:`"));
    }
    let elsewhere = FIELDS.iter().filter(|field| field.last().is_some_and(|last| last == key));
    let owners: Vec<String> = elsewhere.map(|it| it[..it.len() - 1].join(".")).collect();
    let help = match owners.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [""] => format!("write `{key}:` at the left margin"),
        [owner] => format!("move it beneath `{owner}:`"),
        [one, other] if !one.is_empty() && !other.is_empty() => {
            format!("move it beneath `{one}:` or `{other}:`")
        }
        _ => format!("its fields are {}", listed(&known)),
    };
    ("not a field of this".to_owned(), help)
}

fn listed(known: &[&str]) -> String {
    let one_of = one_of(known);
    one_of.strip_prefix("one of ").unwrap_or(&one_of).to_owned()
}

/// Every field of a stack file, by its path.
static FIELDS: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| schema::paths(&schema::of_file()));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_a_far_one_is_not() {
        let known = ["port", "max_async", "stop_timeout"];
        assert_eq!(word("prot", &known), Some("port"));
        assert_eq!(word("maxAsync", &known), Some("max_async"));
        assert_eq!(word("stop-timeout", &known), Some("stop_timeout"));
        assert_eq!(word("replicas", &known), None);
        assert_eq!(word("", &known), None);
    }

    #[test]
    fn a_field_of_another_section_is_sent_there() {
        let (_, help) = field(&["desired", "memory"], &["port"]);
        assert_eq!(help, "move it beneath `lambda:` or `service:`");
        let (_, help) = field(&["desired", "cpu_count", "ephemeral_storage"], &["port"]);
        assert_eq!(help, "move it beneath `service:`");
        let (_, help) = field(&["service", "strategies"], &["port"]);
        assert_eq!(help, "write `strategies:` at the left margin");
    }
}
