//! The description of the API: as OpenAPI for programs, as a page for people.

use std::fmt::Write;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use crate::admin_cookie;
use crate::html::escape;
use crate::problem::{self, KINDS, LineProblem, ProblemBody};
use crate::session;
use crate::state::ApiState;

/// The name of the sessions of administrators in the description.
const ADMIN_SESSION: &str = "admin_session";
const STYLE: &str = include_str!("document.css");

/// Begins the description; the routes add themselves.
pub(crate) fn begin() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Stoa")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Courses for a shop that already exists. Times are RFC 3339 in UTC; every failure is a problem (RFC 9457) with \
             a stable `code`.",
        ));
    OpenApiBuilder::new().info(info.build()).build()
}

/// Adds what is the same everywhere: who may ask, and how failures look.
pub(crate) fn finish(mut document: OpenApi) -> OpenApi {
    let components = document.components.get_or_insert_default();
    components
        .schemas
        .insert(ProblemBody::name().into_owned(), ProblemBody::schema());
    components
        .schemas
        .insert(LineProblem::name().into_owned(), LineProblem::schema());
    let cookie = ApiKeyValue::with_description(
        session::SESSION,
        "The session of a customer; on plain HTTP the cookie is named `stoa_session`",
    );
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API token: `stoa admin token` makes one"))
        .build();
    let embed = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "A token of ten minutes for pages of a shop: `POST /api/embed/session` gives one. It works from the origin that asked",
        ))
        .build();
    let admin_cookie = ApiKeyValue::with_description(
        admin_cookie::NAME,
        "The session of an administrator; on plain HTTP the cookie is named `stoa_admin`",
    );
    let schemes = [
        ("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie))),
        ("token", SecurityScheme::Http(bearer)),
        ("embed", SecurityScheme::Http(embed)),
        (
            ADMIN_SESSION,
            SecurityScheme::ApiKey(ApiKey::Cookie(admin_cookie)),
        ),
    ];
    for (name, scheme) in schemes {
        components.add_security_scheme(name, scheme);
    }
    for item in document.paths.paths.values_mut() {
        operations(item).for_each(|operation| {
            add_problems(operation);
            add_admin_session(operation);
        });
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let methods = [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.patch,
        &mut item.delete,
    ];
    methods.into_iter().filter_map(Option::as_mut)
}

/// Names the methods of a path.
pub(crate) fn methods(item: &PathItem) -> Vec<&'static str> {
    let methods = [
        ("GET", item.get.is_some()),
        ("PUT", item.put.is_some()),
        ("POST", item.post.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ];
    let there = methods.into_iter().filter(|(_, is_there)| *is_there);
    there.map(|(method, _)| method).collect()
}

/// Where a token of a scope will do, so does the session of an administrator who has it.
fn add_admin_session(operation: &mut Operation) {
    let Some(security) = &mut operation.security else {
        return;
    };
    let of_token = security.iter().find_map(|requirement| {
        let requirement = serde_json::to_value(requirement).ok()?;
        let scopes = requirement.get("token")?.as_array()?.iter();
        let scopes = scopes.filter_map(|scope| scope.as_str().map(str::to_owned));
        Some(scopes.collect::<Vec<_>>())
    });
    let of_session = of_token.map(|scopes| SecurityRequirement::new(ADMIN_SESSION, scopes));
    security.extend(of_session);
}

fn add_problems(operation: &mut Operation) {
    let schema = Ref::from_schema_name(ProblemBody::name());
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let responses = &mut operation.responses.responses;
    for (status, response) in responses.iter_mut() {
        let RefOr::T(response) = response else {
            continue;
        };
        if response.description.is_empty() {
            response.description.push_str("The answer");
        }
        if status.starts_with(['4', '5']) {
            let problem = problem::MEDIA_TYPE.to_owned();
            response.content.insert(problem, content.clone().into());
        }
    }
    let any = ResponseBuilder::new()
        .description("Any failure")
        .content(problem::MEDIA_TYPE, content)
        .build();
    responses.insert("default".into(), any.into());
}

/// Writes the description, indented, with a line feed at the end.
pub(crate) fn to_json(document: &OpenApi) -> String {
    // Our own description serializes without fail; a test reads it.
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

/// Gives the description of this API.
#[utoipa::path(get, path = "/openapi.json", operation_id = "openapi", tag = "operation",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub(crate) async fn show(State(state): State<ApiState>) -> Response {
    ([(CONTENT_TYPE, "application/json")], state.document.clone()).into_response()
}

/// Shows the description as a page.
#[utoipa::path(get, path = "/docs", operation_id = "docs", tag = "operation",
    responses((status = 200, description = "A page", body = String, content_type = "text/html")))]
pub(crate) async fn page(State(state): State<ApiState>) -> Response {
    let html = "text/html; charset=utf-8";
    ([(CONTENT_TYPE, html)], state.document_page.clone()).into_response()
}

/// Gives the page its looks.
pub(crate) async fn style() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/css; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=300"),
    ];
    (headers, STYLE).into_response()
}

/// Writes the page: every operation, and every kind of problem under the anchor that problems refer to.
pub(crate) fn to_html(json: &str) -> String {
    let document: Value = serde_json::from_str(json).unwrap_or_default();
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Stoa API</title>\
         <link rel=\"stylesheet\" href=\"/docs/style.css\"></head><body><main><h1>Stoa API</h1>\
         <p>The whole description, for programs: <a href=\"/openapi.json\">openapi.json</a> (OpenAPI 3.1).</p>\
         <h2>Operations</h2>",
    );
    for (path, item) in members(&document, "/paths") {
        for (method, operation) in item.as_object().into_iter().flatten() {
            write_operation(&mut page, path, method, operation);
        }
    }
    page.push_str("<h2>Problems</h2><table><tr><th>Code</th><th>Status</th><th>Meaning</th></tr>");
    for kind in KINDS {
        let (code, status, title) = (kind.code, kind.status(), kind.title);
        // Writing to a String cannot fail.
        let _ = write!(
            page,
            "<tr id=\"{code}\"><td><code>{code}</code></td><td>{status}</td><td>{title}</td></tr>"
        );
    }
    page.push_str("</table></main></body></html>\n");
    page
}

fn write_operation(page: &mut String, path: &str, method: &str, operation: &Value) {
    let text = |pointer: &str| {
        let text = operation.pointer(pointer).and_then(Value::as_str);
        escape(text.unwrap_or_default())
    };
    let summary = [text("/summary"), text("/description")].join(" ");
    let _ = write!(
        page,
        "<section><h3><b>{}</b> <code>{}</code></h3><p>{}</p><table>",
        escape(&method.to_uppercase()),
        escape(path),
        summary.trim()
    );
    let parameters = operation.get("parameters").and_then(Value::as_array);
    for parameter in parameters.into_iter().flatten() {
        write_parameter(page, parameter);
    }
    for (media_type, content) in members(operation, "/requestBody/content") {
        let schema = content.get("schema").map(schema_name);
        let _ = write!(
            page,
            "<tr><td>body</td><td>{} {}</td></tr>",
            escape(media_type),
            schema.unwrap_or_default()
        );
    }
    for (status, response) in members(operation, "/responses") {
        let description = response.get("description").and_then(Value::as_str);
        let content = members(response, "/content").next();
        let schema = content.and_then(|(_, content)| content.get("schema"));
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{} {}</td></tr>",
            escape(status),
            escape(description.unwrap_or_default()),
            schema.map(schema_name).unwrap_or_default()
        );
    }
    page.push_str("</table></section>");
}

fn write_parameter(page: &mut String, parameter: &Value) {
    let text = |name: &str| {
        let text = parameter.get(name).and_then(Value::as_str);
        escape(text.unwrap_or_default())
    };
    let is_required = parameter.get("required").and_then(Value::as_bool) == Some(true);
    let _ = write!(
        page,
        "<tr><td>{}</td><td><code>{}</code> <small>{}{}</small> {}</td></tr>",
        text("in"),
        text("name"),
        parameter.get("schema").map(type_name).unwrap_or_default(),
        if is_required { ", required" } else { "" },
        text("description")
    );
}

/// Says what values a parameter may have.
fn type_name(schema: &Value) -> String {
    if let Some(items) = schema.get("items") {
        return format!("{}, repeatable", type_name(items));
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values = values.iter().filter_map(Value::as_str).map(escape);
        return values.collect::<Vec<_>>().join(" or ");
    }
    let name = schema.get("type").and_then(Value::as_str);
    escape(name.unwrap_or_default())
}

fn members<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let object = value.pointer(pointer).and_then(Value::as_object);
    object.into_iter().flatten()
}

fn schema_name(schema: &Value) -> String {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let name = reference.and_then(|text| text.rsplit('/').next());
    name.map(|name| format!("<code>{}</code>", escape(name)))
        .unwrap_or_default()
}
