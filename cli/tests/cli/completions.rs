use crate::sandbox::Sandbox;

#[test]
fn shells_learn_the_commands_and_not_the_hidden_ones() {
    let sandbox = Sandbox::empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = sandbox.run(&["completions", shell]);
        assert_eq!(ran.code, 0);
        assert!(ran.stdout.contains("strategy"), "{shell}");
    }
    assert_eq!(sandbox.run(&["completions", "tcsh"]).code, 64);
}
