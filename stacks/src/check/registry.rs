//! Which rules there are.

use super::{
    cost, deployment, edge, fargate, health, keepalive, lambda, load_balancer, logs, network,
    rule::Rule, scaling, secrets, store,
};

/// Rules about the same thing, whose names begin with the same two letters.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// The two letters.
    pub letters: &'static str,
    /// What they are about.
    pub about: &'static str,
    /// The rules, by their numbers.
    pub rules: &'static [Rule],
}

/// Every family, in the order in which rules are listed and mended.
pub static FAMILIES: [Family; 13] = [
    Family { letters: "FG", about: "Fargate and the image", rules: &fargate::RULES },
    Family { letters: "HC", about: "health checks", rules: &health::RULES },
    Family { letters: "LB", about: "the load balancer", rules: &load_balancer::RULES },
    Family { letters: "AS", about: "how many tasks run", rules: &scaling::RULES },
    Family { letters: "KA", about: "keepalive", rules: &keepalive::RULES },
    Family { letters: "NW", about: "the network", rules: &network::RULES },
    Family { letters: "DP", about: "deployments", rules: &deployment::RULES },
    Family { letters: "ST", about: "documents and models", rules: &store::RULES },
    Family { letters: "LG", about: "logs", rules: &logs::RULES },
    Family { letters: "SE", about: "secrets and permissions", rules: &secrets::RULES },
    Family { letters: "CO", about: "costs", rules: &cost::RULES },
    Family { letters: "ED", about: "the edge", rules: &edge::RULES },
    Family { letters: "LA", about: "Lambda", rules: &lambda::RULES },
];

/// Every rule, in the order of [`FAMILIES`].
pub fn all() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.iter().flat_map(|family| family.rules)
}

/// The rule of this name, in whatever case it is written.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id.eq_ignore_ascii_case(id))
}

/// The rule whose name is most like a word that is none, if one is.
pub fn nearest(word: &str) -> Option<&'static Rule> {
    let word = word.to_ascii_uppercase();
    let distance = |rule: &&Rule| strsim::damerau_levenshtein(rule.id, &word);
    all().min_by_key(distance).filter(|rule| distance(rule) <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_in_the_order_of_their_names_and_have_whole_texts() {
        for family in &FAMILIES {
            let ids: Vec<&str> = family.rules.iter().map(|rule| rule.id).collect();
            assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
            for rule in family.rules {
                let id = rule.id;
                assert!(id.starts_with(family.letters) && id.len() == 4, "{id}");
                assert!(rule.source.starts_with("https://"), "{id}");
                assert!(rule.title.len() <= 72 && !rule.title.ends_with('.'), "{id}");
                assert!(rule.why.ends_with('.') && rule.remedy.ends_with('.'), "{id}");
            }
        }
    }

    #[test]
    fn a_rule_is_found_by_its_name_and_a_slip_by_what_is_near() {
        assert_eq!(find("hc07").map(|rule| rule.id), Some("HC07"));
        assert!(find("HC99").is_none());
        assert_eq!(nearest("HC7").map(|rule| rule.id), Some("HC07"));
        assert_eq!(nearest("LB011").map(|rule| rule.id), Some("LB01"));
        assert!(nearest("idle-timeout").is_none());
    }
}
