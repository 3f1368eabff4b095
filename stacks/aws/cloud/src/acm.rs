//! Certificate Manager: certificates that tests planted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::account::{Here, Region};
use crate::input::{need, text, texts};
use crate::refusal::{Refusal, Reply};
use crate::time::Time;

/// What Certificate Manager holds in a region, as `DescribeCertificate` shows them, by ARN.
#[derive(Debug, Default)]
pub(crate) struct Acm {
    certificates: BTreeMap<String, Value>,
}

impl Acm {
    /// The status of a certificate.
    pub(crate) fn status(&self, arn: &str) -> Option<&str> {
        text(self.certificates.get(arn)?, "Status")
    }
}

impl Region {
    /// Plants a certificate with a status, such as `ISSUED` or `PENDING_VALIDATION`; its ARN.
    pub fn plant_certificate(&mut self, domain: &str, status: &str) -> String {
        let id = self.ids.uuid();
        let arn = self.arn("acm", &format!("certificate/{id}"));
        let certificate = json!({
            "CertificateArn": arn, "DomainName": domain, "SubjectAlternativeNames": [domain],
            "Status": status, "Type": "AMAZON_ISSUED", "KeyAlgorithm": "RSA-2048", "InUseBy": [],
            "CreatedAt": Time::now().seconds(), "DomainValidationOptions": [],
        });
        self.acm.certificates.insert(arn.clone(), certificate);
        arn
    }

    /// Changes a certificate by hand, as `DescribeCertificate` shows it; false without it.
    pub fn edit_certificate(&mut self, arn: &str, change: impl FnOnce(&mut Value)) -> bool {
        self.acm.certificates.get_mut(arn).map(change).is_some()
    }
}

pub(crate) fn answer(here: &mut Here<'_>, action: &str, input: &Value) -> Reply {
    let all = &here.region.acm.certificates;
    match action {
        "DescribeCertificate" => {
            let arn = need(input, "CertificateArn")?;
            all.get(arn).map(|found| json!({"Certificate": found})).ok_or_else(|| {
                let message = format!("Could not find certificate {arn}.");
                Refusal::new("ResourceNotFoundException", message)
            })
        }
        "ListCertificates" => {
            let statuses = texts(input, "CertificateStatuses");
            let fits = |each: &&Value| {
                statuses.is_empty()
                    || text(each, "Status").is_some_and(|is| statuses.iter().any(|s| s == is))
            };
            let all: Vec<&Value> = all.values().filter(fits).collect();
            Ok(json!({"CertificateSummaryList": all}))
        }
        _ => Err(Refusal::not_here("acm", action)),
    }
}
