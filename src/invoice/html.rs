//! A billing document as a page of HTML. The template escapes whatever is put into it.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use minijinja::{
    Environment, context,
    value::{Serde, Value},
};
use sha2::{Digest as _, Sha256};

use super::sheet::Sheet;
use crate::fault::Fault;

const STYLE: &str = include_str!("invoice.css");
const NAME: &str = "invoice.html";

/// What the page may do: nothing but show itself in its own style.
pub static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
});

/// The end of the template's name turns the escaping for HTML on.
static TEMPLATES: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.add_template(NAME, include_str!("invoice.html"))?;
    Ok(templates)
});

/// The page of a document.
///
/// # Errors
/// When the template fails.
pub fn render(sheet: &Sheet) -> Result<String, Fault> {
    let broken = |error: &minijinja::Error| Fault::Internal(format!("template: {error:#}"));
    let templates = TEMPLATES.as_ref().map_err(broken)?;
    let page = templates
        .get_template(NAME)
        .and_then(|template| template.render(context! { sheet => Value::from(Serde(sheet)), style => STYLE }));
    page.map_err(|error| broken(&error))
}
