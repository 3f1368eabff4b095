use reqwest::{
    StatusCode,
    multipart::{Form, Part},
};

use crate::service::{Answer, Service, answer};

async fn upload(
    service: &Service,
    field: &'static str,
    name: &'static str,
    bytes: &[u8],
) -> Answer {
    let form = Form::new().part(field, Part::bytes(bytes.to_vec()).file_name(name));
    let url = format!("{}/documents/upload", service.url);
    answer(service.client.post(url).multipart(form)).await
}

#[tokio::test]
async fn a_file_is_kept_under_its_own_name() {
    let service = Service::start().await;
    let kept = upload(&service, "file", "notes/../guide.md", b"\xef\xbb\xbfOne.").await;
    assert_eq!((kept.status, &kept.body["status"]), (StatusCode::OK, &"success".into()));
    service.settled().await;
    let document = answer(service.get("/documents")).await.body["documents"][0].clone();
    assert_eq!(
        (&document["file_path"], &document["content_summary"]),
        (&"guide.md".into(), &"One.".into())
    );
}

#[tokio::test]
async fn what_is_no_text_is_refused() {
    let service = Service::start().await;
    let refused = upload(&service, "file", "image.png", b"x").await;
    assert_eq!(refused.code(), (400, "malformed"));
    assert_eq!(upload(&service, "file", "a.txt", &[0xff]).await.code(), (400, "malformed"));
    assert_eq!(upload(&service, "other", "a.txt", b"x").await.code(), (400, "malformed"));
    assert_eq!(upload(&service, "file", "a.txt", b" ").await.code(), (422, "unprocessable"));
    let no_form = service.client.post(format!("{}/documents/upload", service.url)).body("x");
    assert_eq!(answer(no_form).await.code(), (400, "malformed"));
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused() {
    let service = Service::with_environment(&[("MAX_UPLOAD_SIZE", "10")]).await;
    assert_eq!(upload(&service, "file", "a.txt", &[b'x'; 10]).await.status, StatusCode::OK);
    assert_eq!(upload(&service, "file", "b.txt", &[b'x'; 11]).await.code(), (413, "too_large"));
    let large = vec![b'x'; 2 * 1024 * 1024];
    assert_eq!(upload(&service, "file", "c.txt", &large).await.code(), (413, "too_large"));
}
