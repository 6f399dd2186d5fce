//! From bytes to operations: the request object of GraphQL over HTTP, in JSON or a query string.
//!
//! Members of another type than the specification says are refused one by one, so that a message
//! can name the one at fault; unknown members are ignored, as it asks. Nothing is executed here.

use async_graphql::{Value as GraphqlValue, Variables};
use serde_json::{Map, Value};

use super::{form, problem::Problem};
use crate::graphql::GraphqlRequest;

/// What one HTTP request asks for.
pub enum Operations {
    /// A request object.
    One(GraphqlRequest),
    /// An array of them, to be executed in order and answered by an array.
    Batch(Vec<GraphqlRequest>),
}

/// Reads the body of a POST.
///
/// # Errors
/// [`Problem::BadRequest`] with a text for people.
pub fn from_json(body: &[u8], max_batch: usize) -> Result<Operations, Problem> {
    if body.is_empty() {
        return Err(bad_request("The body is empty; it must be JSON like {\"query\": \"…\"}."));
    }
    match parse_json("The body", body)? {
        Value::Object(members) => from_members(members, true).map(Operations::One),
        Value::Array(items) => from_items(items, max_batch).map(Operations::Batch),
        _ => Err(bad_request("The body must be a JSON object like {\"query\": \"…\"}.")),
    }
}

/// Reads the query string of a GET, which may only query.
///
/// # Errors
/// [`Problem::BadRequest`] with a text for people.
pub fn from_query_string(query_string: &str) -> Result<GraphqlRequest, Problem> {
    let pairs = form::parse(query_string).ok_or_else(|| bad_request("The query string is not form-encoded."))?;
    let mut members = Map::new();
    for (name, value) in pairs {
        let value = match name.as_str() {
            "query" => Value::String(value),
            // An empty value is how HTML forms and many clients leave a parameter out.
            "operationName" | "variables" | "extensions" if value.is_empty() => continue,
            "operationName" => Value::String(value),
            "variables" | "extensions" => parse_json(&format!("`{name}`"), value.as_bytes())?,
            _ => continue,
        };
        members.insert(name, value);
    }
    from_members(members, false)
}

fn from_items(items: Vec<Value>, max_batch: usize) -> Result<Vec<GraphqlRequest>, Problem> {
    if max_batch == 0 {
        return Err(bad_request("Arrays of operations are not accepted; send one object."));
    }
    if items.is_empty() {
        return Err(bad_request("The array of operations is empty."));
    }
    if items.len() > max_batch {
        let sent = items.len();
        return Err(Problem::BadRequest(format!(
            "{sent} operations in one request are more than the limit of {max_batch}."
        )));
    }
    let numbered = items.into_iter().enumerate();
    numbered
        .map(|(index, item)| from_item(item).map_err(|problem| at(index, &problem)))
        .collect()
}

fn from_item(item: Value) -> Result<GraphqlRequest, Problem> {
    match item {
        Value::Object(members) => from_members(members, true),
        _ => Err(bad_request("It must be a JSON object like {\"query\": \"…\"}.")),
    }
}

fn at(index: usize, problem: &Problem) -> Problem {
    Problem::BadRequest(format!("Operation {} of the array: {problem}", index + 1))
}

/// Reads the members of a request object.
///
/// # Errors
/// [`Problem::BadRequest`] with a text for people.
pub fn from_members(mut members: Map<String, Value>, allow_mutation: bool) -> Result<GraphqlRequest, Problem> {
    let query = match members.remove("query") {
        Some(Value::String(query)) => query,
        Some(_) => return Err(bad_request("`query` must be a string.")),
        None => return Err(bad_request("`query` is missing.")),
    };
    let operation_name = match members.remove("operationName") {
        Some(Value::String(name)) => Some(name),
        Some(Value::Null) | None => None,
        Some(_) => return Err(bad_request("`operationName` must be a string or null.")),
    };
    let variables = take_object(&mut members, "variables")?;
    let extensions = take_object(&mut members, "extensions")?;
    // `Variables::from_json` would drop all variables without a word where it cannot convert one.
    let variables =
        GraphqlValue::from_json(Value::Object(variables)).map_err(|error| Problem::BadRequest(format!("`variables`: {error}")))?;
    Ok(GraphqlRequest {
        query,
        operation_name,
        variables: Variables::from_value(variables),
        extensions,
        allow_mutation,
    })
}

fn take_object(members: &mut Map<String, Value>, name: &str) -> Result<Map<String, Value>, Problem> {
    match members.remove(name) {
        Some(Value::Object(object)) => Ok(object),
        Some(Value::Null) | None => Ok(Map::new()),
        Some(_) => Err(Problem::BadRequest(format!("`{name}` must be an object or null."))),
    }
}

/// serde_json itself refuses nesting deeper than 128, before it could exhaust the stack.
fn parse_json(what: &str, text: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(text).map_err(|error| Problem::BadRequest(format!("{what} is not valid JSON: {error}")))
}

fn bad_request(message: &str) -> Problem {
    Problem::BadRequest(message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(body: &str) -> GraphqlRequest {
        match from_json(body.as_bytes(), 3) {
            Ok(Operations::One(operation)) => operation,
            Ok(Operations::Batch(_)) => panic!("a batch: {body}"),
            Err(problem) => panic!("{problem}: {body}"),
        }
    }

    fn refusal(body: &str) -> String {
        match from_json(body.as_bytes(), 3) {
            Ok(_) => panic!("accepted: {body}"),
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn reads_a_whole_request() {
        let operation = one(
            r#"{"query":"query A($x:Int){a}","operationName":"A","variables":{"x":1,"odd-name":{"a b":[null]}},
                "extensions":{"e":true},"unknown":[1]}"#,
        );
        assert_eq!(operation.query, "query A($x:Int){a}");
        assert_eq!(operation.operation_name.as_deref(), Some("A"));
        assert_eq!(
            serde_json::to_string(&operation.variables).unwrap(),
            r#"{"odd-name":{"a b":[null]},"x":1}"#
        );
        assert_eq!(operation.extensions.get("e"), Some(&Value::Bool(true)));
        assert!(operation.allow_mutation);
    }

    #[test]
    fn takes_null_as_absent_and_the_last_of_two() {
        let operation = one(r#"{"query":"{a}","query":"{b}","operationName":null,"variables":null,"extensions":null}"#);
        assert_eq!(operation.query, "{b}");
        assert_eq!(operation.operation_name, None);
        assert!(operation.variables.is_empty());
        assert!(operation.extensions.is_empty());
    }

    #[test]
    fn names_the_member_at_fault() {
        assert_eq!(refusal("{}"), "`query` is missing.");
        for wrong in ["1", "true", "[]", "{}", "null"] {
            assert_eq!(refusal(&format!(r#"{{"query":{wrong}}}"#)), "`query` must be a string.");
        }
        for (name, wrong, expected) in [
            ("operationName", "0", "`operationName` must be a string or null."),
            ("variables", "\"{}\"", "`variables` must be an object or null."),
            ("variables", "[1]", "`variables` must be an object or null."),
            ("extensions", "false", "`extensions` must be an object or null."),
        ] {
            assert_eq!(refusal(&format!(r#"{{"query":"{{a}}","{name}":{wrong}}}"#)), expected);
        }
    }

    #[test]
    fn refuses_what_is_not_json() {
        assert!(refusal("").contains("empty"));
        assert!(refusal("{\"query").contains("not valid JSON"));
        assert!(refusal("{} {}").contains("not valid JSON"));
        assert!(refusal("\"{a}\"").contains("must be a JSON object"));
        assert!(from_json(b"{\"query\":\"\xff\"}", 3).is_err());
        assert!(refusal(&"[".repeat(100_000)).contains("recursion limit"));
        let bomb = format!(r#"{{"query":"{{a}}","variables":{}"#, r#"{"a":"#.repeat(100_000));
        assert!(refusal(&bomb).contains("recursion limit"));
    }

    #[test]
    fn limits_batches() {
        let item = r#"{"query":"{a}"}"#;
        let array = |count| format!("[{}]", vec![item; count].join(","));
        let Ok(Operations::Batch(operations)) = from_json(array(3).as_bytes(), 3) else {
            panic!("three are allowed");
        };
        assert_eq!(operations.len(), 3);
        assert!(refusal(&array(4)).contains("limit of 3"));
        assert!(refusal("[]").contains("empty"));
        assert!(refusal(&format!("[{item},[]]")).starts_with("Operation 2 of the array: It must"));
        assert!(refusal(r#"[{"query":1}]"#).starts_with("Operation 1 of the array: `query`"));
        assert!(from_json(array(1).as_bytes(), 0).is_err());
    }

    #[test]
    fn reads_a_query_string() {
        let operation =
            from_query_string("query=query+A(%24x%3AInt)%7Ba%7D&variables=%7B%22x%22%3A1%7D&operationName=A&extensions=null&token=t");
        let operation = operation.ok().unwrap();
        assert_eq!(operation.query, "query A($x:Int){a}");
        assert_eq!(operation.operation_name.as_deref(), Some("A"));
        assert_eq!(serde_json::to_string(&operation.variables).unwrap(), r#"{"x":1}"#);
        assert!(!operation.allow_mutation);
    }

    #[test]
    fn refuses_bad_query_strings() {
        for (query_string, expected) in [
            ("", "`query` is missing."),
            ("query=%7Ba%7D&variables=%7B", "`variables` is not valid JSON"),
            ("query=%7Ba%7D&variables=1", "`variables` must be an object or null."),
            ("query=%7Ba%7D&extensions=%5B%5D", "`extensions` must be an object or null."),
        ] {
            let problem = from_query_string(query_string).err().unwrap().to_string();
            assert!(problem.starts_with(expected), "{query_string}: {problem}");
        }
        assert!(from_query_string("query=%7Ba%7D&variables=&operationName=").is_ok());
    }
}
