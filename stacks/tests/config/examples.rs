//! Every example in the documents is a file that loads, in each of its environments.

use std::path::Path;

use ragctl_stacks::{config, strategy};

#[test]
fn each_example_loads_in_each_of_its_environments() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file_name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        seen += 1;
        let first = text.lines().next().unwrap_or_default();
        assert_eq!(first, "# yaml-language-server: $schema=ragctl.schema.json", "{file_name}");
        let mistakes = config::check_all(&text, &file_name);
        assert!(mistakes.is_empty(), "{mistakes}");
        let names = config::environments(&text, &file_name).unwrap();
        for environment in names.iter().map(|name| Some(name.as_str())).chain([None]) {
            let stack = config::load(&text, &file_name, environment).unwrap();
            assert!(!strategy::applied(&stack).service_environment().is_empty());
        }
    }
    assert!(seen >= 5, "{seen} examples were found");
}
