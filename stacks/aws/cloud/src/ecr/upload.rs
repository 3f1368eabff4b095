//! Layers, as they are sent.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{Refusal, Reply, digest, named};
use crate::account::Region;
use crate::input::{need, texts};

pub(super) fn check(region: &mut Region, input: &Value) -> Reply {
    let repository = named(region, input)?;
    let layers = texts(input, "layerDigests").into_iter().map(|digest| {
        let there = repository.blobs.contains_key(&digest);
        let availability = if there { "AVAILABLE" } else { "UNAVAILABLE" };
        json!({"layerDigest": digest, "layerAvailability": availability})
    });
    Ok(json!({"layers": layers.collect::<Value>(), "failures": []}))
}

pub(super) fn initiate(region: &mut Region, input: &Value) -> Reply {
    named(region, input)?;
    let id = region.ids.uuid();
    region.ecr.uploads.insert(id.clone(), Vec::new());
    Ok(json!({"uploadId": id, "partSize": 10_485_760}))
}

pub(super) fn part(region: &mut Region, input: &Value) -> Reply {
    named(region, input)?;
    let id = need(input, "uploadId")?;
    let part = STANDARD.decode(need(input, "layerPartBlob")?).unwrap_or_default();
    let upload = region.ecr.uploads.get_mut(id).ok_or_else(|| unknown(id))?;
    upload.extend(part);
    Ok(json!({"uploadId": id, "lastByteReceived": upload.len()}))
}

pub(super) fn complete(region: &mut Region, input: &Value) -> Reply {
    named(region, input)?;
    let id = need(input, "uploadId")?;
    let content = region.ecr.uploads.remove(id).ok_or_else(|| unknown(id))?;
    let found = digest(&content);
    let wanted = texts(input, "layerDigests");
    if wanted.first() != Some(&found) {
        let message = format!("The digest of the uploaded layer is {found}");
        return Err(Refusal::new("InvalidLayerException", message));
    }
    named(region, input)?.blobs.insert(found.clone(), content.into());
    Ok(json!({"layerDigest": found}))
}

fn unknown(id: &str) -> Refusal {
    Refusal::new("UploadNotFoundException", format!("The upload {id} could not be found"))
}
