//! Names that AWS gives: regions, accounts, ids and ARNs.

use std::fmt;

use super::value::{FromText, ValueError, quoted, text_value};

/// Makes a text that AWS gives a type of its own, so that one cannot stand for another.
macro_rules! aws_id {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $pattern:literal, $is:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromText for $name {
            const EXPECTED: &'static str = $expected;

            fn from_text(text: &str) -> Result<Self, ValueError> {
                let is: fn(&str) -> bool = $is;
                if is(text) {
                    return Ok(Self(text.to_owned()));
                }
                Err(ValueError::new(format!("cannot be {}", quoted(text)), Self::EXPECTED))
            }
        }

        text_value!($name, { "pattern": $pattern });
    };
}

aws_id!(
    /// A region, such as `eu-west-1`.
    Region,
    "a region such as `eu-west-1`",
    "^[a-z]{2}(-[a-z]+)+-[0-9]+$",
    |text| {
        let parts: Vec<&str> = text.split('-').collect();
        let word = |it: &&str| !it.is_empty() && it.chars().all(|c| c.is_ascii_lowercase());
        let number = |it: &str| !it.is_empty() && it.chars().all(|c| c.is_ascii_digit());
        matches!(parts.as_slice(), [first, middle @ .., last]
            if first.len() == 2 && !middle.is_empty() && word(first) && middle.iter().all(word) && number(last))
    }
);
aws_id!(
    /// The number of an account: 12 digits.
    AccountId,
    "an account's number in quotes, 12 digits: `\"123456789012\"`",
    "^[0-9]{12}$",
    |text| text.len() == 12 && text.chars().all(|c| c.is_ascii_digit())
);
aws_id!(
    /// A VPC's id.
    VpcId,
    "a VPC's id such as `vpc-0a1b2c3d`",
    "^vpc-[0-9a-f]+$",
    |text| is_id(text, "vpc-")
);
aws_id!(
    /// A subnet's id.
    SubnetId,
    "a subnet's id such as `subnet-0a1b2c3d`",
    "^subnet-[0-9a-f]+$",
    |text| is_id(text, "subnet-")
);
aws_id!(
    /// A security group's id.
    SecurityGroupId,
    "a security group's id such as `sg-0a1b2c3d`",
    "^sg-[0-9a-f]+$",
    |text| is_id(text, "sg-")
);
aws_id!(
    /// A certificate's ARN in Certificate Manager.
    CertificateArn,
    "a certificate's ARN: `arn:aws:acm:eu-west-1:123456789012:certificate/…`",
    "^arn:[^:]+:acm:[^:]+:[0-9]{12}:certificate/.+$",
    |text| is_arn(text, "acm", "certificate/")
);
aws_id!(
    /// A listener's ARN.
    ListenerArn,
    "a listener's ARN: `arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/…`",
    "^arn:[^:]+:elasticloadbalancing:[^:]+:[0-9]{12}:listener/app/.+$",
    |text| is_arn(text, "elasticloadbalancing", "listener/app/")
);
aws_id!(
    /// A managed policy's ARN.
    PolicyArn,
    "a policy's ARN: `arn:aws:iam::123456789012:policy/…`",
    "^arn:[^:]+:iam::([0-9]{12}|aws):policy/.+$",
    |text| is_arn(text, "iam", "policy/")
);
aws_id!(
    /// A host's name.
    HostName,
    "a host's name such as `answers.example.com`",
    "^[a-z0-9*]([a-z0-9.-]*[a-z0-9])?$",
    |text| {
        let label = |it: &str| {
            !it.is_empty() && it.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '*')
        };
        text.len() <= 128 && text.contains('.') && text.split('.').all(label)
    }
);

fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        (1..=32).contains(&rest.len()) && rest.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
    })
}

fn is_arn(text: &str, service: &str, resource: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let (arn, partition, of, _region, _account, rest) =
        (next(), next(), next(), next(), next(), next());
    let longer = rest.strip_prefix(resource).is_some_and(|rest| !rest.is_empty());
    arn == "arn"
        && partition.starts_with("aws")
        && of == service
        && longer
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_gives_is_told_from_what_it_does_not() {
        for region in ["eu-west-1", "us-gov-east-1", "ap-southeast-3"] {
            assert!(Region::from_text(region).is_ok(), "{region}");
        }
        for region in ["", "eu", "eu-west", "eu_west_1", "EU-WEST-1", "eu-west-1a"] {
            assert!(Region::from_text(region).is_err(), "{region}");
        }
        assert!(
            AccountId::from_text("123456789012").is_ok() && AccountId::from_text("1234").is_err()
        );
        assert!(VpcId::from_text("vpc-0a1f").is_ok() && VpcId::from_text("subnet-0a1f").is_err());
        let certificate = "arn:aws:acm:eu-west-1:123456789012:certificate/12ab";
        assert!(CertificateArn::from_text(certificate).is_ok());
        assert!(ListenerArn::from_text(certificate).is_err());
        assert!(
            HostName::from_text("answers.example.com").is_ok()
                && HostName::from_text("a b").is_err()
        );
    }
}
