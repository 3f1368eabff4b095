//! What becomes of a message's headers on their way through.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, Version, header, request};

use super::refusal::Refusal;

/// The ALB's limit of a request line and of one header, in bytes; all together are limited to [`HEAD_LIMIT`].
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>
const LINE_LIMIT: usize = 16 * 1024;

/// The ALB's limit of a whole request head, in bytes.
pub(super) const HEAD_LIMIT: usize = 64 * 1024;

/// The ALB's limit of an answer's head, in bytes.
pub(super) const ANSWER_HEAD_LIMIT: usize = 32 * 1024;

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Refuses what no target should see.
pub(super) fn checked(head: &request::Parts) -> Result<(), Refusal> {
    let headers = &head.headers;
    // ` HTTP/1.1` and the two spaces around the target.
    if head.method.as_str().len() + uri_len(&head.uri) + 10 > LINE_LIMIT {
        return Err(Refusal::UriTooLong);
    }
    if let Some((name, _)) = headers.iter().find(|(n, v)| n.as_str().len() + v.len() > LINE_LIMIT) {
        return Err(Refusal::HeaderTooLarge(name.to_string()));
    }
    if head.method == Method::CONNECT {
        return Err(Refusal::BadRequest("CONNECT is not supported"));
    }
    match headers.get_all(header::HOST).iter().count() {
        0 if head.version == Version::HTTP_11 => {
            return Err(Refusal::BadRequest("the header Host is missing"));
        }
        0 | 1 => {}
        _ => return Err(Refusal::BadRequest("the header Host is there more than once")),
    }
    if headers
        .get(header::EXPECT)
        .is_some_and(|it| !it.as_bytes().eq_ignore_ascii_case(b"100-continue"))
    {
        return Err(Refusal::Expectation);
    }
    if wants_upgrade(headers) {
        return Err(Refusal::Upgrade);
    }
    Ok(())
}

fn uri_len(uri: &Uri) -> usize {
    uri.path_and_query().map_or(0, |it| it.as_str().len())
        + uri.authority().map_or(0, |it| it.as_str().len())
}

/// An offer of HTTP/2 is not one: it may be passed over, and some clients make it with every first request.
fn wants_upgrade(headers: &HeaderMap) -> bool {
    let offered = headers.get_all(header::UPGRADE).iter().filter_map(|it| it.to_str().ok());
    let mut offered = offered.flat_map(|it| it.split(',')).map(str::trim).peekable();
    offered.peek().is_some() && offered.any(|it| !it.eq_ignore_ascii_case("h2c"))
}

/// The request's id, or a new one.
pub(super) fn request_id(headers: &HeaderMap) -> HeaderValue {
    headers.get(REQUEST_ID).filter(|id| !id.is_empty()).cloned().unwrap_or_else(|| {
        let id = format!("{:032x}", fastrand::u128(..));
        HeaderValue::from_str(&id).expect("hexadecimal digits make a header")
    })
}

/// Makes a client's headers those that the target gets.
pub(super) fn to_target(
    headers: &mut HeaderMap,
    client: SocketAddr,
    port: u16,
    request_id: &HeaderValue,
) {
    strip_hop_by_hop(headers);
    // The balancer has said `100 Continue` itself.
    headers.remove(header::EXPECT);
    let seen: Vec<_> = headers.get_all(&FORWARDED_FOR).iter().map(HeaderValue::as_bytes).collect();
    let client = client_text(client.ip());
    let forwarded =
        seen.into_iter().chain([client.as_bytes()]).collect::<Vec<_>>().join(&b", "[..]);
    // What came from headers, with an address, a comma and a space added, is a header.
    if let Ok(forwarded) = HeaderValue::from_bytes(&forwarded) {
        headers.insert(FORWARDED_FOR, forwarded);
    }
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
    headers.insert(FORWARDED_PORT, port.into());
    headers.insert(REQUEST_ID, request_id.clone());
}

fn client_text(ip: IpAddr) -> String {
    ip.to_canonical().to_string()
}

/// Makes a target's headers those that the client gets.
pub(super) fn to_client(headers: &mut HeaderMap, request_id: &HeaderValue) {
    strip_hop_by_hop(headers);
    headers.entry(REQUEST_ID).or_insert_with(|| request_id.clone());
}

/// Removes what concerns one connection only: RFC 9110, section 7.6.1.
fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .filter(|name| *name != header::HOST)
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in [
        header::CONNECTION,
        KEEP_ALIVE,
        PROXY_CONNECTION,
        header::PROXY_AUTHENTICATE,
        header::PROXY_AUTHORIZATION,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ] {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
        of.iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    fn head(method: &str, uri: &str, of: &[(&'static str, &str)]) -> request::Parts {
        let mut head =
            http::Request::builder().method(method).uri(uri).body(()).unwrap().into_parts().0;
        head.headers = headers(of);
        head
    }

    #[test]
    fn what_concerns_one_connection_is_not_passed_on() {
        let mut map = headers(&[
            ("connection", "close, X-Mine"),
            ("connection", "keep-alive, host"),
            ("x-mine", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("proxy-authorization", "Basic x"),
            ("host", "example.org"),
            ("accept", "*/*"),
        ]);
        strip_hop_by_hop(&mut map);
        let mut left: Vec<_> = map.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["accept", "host"]);
    }

    #[test]
    fn the_target_learns_who_asked() {
        let mut map = headers(&[("x-forwarded-for", "10.0.0.1"), ("x-forwarded-for", "10.0.0.2")]);
        to_target(
            &mut map,
            "127.0.0.1:5000".parse().unwrap(),
            8080,
            &HeaderValue::from_static("r1"),
        );
        assert_eq!(map["x-forwarded-for"], "10.0.0.1, 10.0.0.2, 127.0.0.1");
        assert_eq!(map["x-forwarded-proto"], "http");
        assert_eq!(map["x-forwarded-port"], "8080");
        assert_eq!(map["x-request-id"], "r1");
    }

    #[test]
    fn a_request_without_an_id_gets_one_and_one_with_an_id_keeps_it() {
        assert_eq!(request_id(&headers(&[("x-request-id", "mine")])), "mine");
        let made = request_id(&HeaderMap::new());
        assert_eq!(made.len(), 32);
        assert_ne!(made, request_id(&headers(&[("x-request-id", "")])));
    }

    #[test]
    fn requests_that_no_target_should_see_are_refused() {
        let long = format!("/{}", "a".repeat(LINE_LIMIT));
        let wide = "a".repeat(LINE_LIMIT);
        let cases = [
            (head("GET", "/", &[("host", "a")]), None),
            (head("GET", "/", &[]), Some(400)),
            (head("GET", "/", &[("host", "a"), ("host", "b")]), Some(400)),
            (head("CONNECT", "a:1", &[("host", "a")]), Some(400)),
            (head("GET", &long, &[("host", "a")]), Some(414)),
            (head("GET", "/", &[("host", "a"), ("x-wide", &wide)]), Some(431)),
            (head("POST", "/", &[("host", "a"), ("expect", "100-Continue")]), None),
            (head("POST", "/", &[("host", "a"), ("expect", "a-miracle")]), Some(417)),
            (head("GET", "/", &[("host", "a"), ("upgrade", "websocket")]), Some(501)),
            (head("GET", "/", &[("host", "a"), ("upgrade", "h2c")]), None),
            (head("GET", "/", &[("host", "a"), ("upgrade", "h2c, websocket")]), Some(501)),
        ];
        for (head, status) in cases {
            let found = checked(&head).err().map(|refusal| refusal.status().as_u16());
            assert_eq!(found, status, "{} {:?}", head.uri, head.headers.keys());
        }
    }
}
