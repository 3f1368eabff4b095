//! Where settings come from: the environment of the process, and a file for what is not there.

use std::{collections::HashMap, fs, path::Path};

use super::WrongSettings;

/// The environment of this process, over the lines of a file such as LightRAG's `.env`.
#[derive(Debug, Default)]
pub struct Environment {
    of_file: HashMap<String, String>,
}

impl Environment {
    /// Reads `file`, if there is one.
    ///
    /// # Errors
    ///
    /// [`WrongSettings`] with each line that cannot be read. It shows no value, for that may be a secret.
    pub fn read(file: Option<&Path>) -> Result<Self, WrongSettings> {
        let Some(path) = file else { return Ok(Self::default()) };
        let named = path.display();
        let text = fs::read_to_string(path)
            .map_err(|error| WrongSettings(vec![format!("{named} cannot be read: {error}")]))?;
        let text = text.trim_start_matches('\u{feff}');
        let (mut of_file, mut wrong) = (HashMap::new(), Vec::new());
        // What is read has no number: its line is looked for after the one before.
        let mut lines = text.lines().zip(1..);
        for read in dotenvy::Iter::new(text.as_bytes()) {
            match read {
                // As in a shell, the last of several counts.
                Ok((name, value)) => {
                    lines.by_ref().find(|(line, _)| name_in(line) == Some(&name));
                    of_file.insert(name, value);
                }
                Err(dotenvy::Error::LineParse(part, _)) => {
                    let begins = part.lines().next().unwrap_or_default();
                    let found = lines.by_ref().find(|(line, _)| line.contains(begins));
                    let (line, number) = found.unwrap_or_default();
                    wrong.push(format!(
                        "{named}:{number}: {} cannot be read: write NAME=value, and the value between ' and ' when \
                         it has blanks, quotes, # or $",
                        name_in(line).unwrap_or("the line")
                    ));
                }
                Err(error) => wrong.push(format!("{named} cannot be read: {error}")),
            }
        }
        if wrong.is_empty() { Ok(Self { of_file }) } else { Err(WrongSettings(wrong)) }
    }

    /// The names of all variables, of the environment and of the file.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        names.chain(self.of_file.keys().cloned())
    }

    /// The value of a variable, in the environment before the file.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().or_else(|| self.of_file.get(name).cloned())
    }
}

/// What a line sets, as far as it says so.
fn name_in(line: &str) -> Option<&str> {
    let name = line.split_once('=')?.0.trim();
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    let is_name =
        !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || "_.".contains(it));
    is_name.then_some(name)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(text: &str) -> Result<Environment, WrongSettings> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        Environment::read(Some(file.path()))
    }

    #[test]
    fn a_file_sets_what_the_environment_does_not() {
        let text = "### Server\nRAG_TEST_MODEL=mine # and no other\nexport RAG_TEST_TITLE='My Graph'\n\
                    RAG_TEST_KINDS='[\"Person\", \"Place\"]'\n# RAG_TEST_OFF=1\nPATH=/nowhere\n\
                    RAG_TEST_MODEL=\"the last\"\n";
        let environment = read(text).unwrap();
        let get = |name| environment.get(name).unwrap_or_default();
        assert_eq!(get("RAG_TEST_MODEL"), "the last");
        assert_eq!(get("RAG_TEST_TITLE"), "My Graph");
        assert_eq!(get("RAG_TEST_KINDS"), r#"["Person", "Place"]"#);
        assert_eq!(environment.get("RAG_TEST_OFF"), None);
        assert_ne!(get("PATH"), "/nowhere");
    }

    #[test]
    fn each_wrong_line_is_told_by_its_number_and_never_shown() {
        let text = "a.b=1\nNOTE='open sesame'\nKEY=open sesame\nsesame\nHOST=::1\n";
        let WrongSettings(told) = read(text).unwrap_err();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains(":3: KEY cannot be read"), "{told:?}");
        assert!(told[1].contains(":4: the line cannot be read"), "{told:?}");
        assert!(!told.concat().contains("sesame"), "{told:?}");
    }

    #[test]
    fn a_file_that_is_not_there_is_told() {
        let WrongSettings(told) = Environment::read(Some(Path::new("/nowhere/.env"))).unwrap_err();
        assert_eq!(told, ["/nowhere/.env cannot be read: No such file or directory (os error 2)"]);
    }
}
