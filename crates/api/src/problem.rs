//! Failures as clients see them: RFC 9457 problems. The only place that knows which failure has which status.

use std::borrow::Cow;
use std::error::Error;
use std::io::ErrorKind;

use app::administration::AdministrationError;
use app::admins::Failure;
use app::admins::sessions::AdminSignInError;
use app::admins::setup::{PasswordError, SetupError};
use app::admins::team::TeamError;
use app::api_tokens::TokenError;
use app::catalogue::CatalogueError;
use app::contents::ContentsError;
use app::hand_off::HandOffError;
use app::library::ShowError;
use app::limits::LimitError;
use app::mail::ResendError;
use app::orders::{OrderError, RefundError};
use app::people::MergeError;
use app::playing::PlayError;
use app::privacy::{AnswerError, PrivacyError};
use app::reconcile::ReconcileError;
use app::replays::ReplayError;
use app::sign_in::SignInError;
use app::stores::StoreError;
use app::sync::SyncError;
use app::webhooks::WebhookError;
use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use connectors::api::CredentialsError;
use domain::playing::TooMany;
use domain::scope::Scope;
use serde::Serialize;
use utoipa::ToSchema;

use crate::catalogue::CatalogueLoss;
use crate::contents::EffectsBody;

/// The media type of a problem.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// The body of every failure (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// Where the kind of problem is described.
    r#type: String,
    /// What the kind of problem is, for people.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// The kind of problem, for programs. It never changes.
    code: &'a str,
    /// What is wrong in this case, when there is more to say. Never repeats values of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    /// Which field of the request it is about, when it is one: a name, or a path such as `customer.email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    /// Whom it touches now, when that must be said first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    effects: Option<Touched>,
    /// What is wrong in a list, by line.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [LineProblem],
    /// The devices that leave no room for this one, by what they are called.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    devices: &'a [String],
    /// The request, for questions about it; also in the header `x-request-id`.
    request_id: &'a str,
}

/// Whom it touches.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Touched {
    /// What is done to a course, module, video or file.
    ByContents(EffectsBody),
    /// What is done to a product.
    ByCatalogue(CatalogueLoss),
}

/// One thing that is wrong in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LineProblem {
    /// The line, from 1; the header line counts.
    pub(crate) line: u64,
    /// The column; null: the line as a whole.
    #[schema(required = true)]
    pub(crate) field: Option<&'static str>,
    /// What is wrong. Never repeats values of the list.
    pub(crate) detail: String,
}

/// A kind of problem.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Kind {
    status: StatusCode,
    /// Its stable name.
    pub(crate) code: &'static str,
    /// What it is.
    pub(crate) title: &'static str,
}

impl Kind {
    /// Its HTTP status.
    pub(crate) fn status(&self) -> u16 {
        self.status.as_u16()
    }
}

macro_rules! kinds {
    ($($name:ident = $status:ident $code:literal $title:literal;)*) => {
        $(static $name: Kind = Kind { status: StatusCode::$status, code: $code, title: $title };)*
        /// Every kind, for the documentation.
        pub(crate) const KINDS: &[&Kind] = &[$(&$name),*];
    };
}

kinds! {
    MALFORMED_JSON = BAD_REQUEST "malformed_json" "The body is not JSON";
    UNREADABLE_BODY = BAD_REQUEST "unreadable_body" "The body could not be read";
    LINK_NOT_VALID = BAD_REQUEST "link_not_valid" "This link has been used or is too old";
    OTHER_BROWSER = BAD_REQUEST "other_browser" "This link works in the browser in which it was asked for";
    CODE_NOT_VALID = BAD_REQUEST "code_not_valid" "This code has been used, tried too often, or is too old";
    WRONG_CODE = BAD_REQUEST "wrong_code" "That is not the code";
    HAND_OFF_EXPIRED = BAD_REQUEST "hand_off_expired" "This way in from the shop has expired";
    HAND_OFF_USED = BAD_REQUEST "hand_off_used" "This way in from the shop has been used";
    HAND_OFF_REFUSED = BAD_REQUEST "hand_off_refused" "The shop's word on who you are was not accepted";
    NOT_SIGNED_IN = UNAUTHORIZED "not_signed_in" "Sign in first";
    NOT_AUTHORIZED = UNAUTHORIZED "not_authorized" "Sign in as an administrator, or send a valid API token";
    NOT_AUTHENTIC = UNAUTHORIZED "not_authentic" "The webhook is not signed as this store signs";
    SIGN_IN_REFUSED = UNAUTHORIZED "sign_in_refused" "Address, password or code is wrong";
    PROVE_AGAIN = FORBIDDEN "prove_again" "Show once more who you are, by your password or a code";
    CROSS_SITE = FORBIDDEN "cross_site" "Another site may not do this";
    NOT_ALLOWED = FORBIDDEN "not_allowed" "You may not do this";
    NOT_FOUND = NOT_FOUND "not_found" "There is no such thing here";
    NO_SUCH_CONTENT = NOT_FOUND "no_such_content" "There is no course or file of that id";
    NO_SUCH_CUSTOMER = NOT_FOUND "no_such_customer" "There is no customer like that";
    NO_SUCH_GRANT = NOT_FOUND "no_such_grant" "There is no grant of that id";
    CONTAINS_ITSELF = CONFLICT "contains_itself" "The bundle would contain itself";
    NO_SUCH_ORDER = NOT_FOUND "no_such_order" "There is no order of that id";
    ADDRESS_TAKEN = CONFLICT "address_taken" "There is an administrator of that address";
    OWNER_NEEDED = CONFLICT "owner_needed" "The team needs an owner who can sign in";
    ADMIN_DISABLED = CONFLICT "admin_disabled" "This administrator is disabled";
    NAME_TAKEN = CONFLICT "name_taken" "A store of that name is connected already";
    NO_API = CONFLICT "no_api" "The store's API is not read: there are no usable credentials for it";
    BODY_GONE = GONE "body_gone" "The content of this delivery is no longer kept; what it said is known";
    ALREADY_ANSWERED = CONFLICT "already_answered" "This request was answered before";
    ANSWERED_BY_THE_WORKER = CONFLICT "answered_by_the_worker" "This request asks to erase: the worker does that, and writes it down";
    MAIL_QUEUED = CONFLICT "mail_queued" "This mail is still to be sent";
    MAIL_WORKS_ONCE = CONFLICT "mail_works_once" "This mail brought a link that works once: make a new one instead";
    NOT_DEAD = CONFLICT "not_dead" "It has not failed for good";
    STILL_WAITING = CONFLICT "still_waiting" "It waits already, or is being worked on";
    NOT_BLOCKED = CONFLICT "not_blocked" "No block stands against this customer and content";
    NOTHING_TO_EXTEND = CONFLICT "nothing_to_extend" "There is no grant that is not revoked";
    LASTS_LONGER = CONFLICT "lasts_longer" "The access lasts at least as long already";
    LINE_UNMAPPED = CONFLICT "line_unmapped" "The order's line stands for no product at present";
    SLUG_TAKEN = CONFLICT "slug_taken" "Another course has that slug";
    NOT_WHAT_IS_THERE = CONFLICT "not_what_is_there" "The list must name exactly what is there, each once";
    RULE_EXISTS = CONFLICT "rule_exists" "There is a rule of that pattern for the same stores";
    SUGGESTION_CHANGED = CONFLICT "suggestion_changed" "Another product is suggested now, or none";
    CONFIRMATION_NEEDED = CONFLICT "confirmation_needed" "Say first whom it touches, as it is now";
    NOTHING_TO_MERGE = CONFLICT "nothing_to_merge" "This session has proven one address only";
    TOO_MANY_STREAMS = CONFLICT "too_many_streams" "As many of your devices as may are playing now";
    TOO_MANY_DEVICES = CONFLICT "too_many_devices" "You have played on as many devices as you may";
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED "method_not_allowed" "This cannot be done here";
    BODY_TOO_SLOW = REQUEST_TIMEOUT "body_too_slow" "The body did not arrive in time";
    BODY_TOO_LARGE = PAYLOAD_TOO_LARGE "body_too_large" "The body is too large";
    NOT_JSON = UNSUPPORTED_MEDIA_TYPE "not_json" "The content type must be application/json";
    NOT_MP4 = UNSUPPORTED_MEDIA_TYPE "not_mp4" "The content type must be video/mp4";
    IS_FORM = UNSUPPORTED_MEDIA_TYPE "is_form" "The body must be the file itself, not a form with it";
    NOT_CSV = UNSUPPORTED_MEDIA_TYPE "not_csv" "The content type must be text/csv, in UTF-8";
    WEAK_PASSWORD = UNPROCESSABLE_ENTITY "weak_password" "This password is not taken";
    WRONG_APP_CODE = UNPROCESSABLE_ENTITY "wrong_app_code" "This is not the code that the app shows now";
    WRONG_PROOF = UNPROCESSABLE_ENTITY "wrong_proof" "Password or code is wrong";
    INVALID_BODY = UNPROCESSABLE_ENTITY "invalid_body" "The body is not what is expected here";
    INVALID_QUERY = UNPROCESSABLE_ENTITY "invalid_query" "The query is not what is expected here";
    INVALID_LIST = UNPROCESSABLE_ENTITY "invalid_list" "Some lines of the list are wrong; nothing was done";
    ENDS_BEFORE_IT_BEGINS = UNPROCESSABLE_ENTITY "ends_before_it_begins" "The access would end before it begins";
    NO_SUCH_STORE = UNPROCESSABLE_ENTITY "no_such_store" "There is no such store";
    NO_SUCH_PRODUCT = UNPROCESSABLE_ENTITY "no_such_product" "There is no product of that id";
    NO_SUCH_MODULE = UNPROCESSABLE_ENTITY "no_such_module" "There is no other module of that id in the same course";
    NO_SUCH_PLACE = UNPROCESSABLE_ENTITY "no_such_place" "There is no such place: places begin at 1 and have no gaps";
    NOT_PLAYABLE = UNPROCESSABLE_ENTITY "not_playable" "The file is no video that every browser can play";
    ACTIVE_DOCUMENT = UNPROCESSABLE_ENTITY "active_document" "Pages and drawings that a browser would run cannot be downloads";
    EMPTY_FILE = UNPROCESSABLE_ENTITY "empty_file" "The file is empty";
    TOO_OFTEN = TOO_MANY_REQUESTS "too_often" "This was tried too often; please wait a little";
    INTERNAL = INTERNAL_SERVER_ERROR "internal" "Something went wrong on our side";
    STORE_FAILED = BAD_GATEWAY "store_failed" "The store did not do what it was asked";
    UNAVAILABLE = SERVICE_UNAVAILABLE "unavailable" "Please try again in a moment";
    TIMED_OUT = SERVICE_UNAVAILABLE "timed_out" "This took too long; please try again";
}

/// A failure on its way to the client. As a response it is empty; [`finish`] writes the body once the request's id is
/// at hand.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    kind: &'static Kind,
    detail: Option<Cow<'static, str>>,
    field: Option<Cow<'static, str>>,
    effects: Option<Box<Touched>>,
    lists: Option<Box<Lists>>,
    header: Option<Box<(&'static str, HeaderValue)>>,
    page: Option<Box<Page>>,
    cause: Option<String>,
}

/// What there is to list.
#[derive(Clone, Debug)]
enum Lists {
    /// What is wrong in a list, by line.
    Errors(Vec<LineProblem>),
    /// The devices that leave no room for this one.
    Devices(Vec<String>),
}

impl Lists {
    fn errors(&self) -> &[LineProblem] {
        match self {
            Self::Errors(errors) => errors,
            Self::Devices(_) => &[],
        }
    }

    fn devices(&self) -> &[String] {
        match self {
            Self::Errors(_) => &[],
            Self::Devices(devices) => devices,
        }
    }
}

/// A page that is shown instead of the body for programs.
#[derive(Clone, Debug)]
struct Page(String);

impl Problem {
    fn new(kind: &'static Kind) -> Self {
        Self {
            kind,
            detail: None,
            field: None,
            effects: None,
            lists: None,
            header: None,
            page: None,
            cause: None,
        }
    }

    fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says which field of the request it is about.
    pub(crate) fn about(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Shows people a page instead of the body for programs.
    pub(crate) fn shown_as(mut self, write: impl FnOnce(&Kind) -> String) -> Self {
        self.page = Some(Box::new(Page(write(self.kind))));
        self
    }

    fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.header = Some(Box::new((name, HeaderValue::from_static(value))));
        self
    }

    /// The body is not JSON.
    pub(crate) fn malformed_json() -> Self {
        Self::new(&MALFORMED_JSON)
    }

    /// The body broke off.
    pub(crate) fn unreadable_body() -> Self {
        Self::new(&UNREADABLE_BODY)
    }

    /// The body is JSON of another shape; `detail` names the place, never the value.
    pub(crate) fn invalid_body(detail: String) -> Self {
        Self::new(&INVALID_BODY).with_detail(detail)
    }

    /// The query has a parameter that is unknown or of another form; `detail` names it, never its value.
    pub(crate) fn invalid_query(detail: String) -> Self {
        Self::new(&INVALID_QUERY).with_detail(detail)
    }

    /// The body is declared as something else than JSON.
    pub(crate) fn not_json() -> Self {
        Self::new(&NOT_JSON)
    }

    /// The body is declared as something else than an MP4 file.
    pub(crate) fn not_mp4() -> Self {
        Self::new(&NOT_MP4)
    }

    /// The body is declared as a form.
    pub(crate) fn is_form() -> Self {
        Self::new(&IS_FORM)
    }

    /// Some lines of a list are wrong.
    pub(crate) fn invalid_list(errors: Vec<LineProblem>) -> Self {
        Self {
            lists: Some(Box::new(Lists::Errors(errors))),
            ..Self::new(&INVALID_LIST)
        }
    }

    /// The body is declared as something else than CSV in UTF-8.
    pub(crate) fn not_csv() -> Self {
        Self::new(&NOT_CSV)
    }

    /// The body is longer than is read here.
    pub(crate) fn body_too_large() -> Self {
        Self::new(&BODY_TOO_LARGE)
    }

    /// The client did not send its body in time.
    pub(crate) fn body_too_slow() -> Self {
        Self::new(&BODY_TOO_SLOW)
    }

    /// A delivery's content is no longer kept.
    pub(crate) fn body_gone() -> Self {
        Self::new(&BODY_GONE)
    }

    /// Nobody is signed in.
    pub(crate) fn not_signed_in() -> Self {
        Self::new(&NOT_SIGNED_IN).with_header("www-authenticate", "Cookie realm=\"stoa\"")
    }

    /// There is no valid API token.
    pub(crate) fn not_authorized() -> Self {
        Self::new(&NOT_AUTHORIZED).with_header("www-authenticate", "Bearer realm=\"stoa\"")
    }

    /// Whoever asks is known and lacks the scope.
    pub(crate) fn not_allowed(scope: Scope) -> Self {
        Self::new(&NOT_ALLOWED).with_detail(format!("the scope {scope} is needed"))
    }

    /// She is signed in, and must prove once more who she is.
    pub(crate) fn prove_again() -> Self {
        Self::new(&PROVE_AGAIN)
    }

    /// An administrator was not signed in.
    pub(crate) fn sign_in_refused(error: AdminSignInError) -> Self {
        Self::of_sign_in(error, &SIGN_IN_REFUSED)
    }

    /// An administrator has not proven who she is.
    pub(crate) fn proof_refused(error: AdminSignInError) -> Self {
        Self::of_sign_in(error, &WRONG_PROOF)
    }

    fn of_sign_in(error: AdminSignInError, refused: &'static Kind) -> Self {
        match error {
            AdminSignInError::Refused => Self::new(refused),
            AdminSignInError::Failure(error) => error.into(),
        }
    }

    /// The request was made by another site.
    pub(crate) fn cross_site() -> Self {
        Self::new(&CROSS_SITE)
    }

    /// Does not exist, or is none of the asker's business: one answer for both.
    pub(crate) fn not_found() -> Self {
        Self::new(&NOT_FOUND)
    }

    /// The store that the query or body names does not exist.
    pub(crate) fn no_such_store() -> Self {
        Self::new(&NO_SUCH_STORE).about("store")
    }

    /// A store's API cannot be read with the credentials that stand in the body, below `prefix`.
    pub(crate) fn wrong_credentials(error: CredentialsError, prefix: &str) -> Self {
        let field = match error {
            CredentialsError::NoApi | CredentialsError::Missing => {
                let problem = Self::invalid_body(error.to_string());
                let field = prefix.strip_suffix('.');
                return match field {
                    Some(field) => problem.about(field.to_owned()),
                    None => problem,
                };
            }
            CredentialsError::Address => "address",
            CredentialsError::Key(_) => "key",
            CredentialsError::Secret(_) => "secret",
        };
        Self::invalid_body(error.to_string()).about(format!("{prefix}{field}"))
    }

    /// Another method is meant; axum adds `Allow`.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(&METHOD_NOT_ALLOWED)
    }

    /// The answer took too long.
    pub(crate) fn timed_out() -> Self {
        Self::new(&TIMED_OUT).with_header("retry-after", "5")
    }

    /// The code panicked; the panic hook has told the log.
    pub(crate) fn panicked() -> Self {
        Self {
            cause: Some("a handler panicked".into()),
            ..Self::new(&INTERNAL)
        }
    }

    /// Something that should never fail did.
    pub(crate) fn internal(error: &dyn Error) -> Self {
        Self {
            cause: Some(in_full(error)),
            ..Self::new(&INTERNAL)
        }
    }

    /// The database does not answer; trying again may help.
    pub(crate) fn unavailable(error: &dyn Error) -> Self {
        Self {
            cause: Some(in_full(error)),
            ..Self::new(&UNAVAILABLE).with_header("retry-after", "5")
        }
    }
}

impl From<ShowError> for Problem {
    fn from(error: ShowError) -> Self {
        match error {
            ShowError::NotFound => Self::not_found(),
            ShowError::Link(error) => Self::internal(&error),
            ShowError::Storage(error) => Self::unavailable(&error),
        }
    }
}

impl From<PlayError> for Problem {
    fn from(error: PlayError) -> Self {
        let (kind, devices) = match error {
            PlayError::Show(error) => return error.into(),
            PlayError::TooMany(TooMany::Streams(devices)) => (&TOO_MANY_STREAMS, devices),
            PlayError::TooMany(TooMany::Devices(devices)) => (&TOO_MANY_DEVICES, devices),
        };
        Self {
            lists: Some(Box::new(Lists::Devices(devices))),
            ..Self::new(kind)
        }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::LinkNotValid => Self::new(&LINK_NOT_VALID),
            SignInError::OtherBrowser => Self::new(&OTHER_BROWSER),
            SignInError::CodeNotValid => Self::new(&CODE_NOT_VALID),
            SignInError::WrongCode => Self::new(&WRONG_CODE).about("code"),
            SignInError::Storage(error) => Self::unavailable(&error),
        }
    }
}

impl From<MergeError> for Problem {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::NoSession => Self::not_signed_in(),
            MergeError::NothingToMerge => Self::new(&NOTHING_TO_MERGE),
            MergeError::Storage(error) => Self::unavailable(&error),
        }
    }
}

impl From<LimitError> for Problem {
    fn from(error: LimitError) -> Self {
        match error {
            LimitError::TooOften { wait_seconds } => Self {
                header: Some(Box::new(("retry-after", HeaderValue::from(wait_seconds)))),
                ..Self::new(&TOO_OFTEN)
            },
            LimitError::Storage(error) => Self::unavailable(&error),
        }
    }
}

impl From<HandOffError> for Problem {
    fn from(error: HandOffError) -> Self {
        match error {
            HandOffError::Expired => Self::new(&HAND_OFF_EXPIRED),
            HandOffError::Used => Self::new(&HAND_OFF_USED),
            HandOffError::Refused => Self::new(&HAND_OFF_REFUSED),
            HandOffError::Store(StoreError::Storage(error)) => Self::unavailable(&error),
            HandOffError::Store(error) => Self::internal(&error),
        }
    }
}

impl From<AdministrationError> for Problem {
    fn from(error: AdministrationError) -> Self {
        match error {
            AdministrationError::NoSuchContent => Self::new(&NO_SUCH_CONTENT).about("content"),
            AdministrationError::NoSuchCustomer => Self::new(&NO_SUCH_CUSTOMER).about("customer"),
            AdministrationError::NoSuchGrant => Self::new(&NO_SUCH_GRANT).about("grant_id"),
            AdministrationError::NotBlocked => Self::new(&NOT_BLOCKED),
            AdministrationError::EndsBeforeItBegins => Self::new(&ENDS_BEFORE_IT_BEGINS),
            AdministrationError::NothingToExtend => Self::new(&NOTHING_TO_EXTEND),
            AdministrationError::LastsLonger => Self::new(&LASTS_LONGER).about("until"),
            AdministrationError::Unmapped => Self::new(&LINE_UNMAPPED),
            AdministrationError::Reconcile(error) => Self::unavailable(&error),
        }
    }
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::NoSuchOrder => Self::new(&NO_SUCH_ORDER),
            OrderError::NoSuchStore => Self::no_such_store(),
            OrderError::NoSuchCustomer => Self::new(&NO_SUCH_CUSTOMER).about("customer"),
            OrderError::Reconcile(error) => Self::unavailable(&error),
        }
    }
}

impl From<RefundError> for Problem {
    fn from(error: RefundError) -> Self {
        let detail = match error {
            RefundError::Order(error) => return error.into(),
            RefundError::NoSuchLine => "`lines` names a line that is not in the order",
            RefundError::LineTwice => "`lines` names a line twice",
            RefundError::NotSoMany => "`lines` asks for more of a line than are left",
        };
        Self::invalid_query(detail.to_owned()).about("lines")
    }
}

impl From<PrivacyError> for Problem {
    fn from(error: PrivacyError) -> Self {
        match error {
            PrivacyError::NoSuchCustomer => Self::new(&NO_SUCH_CUSTOMER),
            PrivacyError::Storage(error) => Self::unavailable(&error),
        }
    }
}

impl From<ResendError> for Problem {
    fn from(error: ResendError) -> Self {
        match error {
            ResendError::NoSuchMail => Self::not_found(),
            ResendError::StillQueued => Self::new(&MAIL_QUEUED),
            ResendError::WorksOnce => Self::new(&MAIL_WORKS_ONCE),
            ResendError::Storage(error) => Self::unavailable(&error),
        }
    }
}

impl From<AnswerError> for Problem {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::NoSuchRequest => Self::not_found(),
            AnswerError::AlreadyAnswered => Self::new(&ALREADY_ANSWERED),
            AnswerError::ByTheWorker => Self::new(&ANSWERED_BY_THE_WORKER),
            AnswerError::Storage(error) => Self::unavailable(&error),
        }
    }
}

impl From<ReplayError> for Problem {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::NotFound => Self::not_found(),
            ReplayError::NotDead => Self::new(&NOT_DEAD),
            ReplayError::Waiting => Self::new(&STILL_WAITING),
            ReplayError::BodyGone => Self::body_gone(),
            ReplayError::Storage(error) => Self::unavailable(&error),
        }
    }
}

impl From<ContentsError> for Problem {
    fn from(error: ContentsError) -> Self {
        match error {
            ContentsError::NotFound => Self::not_found(),
            ContentsError::NoSuchProduct => Self::new(&NO_SUCH_PRODUCT).about("product_id"),
            ContentsError::NoSuchModule => Self::new(&NO_SUCH_MODULE).about("module_id"),
            ContentsError::SlugTaken => Self::new(&SLUG_TAKEN).about("slug"),
            ContentsError::NotWhatIsThere => Self::new(&NOT_WHAT_IS_THERE).about("order"),
            ContentsError::NoSuchPlace => Self::new(&NO_SUCH_PLACE).about("place"),
            ContentsError::ConfirmationNeeded(effects) => Self {
                effects: Some(Box::new(Touched::ByContents(effects.into()))),
                ..Self::new(&CONFIRMATION_NEEDED).about("customers_with_access")
            },
            ContentsError::NotPlayable(reason) => {
                Self::new(&NOT_PLAYABLE).with_detail(reason.to_string())
            }
            ContentsError::ActiveDocument => Self::new(&ACTIVE_DOCUMENT),
            ContentsError::Empty => Self::new(&EMPTY_FILE),
            ContentsError::TooLarge => Self::body_too_large(),
            ContentsError::BrokeOff(error) if error.kind() == ErrorKind::TimedOut => {
                Self::body_too_slow()
            }
            ContentsError::BrokeOff(_) => Self::unreadable_body(),
            ContentsError::NotStored(error) => Self::unavailable(error.as_ref()),
            ContentsError::Storage(error) => Self::unavailable(&error),
        }
    }
}

impl From<CatalogueError> for Problem {
    fn from(error: CatalogueError) -> Self {
        let wrong = error.to_string();
        match error {
            CatalogueError::NoSuchProduct
            | CatalogueError::NoSuchItem
            | CatalogueError::NoSuchRule
            | CatalogueError::NotInBundle => Self::not_found(),
            CatalogueError::NoProductToMapTo => Self::new(&NO_SUCH_PRODUCT).about("product_id"),
            CatalogueError::NoSuchStore => Self::new(&NO_SUCH_STORE).about("store_id"),
            CatalogueError::RuleExists => Self::new(&RULE_EXISTS).about("pattern"),
            CatalogueError::SuggestionChanged => Self::new(&SUGGESTION_CHANGED).about("product_id"),
            CatalogueError::ContainsItself => Self::new(&CONTAINS_ITSELF).about("part_id"),
            CatalogueError::Title => Self::invalid_body(wrong).about("title"),
            CatalogueError::AccessDays => Self::invalid_body(wrong).about("access_days"),
            CatalogueError::NamesNothing => Self::invalid_body(wrong).about("external_product_id"),
            CatalogueError::ConfirmationNeeded(losing) => Self {
                effects: Some(Box::new(Touched::ByCatalogue(losing.into()))),
                ..Self::new(&CONFIRMATION_NEEDED).about("customers_with_access")
            },
            CatalogueError::Storage(error) => Self::unavailable(&error),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoSuchStore => Self::not_found(),
            StoreError::TooManyOrigins => Self::invalid_body(error.to_string()).about("origins"),
            StoreError::GraceDays => Self::invalid_body(error.to_string()).about("grace_days"),
            StoreError::NameTaken => Self::new(&NAME_TAKEN).about("name"),
            StoreError::Secret(wrong) => {
                Self::invalid_body(wrong.to_string()).about("webhook_secret")
            }
            StoreError::SecretNeeded => {
                Self::invalid_body(error.to_string()).about("webhook_secret")
            }
            StoreError::Credentials(wrong) => Self::wrong_credentials(wrong, ""),
            StoreError::Storage(error) => Self::unavailable(&error),
            StoreError::RotationUnderWay
            | StoreError::SameSecret
            | StoreError::Sealed(_)
            | StoreError::Settings => Self::internal(&error),
        }
    }
}

impl From<Failure> for Problem {
    fn from(error: Failure) -> Self {
        match error {
            Failure::Storage(error) => Self::unavailable(&error),
            Failure::Hashing(_) | Failure::Sealed(_) => Self::internal(&error),
        }
    }
}

impl From<SetupError> for Problem {
    fn from(error: SetupError) -> Self {
        let wrong = error.to_string();
        match error {
            SetupError::LinkNotValid => Self::new(&LINK_NOT_VALID),
            SetupError::Weak(_) => Self::new(&WEAK_PASSWORD)
                .with_detail(wrong)
                .about("password"),
            SetupError::WrongCode => Self::new(&WRONG_APP_CODE).about("code"),
            SetupError::Failure(error) => error.into(),
        }
    }
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        let wrong = error.to_string();
        match error {
            PasswordError::WrongPassword => Self::new(&WRONG_PROOF).about("password"),
            PasswordError::Weak(_) => Self::new(&WEAK_PASSWORD)
                .with_detail(wrong)
                .about("new_password"),
            PasswordError::Failure(error) => error.into(),
        }
    }
}

impl From<TeamError> for Problem {
    fn from(error: TeamError) -> Self {
        match error {
            TeamError::NoSuchAdmin => Self::not_found(),
            TeamError::AddressTaken => Self::new(&ADDRESS_TAKEN).about("email"),
            TeamError::OwnerNeeded => Self::new(&OWNER_NEEDED),
            TeamError::Disabled => Self::new(&ADMIN_DISABLED),
            TeamError::Failure(error) => error.into(),
        }
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::BeyondMaker(scope) => Self::not_allowed(scope).about("scopes"),
            TokenError::NoScope => Self::invalid_body(error.to_string()).about("scopes"),
            TokenError::EndsBeforeItBegins => {
                Self::invalid_body(error.to_string()).about("expires_at")
            }
            TokenError::Storage(error) => Self::unavailable(&error),
        }
    }
}

impl From<SyncError> for Problem {
    fn from(error: SyncError) -> Self {
        let wrong = error.to_string();
        match error {
            SyncError::Credentials(_) => Self::new(&NO_API).with_detail(wrong),
            SyncError::Api(_) => Self::new(&STORE_FAILED).with_detail(wrong),
            SyncError::Reconcile(ReconcileError::Store(error)) => error.into(),
            SyncError::Reconcile(error @ ReconcileError::Storage(_)) => Self::unavailable(&error),
        }
    }
}

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::UnknownStore => Self::not_found(),
            WebhookError::Refused(refused) => {
                Self::new(&NOT_AUTHENTIC).with_detail(refused.to_string())
            }
            WebhookError::NotKept(error) => Self::unavailable(&error),
            WebhookError::Store(error) => Self::internal(&error),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind.status.into_response();
        if let Some((name, value)) = self.header.as_deref() {
            response.headers_mut().insert(*name, value.clone());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the body of a problem, or the page that stands for it; returns what went wrong inside, for the log.
pub(crate) fn finish(response: &mut Response, request_id: &str) -> Option<String> {
    let problem = response.extensions_mut().remove::<Problem>()?;
    let kind = problem.kind;
    if let Some(page) = problem.page {
        write_body(response, "text/html; charset=utf-8", page.0.into_bytes());
        return problem.cause;
    }
    let lists = problem.lists.as_deref();
    let body = ProblemBody {
        r#type: format!("/docs#{}", kind.code),
        title: kind.title,
        status: kind.status(),
        code: kind.code,
        detail: problem.detail.as_deref(),
        field: problem.field.as_deref(),
        effects: problem.effects.map(|effects| *effects),
        errors: lists.map(Lists::errors).unwrap_or_default(),
        devices: lists.map(Lists::devices).unwrap_or_default(),
        request_id,
    };
    // Texts and a number serialize without fail.
    let body = serde_json::to_vec(&body).unwrap_or_default();
    write_body(response, MEDIA_TYPE, body);
    problem.cause
}

fn write_body(response: &mut Response, media_type: &'static str, body: Vec<u8>) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    *response.body_mut() = Body::from(body);
}

/// Says an error with its causes.
fn in_full(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
