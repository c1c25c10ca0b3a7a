//! The parameters of a GraphQL request, from a JSON body or from a query string.

use std::collections::HashMap;

use async_graphql::Variables;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::error::Category;

use super::refused::Refused;

/// What a caller wants executed.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Params {
    /// The document.
    pub query: String,
    /// Which of its operations.
    #[serde(default)]
    pub operation_name: Option<String>,
    /// The values of its variables.
    #[serde(default)]
    pub variables: Variables,
    /// Checked to be an object and otherwise not used.
    #[serde(default, rename = "extensions")]
    _extensions: Option<HashMap<String, IgnoredAny>>,
}

impl Params {
    /// Reads a body.
    ///
    /// # Errors
    /// 400. What the parser says is not passed on: it quotes the body.
    pub fn from_json(body: &[u8]) -> Result<Self, Refused> {
        if body.trim_ascii_start().first() == Some(&b'[') {
            return Err(Refused::bad_request("Batches are not supported: send one request at a time"));
        }
        let params: Self = serde_json::from_slice(body).map_err(|error| {
            Refused::bad_request(match error.classify() {
                Category::Data => {
                    "A request is a JSON object with `query`, a string, and if need be `operationName`, a string, \
                     `variables` and `extensions`, both objects"
                }
                Category::Syntax | Category::Eof | Category::Io => "The request body is not JSON in UTF-8",
            })
        })?;
        Ok(params.normalised())
    }

    /// Reads the query string of a GET request.
    ///
    /// # Errors
    /// 400.
    pub fn from_query(query: &str) -> Result<Self, Refused> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Raw {
            query: Option<String>,
            operation_name: Option<String>,
            variables: Option<String>,
            extensions: Option<String>,
        }
        let raw: Raw = serde_urlencoded::from_str(query).map_err(|_| Refused::bad_request("The query string cannot be read"))?;
        let text = |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let variables = text(&raw.variables).map(|text| serde_json::from_str(&text)).transpose();
        let extensions =
            text(&raw.extensions).map(|text| serde_json::from_str::<Option<HashMap<String, IgnoredAny>>>(&text)).transpose();
        let params = Self {
            query: raw.query.ok_or_else(|| Refused::bad_request("The parameter `query` is missing"))?,
            operation_name: raw.operation_name,
            variables: variables.map_err(|_| Refused::bad_request("`variables` is not a JSON object"))?.unwrap_or_default(),
            _extensions: extensions.map_err(|_| Refused::bad_request("`extensions` is not a JSON object"))?.flatten(),
        };
        Ok(params.normalised())
    }

    /// Clients without a name for the operation send none, null or an empty one.
    pub fn normalised(self) -> Self {
        Self { operation_name: self.operation_name.filter(|name| !name.is_empty()), ..self }
    }
}
