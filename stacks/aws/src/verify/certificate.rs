//! Whether the certificate that the file names can be shown to clients.

use aws_sdk_acm::types::{CertificateDetail, CertificateStatus};

use super::{
    Subject,
    finding::{Finding, Findings, list},
};
use crate::call::{OrAbsent, call};

/// Asks for the certificate, and compares it with the stack.
pub(super) async fn check(subject: Subject<'_>) -> Vec<Finding> {
    let mut found = Findings::of("certificate");
    let balancer = &subject.stack.load_balancer;
    let Some(arn) = balancer.certificate.as_ref().map(|it| it.as_str()) else {
        found.skipped("the file names none");
        return found.done();
    };
    let region = subject.aws.names.region();
    let lies_in = arn.split(':').nth(3).unwrap_or_default();
    if lies_in != region {
        found.failed(
            format!("it lies in {lies_in}, and a load balancer in {region} needs one of {region}"),
            request(region, balancer.domain.as_ref().map(|it| it.as_str())),
        );
        return found.done();
    }
    let asked = subject.aws.clients.acm.describe_certificate().certificate_arn(arn).send();
    let answer = call("acm DescribeCertificate", asked).await;
    match answer.or_absent(&["ResourceNotFoundException"]) {
        Ok(answer) => match answer.and_then(|it| it.certificate) {
            Some(certificate) => judge(subject, &mut found, &certificate),
            None => found.failed(
                format!("{arn} is not there"),
                format!("`aws acm list-certificates --region {region}` lists those that are"),
            ),
        },
        Err(refusal) => found.unanswered(&refusal.into()),
    }
    found.done()
}

fn judge(subject: Subject<'_>, found: &mut Findings, certificate: &CertificateDetail) {
    let region = subject.aws.names.region();
    let mut names: Vec<&str> =
        certificate.subject_alternative_names().iter().map(String::as_str).collect();
    names.extend(certificate.domain_name().filter(|it| !names.contains(it)));
    match certificate.status() {
        Some(CertificateStatus::Issued) => {}
        Some(CertificateStatus::PendingValidation) => found.failed(
            format!("the one for {} is not issued yet: PENDING_VALIDATION", list(&names)),
            validation(certificate),
        ),
        status => found.failed(
            format!(
                "the one for {} cannot be used: {}",
                list(&names),
                status.map_or("no status", |it| it.as_str())
            ),
            request(region, names.first().copied()),
        ),
    }
    let domain = subject.stack.load_balancer.domain.as_ref().map(|it| it.as_str());
    if let Some(domain) = domain
        && !names.iter().any(|name| covers(name, domain))
    {
        found.failed(
            format!("it is for {}, and clients use {domain}", list(&names)),
            format!("{}, or correct `load_balancer: {{domain: …}}`", request(region, Some(domain))),
        );
    }
    if found.is_empty() {
        found.passed(format!("issued for {}", list(&names)));
    }
}

fn request(region: &str, domain: Option<&str>) -> String {
    let domain = domain.unwrap_or("NAME");
    format!(
        "`aws acm request-certificate --region {region} --domain-name {domain} --validation-method DNS` asks for one"
    )
}

/// The record by which the domain's owner proves to be that.
fn validation(certificate: &CertificateDetail) -> String {
    let options = certificate.domain_validation_options().iter();
    let record = options.filter_map(|it| it.resource_record()).next();
    match record {
        Some(record) => {
            format!("add this record to its DNS: {} CNAME {}", record.name(), record.value())
        }
        None => format!(
            "`aws acm describe-certificate --certificate-arn {}` shows the record that its DNS lacks",
            certificate.certificate_arn().unwrap_or_default()
        ),
    }
}

/// Whether a certificate for `name` is one for `domain`: a `*` stands for exactly one label.
///
/// Source: <https://docs.aws.amazon.com/acm/latest/userguide/acm-concepts.html#concept-wc>
fn covers(name: &str, domain: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(parent) => domain
            .split_once('.')
            .is_some_and(|(label, rest)| !label.is_empty() && rest.eq_ignore_ascii_case(parent)),
        None => name.eq_ignore_ascii_case(domain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_label() {
        for (name, domain, covered) in [
            ("a.example.com", "a.example.com", true),
            ("A.example.com", "a.example.com", true),
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "a.b.example.com", false),
            ("*.example.com", "example.com", false),
            ("b.example.com", "a.example.com", false),
        ] {
            assert_eq!(covers(name, domain), covered, "{name} {domain}");
        }
    }
}
