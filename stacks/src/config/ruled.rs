//! Which rule it is that a value breaks which is refused: for `ragctl explain`.

/// The rule about the values of a field; `problem` is what is wrong with this one.
pub(super) fn rule_of(path: &[&str], problem: &str) -> Option<&'static str> {
    match path {
        ["stack"] => Some("LB12"),
        ["service", "cpu" | "memory"] => Some("FG01"),
        ["service", "ephemeral_storage"] => Some("FG04"),
        ["service", "stop_timeout"] => Some("LB05"),
        ["health_check", _] => Some("HC02"),
        ["load_balancer", "health_check", "matcher"] => Some("HC09"),
        ["load_balancer", "health_check", "path"] => None,
        ["load_balancer", "health_check", _] => Some("HC06"),
        ["strategies", "keepalive", "schedule"] => Some("KA04"),
        ["autoscaling", "minimum"] if problem == "cannot be 0" => Some("AS03"),
        ["logs", "retention"] => Some("LG03"),
        _ => None,
    }
}
