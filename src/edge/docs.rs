//! The pages that show the OpenAPI document: Swagger UI, as the crate `utoipa-swagger-ui` brings it, from this process alone.
//!
//! All links in them are relative, so that they work below whatever prefix the gateway is reached by. Start with [`Docs::answer`].

use std::{io::Read, sync::Arc};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use utoipa_swagger_ui::{Config, SwaggerFile, serve};

use super::{encoding::accepts_gzip, unchanged::Tag};
use crate::error::{Code, Error, Result};

/// Where the page is.
pub(super) const ROUTE: &str = "/docs";

/// Nothing from elsewhere, no script in the page itself. Swagger UI sets styles of its own, and has pictures in its style sheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The files of the page.
pub(super) struct Docs {
    config: Arc<Config<'static>>,
}

impl Docs {
    pub(super) fn new() -> Self {
        // Without the check of the document by a server elsewhere, and without the field for other documents.
        let config = Config::from("../openapi.json").validator_url("none").use_base_layout().deep_linking(true).display_operation_id(true);
        Self { config: Arc::new(config.try_it_out_enabled(true)) }
    }

    /// The answer for what follows [`ROUTE`] in a path.
    ///
    /// # Errors
    /// There is no such file.
    pub(super) fn answer(&self, rest: &str, request: &HeaderMap) -> Result<Response> {
        let Some(name) = rest.strip_prefix('/') else {
            // The page's own links are relative to the folder.
            return Ok((StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, HeaderValue::from_static("docs/"))]).into_response());
        };
        let file = serve(name, self.config.clone()).map_err(Error::internal)?.ok_or_else(|| Error::of(Code::NotFound))?;
        let content_type = HeaderValue::from_str(&file.content_type).map_err(Error::internal)?;
        let tag = Tag::of(&file.bytes);
        let mut response = if tag.is_known(request) { StatusCode::NOT_MODIFIED.into_response() } else { content(file, request)? };
        let headers = response.headers_mut();
        tag.put(headers);
        headers.insert(header::CONTENT_TYPE, content_type);
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        Ok(response)
    }
}

/// The file as the client takes it: most are packed already, which is a quarter of their size.
fn content(file: SwaggerFile<'static>, request: &HeaderMap) -> Result<Response> {
    let bytes = Bytes::from(file.bytes.into_owned());
    if !file.gzpipped {
        return Ok(Body::from(bytes).into_response());
    }
    if accepts_gzip(request) {
        return Ok(([(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))], bytes).into_response());
    }
    let mut unpacked = Vec::new();
    GzDecoder::new(&bytes[..]).read_to_end(&mut unpacked).map_err(Error::internal)?;
    Ok(Body::from(unpacked).into_response())
}
