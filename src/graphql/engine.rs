//! Executing a request: the document checked, the operation chosen, the variables coerced, and only then anything run.

use apollo_compiler::executable::Operation;
use apollo_compiler::request::coerce_variable_values;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationType};
use async_graphql::{Request, Response, ServerError, ValidationMode, Value, Variables};

use super::documents::{Document, Documents, MOST_ERRORS};
use super::errors::{finish, refusal};
use super::loaders::Loaders;
use super::schema::{self, ApiSchema};
use super::{values, variables};
use crate::app::App;
use crate::context::{Authorization, OpContext};
use crate::error::{Code, Result};
use crate::features::advocates::graphql::AdvocateLoaders;
use crate::features::cases::graphql::CaseLoaders;
use crate::features::integrity::graphql::IntegrityLoaders;
use crate::features::outreach::graphql::OutreachLoaders;
use crate::features::recovery::graphql::RecoveryLoaders;
use crate::features::webhooks::graphql::WebhookLoaders;

/// One operation as it came in.
#[derive(Debug)]
pub struct GraphqlRequest {
    /// The document.
    pub query: String,
    /// Which of its operations; `None` when it has one.
    pub operation_name: Option<String>,
    /// The variables.
    pub variables: Variables,
    /// What the client adds to the request; none is known yet.
    pub extensions: serde_json::Map<String, serde_json::Value>,
    /// Whether a mutation may run: not over GET.
    pub allow_mutation: bool,
}

/// What became of a request.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing was executed: the document, the choice of operation or the variables are wrong.
    Refused(Response),
    /// Nothing was executed: a mutation came over GET.
    MutationOverGet(Response),
    /// It was executed, perhaps with errors.
    Executed(Response),
}

/// The schema with its documents.
pub struct Engine {
    pub(super) schema: ApiSchema,
    documents: Documents,
}

impl Engine {
    /// Builds the schema.
    ///
    /// # Errors
    /// When it is not valid, which is a fault of ours.
    pub fn new() -> Result<Self> {
        // The strict check is made on the document, once; the executor need not repeat it.
        let schema = schema::builder().validation_mode(ValidationMode::Fast).finish();
        let documents = Documents::new(&schema.sdl())?;
        Ok(Self { schema, documents })
    }

    /// Executes a request for an actor, who was identified by `authorization`.
    pub async fn execute(&self, app: &App, ctx: OpContext, authorization: Option<&str>, request: GraphqlRequest) -> Outcome {
        match self.prepare(&request, &ctx.request_id) {
            Ok(prepared) => Box::pin(self.answer(app, (ctx, authorization), &request, &prepared)).await,
            Err(errors) => Outcome::Refused(Response::from_errors(errors)),
        }
    }

    /// Executes what was prepared and is answered once.
    pub(super) async fn answer(
        &self,
        app: &App,
        (ctx, authorization): (OpContext, Option<&str>),
        request: &GraphqlRequest,
        prepared: &Prepared,
    ) -> Outcome {
        let request_id = ctx.request_id.clone();
        let refused = |code: Code, message: &str| Response::from_errors(vec![refusal(code, message, None, &request_id)]);
        match prepared.kind {
            OperationType::Mutation if !request.allow_mutation => {
                return Outcome::MutationOverGet(refused(Code::BadUserInput, "mutations must be sent by POST"));
            }
            OperationType::Subscription => {
                let message = "a subscription is answered over WebSocket (graphql-transport-ws) or as an event stream (text/event-stream)";
                return Outcome::Refused(refused(Code::ValidationFailed, message));
            }
            OperationType::Query | OperationType::Mutation => {}
        }
        let execution = prepared.execution(app, ctx).data(Authorization::new(authorization));
        let mut response = self.schema.execute(execution).await;
        finish(&mut response, &request_id);
        Outcome::Executed(response)
    }

    /// Whether a request is a subscription, as far as its document can be read.
    #[must_use]
    pub fn is_subscription(&self, request: &GraphqlRequest) -> bool {
        let document = self.documents.get(&request.query).ok();
        let kind = document.and_then(|document| kind(&document.parsed, request.operation_name.as_deref()));
        kind == Some(OperationType::Subscription)
    }

    /// Checks the document, chooses its operation and coerces the variables.
    pub(super) fn prepare(&self, request: &GraphqlRequest, request_id: &str) -> Result<Prepared, Vec<ServerError>> {
        let refused = |code, message: String| vec![refusal(code, message, None, request_id)];
        let document = self.documents.get(&request.query).map_err(|flaws| {
            flaws
                .into_iter()
                .map(|flaw| refusal(flaw.code, flaw.message, flaw.position, request_id))
                .collect::<Vec<_>>()
        })?;
        let operation = document
            .checked
            .operations
            .get(request.operation_name.as_deref())
            .map_err(|error| {
                let named = request.operation_name.is_some();
                let message = if named {
                    "the document has no operation of that name"
                } else {
                    "name one of the document's operations in operationName"
                };
                tracing::debug!(?error, "no operation");
                refused(Code::ValidationFailed, message.to_owned())
            })?;
        let variables = self.variables(&document, operation, &request.variables).map_err(|faults| {
            faults
                .into_iter()
                .take(MOST_ERRORS)
                .flat_map(|(code, fault)| refused(code, fault))
                .collect::<Vec<_>>()
        })?;
        let kind = kind(&document.parsed, request.operation_name.as_deref())
            .ok_or_else(|| refused(Code::ValidationFailed, "no operation".to_owned()))?;
        Ok(Prepared {
            document,
            kind,
            operation_name: request.operation_name.clone(),
            variables,
        })
    }

    /// The variables of an operation, of their types and with their defaults; or what is wrong with them.
    fn variables(&self, document: &Document, operation: &Operation, given: &Variables) -> Result<Variables, Vec<(Code, String)>> {
        if operation.variables.is_empty() {
            return Ok(Variables::default());
        }
        let wrong = |faults: Vec<String>| faults.into_iter().map(|fault| (Code::BadUserInput, fault)).collect::<Vec<_>>();
        let json = || serde_json::to_value(given).unwrap_or_default();
        let map = match serde_json_bytes::Value::from(json()) {
            serde_json_bytes::Value::Object(map) => map,
            _ => serde_json_bytes::Map::default(),
        };
        let schema = self.documents.schema();
        let coerced = coerce_variable_values(schema, operation, &map).map_err(|error| {
            let misfits = variables::misfits(schema, operation, &json());
            wrong(if misfits.is_empty() {
                vec![error.message().to_string()]
            } else {
                misfits
            })
        })?;
        // The executor gets them with their defaults, which its directives would not find otherwise.
        let coerced = serde_json::to_value(&*coerced).map_err(|error| vec![(Code::Internal, error.to_string())])?;
        let faults = self.faults(document, operation, &coerced);
        if !faults.is_empty() {
            return Err(wrong(faults));
        }
        let coerced = Value::from_json(coerced).map_err(|error| wrong(vec![error.to_string()]))?;
        Ok(Variables::from_value(coerced))
    }

    /// What is wrong with the values of variables, which are of the right type.
    fn faults(&self, document: &Document, operation: &Operation, coerced: &serde_json::Value) -> Vec<String> {
        let schema = self.documents.schema();
        let mut faults = Vec::new();
        for variable in &operation.variables {
            let name = variable.name.as_str();
            if let Some(value) = coerced.get(name) {
                faults.extend(values::faults_of_variable(schema, name, &variable.ty, value));
            }
        }
        let is_null = |name: &str| coerced.get(name).is_some_and(serde_json::Value::is_null);
        let compared = document.compared.iter().filter(|compared| compared.concerns(operation));
        faults.extend(
            compared
                .filter(|compared| is_null(&compared.variable))
                .map(|compared| compared.message.clone()),
        );
        faults
    }
}

/// What is known of a request before it runs.
pub(super) struct Prepared {
    document: std::sync::Arc<Document>,
    pub(super) kind: OperationType,
    operation_name: Option<String>,
    variables: Variables,
}

impl Prepared {
    /// One execution, with loaders of its own: nothing that one execution has read is shown to the next.
    pub(super) fn execution(&self, app: &App, ctx: OpContext) -> Request {
        // The executor does not need the text beside the parsed document.
        let mut execution = Request::new("")
            .variables(self.variables.clone())
            .data(app.clone())
            .data(ctx)
            .data(Loaders::default())
            .data(CaseLoaders::default())
            .data(RecoveryLoaders::default())
            .data(AdvocateLoaders::default())
            .data(IntegrityLoaders::default())
            .data(OutreachLoaders::default())
            .data(WebhookLoaders::default());
        execution.operation_name.clone_from(&self.operation_name);
        execution.set_parsed_query(self.document.parsed.clone());
        execution
    }
}

fn kind(document: &ExecutableDocument, name: Option<&str>) -> Option<OperationType> {
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), _) => Some(operation.node.ty),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name).map(|operation| operation.node.ty),
        (DocumentOperations::Multiple(operations), None) => operations.values().next().map(|operation| operation.node.ty),
    }
}
