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
async fn files_of_every_format_can_be_found() {
    let service = Service::start().await;
    for (name, words) in [("word.docx", "Word"), ("page.html", "page"), ("chromium.pdf", "PDF")] {
        let path = format!("{}/tests/extract/files/{name}", env!("CARGO_MANIFEST_DIR"));
        let kept = upload(&service, "file", name, &std::fs::read(path).unwrap()).await;
        assert_eq!(kept.status, StatusCode::OK, "{} {words}", kept.body);
    }
    service.settled().await;
    let listed = answer(service.get("/documents")).await.body;
    assert_eq!(listed["status_counts"]["processed"], 3, "{listed}");
    for document in listed["documents"].as_array().unwrap() {
        assert!(document["content_length"].as_u64().unwrap() > 0, "{document}");
        assert_ne!(document["content_summary"], "", "{document}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_fails_with_the_reason() {
    let service = Service::start().await;
    let kept = upload(&service, "file", "broken.pdf", b"%PDF-1.4 and nothing more").await;
    assert_eq!(kept.status, StatusCode::OK, "{}", kept.body);
    service.settled().await;
    let document = answer(service.get("/documents")).await.body["documents"][0].clone();
    assert_eq!(document["status"], "failed");
    assert!(document["error_msg"].as_str().unwrap().starts_with("the PDF could not be read"));
}

#[tokio::test]
async fn a_long_document_is_stored_in_portions() {
    let environment = [("CHUNK_SIZE", "20"), ("CHUNK_OVERLAP_SIZE", "0")];
    let service = Service::with_environment(&environment).await;
    let sentences = (0..5000).map(|number| format!("Sentence {number} of many ends here.\n"));
    let text: String = sentences.collect();
    upload(&service, "file", "long.txt", text.as_bytes()).await;
    service.settled().await;
    let document = answer(service.get("/documents")).await.body["documents"][0].clone();
    assert_eq!(document["status"], "processed", "{document}");
    assert!(document["chunks_count"].as_u64().unwrap() > 1000, "{document}");
    assert_eq!(document["content_length"], text.chars().count());
    let found = service.query("Sentence 4999 of many").await;
    assert_eq!(found.body["references"][0]["file_path"], "long.txt");
}

#[tokio::test]
async fn what_is_no_text_is_refused() {
    let service = Service::start().await;
    let refused = upload(&service, "file", "image.png", b"x").await;
    assert_eq!(refused.code(), (400, "malformed"));
    assert_eq!(upload(&service, "file", "a.txt", &[0xff]).await.code(), (400, "malformed"));
    assert_eq!(upload(&service, "file", "a.pdf", b"hello").await.code(), (400, "malformed"));
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
