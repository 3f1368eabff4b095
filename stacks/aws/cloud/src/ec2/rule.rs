//! Rules of security groups, one source each.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::account::ACCOUNT;
use crate::input::{list, text, whole};

/// The kinds of sources: as answers name them, as forms do, and the field that identifies one in
/// either.
const KINDS: [(&str, &str, &str, &str); 4] = [
    ("groups", "Groups", "groupId", "GroupId"),
    ("ipRanges", "IpRanges", "cidrIp", "CidrIp"),
    ("ipv6Ranges", "Ipv6Ranges", "cidrIpv6", "CidrIpv6"),
    ("prefixListIds", "PrefixListIds", "prefixListId", "PrefixListId"),
];

/// The ports from and to; none for all.
type Ports = Option<(i64, i64)>;

/// What may pass: a protocol, its ports, and one source.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    protocol: String,
    ports: Ports,
    kind: &'static str,
    pub(crate) source: String,
    description: Option<String>,
}

impl Rule {
    /// All protocols from or to one source.
    pub(super) fn everything(kind: &'static str, source: &str) -> Self {
        let (protocol, source) = ("-1".into(), source.to_owned());
        Self { protocol, ports: None, kind, source, description: None }
    }

    /// Whether both let the same pass, whatever their descriptions.
    pub(super) fn same(&self, other: &Self) -> bool {
        (&self.protocol, self.ports, self.kind, &self.source)
            == (&other.protocol, other.ports, other.kind, &other.source)
    }

    /// The rules that a call lists, one for each source.
    pub(super) fn read_all(input: &Value) -> Vec<Self> {
        let mut permissions: Vec<Value> = list(input, "IpPermissions").to_vec();
        if let Some(cidr) = text(input, "CidrIp") {
            let mut flat = input.clone();
            crate::input::set(&mut flat, "IpRanges", json!([{"CidrIp": cidr}]));
            permissions.push(flat);
        }
        permissions.iter().flat_map(Self::read).collect()
    }

    fn read(permission: &Value) -> Vec<Self> {
        let protocol = match text(permission, "IpProtocol").unwrap_or("-1") {
            "6" => "tcp",
            "17" => "udp",
            other => other,
        };
        let ports = whole(permission, "FromPort").zip(whole(permission, "ToPort"));
        let ports = ports.filter(|_| protocol != "-1");
        let one = |kind: &'static str, id: &str, source: &Value| Self {
            protocol: protocol.to_owned(),
            ports,
            kind,
            source: text(source, id).unwrap_or_default().to_owned(),
            description: text(source, "Description").map(str::to_owned),
        };
        KINDS
            .iter()
            .flat_map(|(kind, form, _, id)| {
                list(permission, form).iter().map(|source| one(kind, id, source))
            })
            .collect()
    }

    /// How AWS names it in an error.
    pub(super) fn words(&self) -> String {
        let ports = match self.ports {
            Some((from, to)) => format!("{} from port {from} to port {to}", self.protocol),
            None => String::from("ALL"),
        };
        format!("peer: {}, {ports}, ALLOW", self.source)
    }
}

/// Rules as an answer shows them: those with the same ports in one permission.
pub(super) fn shown(rules: &[Rule]) -> Value {
    let mut by_ports: BTreeMap<(&str, Ports), Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        by_ports.entry((&rule.protocol, rule.ports)).or_default().push(rule);
    }
    let permission = |((protocol, ports), rules): ((&str, Ports), Vec<&Rule>)| {
        let mut shown = json!({"ipProtocol": protocol, "fromPort": ports.map(|p| p.0),
                               "toPort": ports.map(|p| p.1)});
        for (kind, _, field, _) in KINDS {
            let sources = rules.iter().filter(|rule| rule.kind == kind).map(|rule| {
                let owner = (kind == "groups").then_some(ACCOUNT);
                json!({field: rule.source, "userId": owner, "description": rule.description})
            });
            crate::input::set(&mut shown, kind, sources.collect::<Value>());
        }
        shown
    };
    by_ports.into_iter().map(permission).collect()
}
