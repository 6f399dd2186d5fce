//! Values that the types of the schema let through: scalars of our own, and comparators that are null. What is wrong is told with its
//! path before anything runs, for literals and variables alike.
//!
//! What a filter compares with is not null, be it in a comparator (`eq`), in the filter itself (`breached`) or an argument that asks
//! yes or no (`inForce`): null would find everything where an empty variable meant something else.
//!
//! Not here: everything that the strict validator checks; variables of the wrong type (`variables`).

use apollo_compiler::ast::{Type, Value};
use apollo_compiler::executable::{ExecutableDocument, Field, Operation, Selection, SelectionSet};
use apollo_compiler::schema::{ExtendedType, InputObjectType, InputValueDefinition};
use apollo_compiler::{Node, Schema};
use async_graphql::Pos;

use super::scalars;

/// A value that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it is given, from the argument or the variable on, and what is wrong with it: `input.target: must be …`.
    pub message: String,
    /// The place of the argument in the document.
    pub position: Option<Pos>,
}

/// A comparator that is given by a variable, which must not be null then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Where it stands.
    place: Place,
    /// The name of the variable.
    pub variable: String,
    /// Where the comparator is, and what is wrong with null there.
    pub message: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// In the operation of this name.
    Operation(Option<String>),
    /// In a fragment, which any operation may spread.
    Fragment,
}

impl Compared {
    /// Whether it is a matter of this operation.
    pub fn concerns(&self, operation: &Operation) -> bool {
        match &self.place {
            Place::Operation(name) => name.as_deref() == operation.name.as_deref(),
            Place::Fragment => true,
        }
    }
}

/// A value, from a document or from variables.
enum Given<'a> {
    Null,
    Text(&'a str),
    Variable(&'a str),
    List(Vec<Given<'a>>),
    Object(Vec<(&'a str, Given<'a>)>),
    /// A number, a truth value or an enum value.
    Other,
}

impl<'a> From<&'a Value> for Given<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::String(text) => Self::Text(text),
            Value::Variable(name) => Self::Variable(name.as_str()),
            Value::List(items) => Self::List(items.iter().map(|item| Self::from(&**item)).collect()),
            Value::Object(fields) => Self::Object(fields.iter().map(|(name, value)| (name.as_str(), Self::from(&**value))).collect()),
            Value::Enum(_) | Value::Int(_) | Value::Float(_) | Value::Boolean(_) => Self::Other,
        }
    }
}

impl<'a> From<&'a serde_json::Value> for Given<'a> {
    fn from(value: &'a serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match value {
            Json::Null => Self::Null,
            Json::String(text) => Self::Text(text),
            Json::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Json::Object(fields) => Self::Object(fields.iter().map(|(name, value)| (name.as_str(), Self::from(value))).collect()),
            Json::Bool(_) | Json::Number(_) => Self::Other,
        }
    }
}

/// Looks at values along their types.
struct Look<'a> {
    schema: &'a Schema,
    path: Vec<String>,
    faults: Vec<String>,
    compared: Vec<(String, String)>,
}

impl<'a> Look<'a> {
    fn new(schema: &'a Schema, root: &str) -> Self {
        Self {
            schema,
            path: vec![root.to_owned()],
            faults: Vec::new(),
            compared: Vec::new(),
        }
    }

    fn at(schema: &'a Schema, root: &str, ty: &Type, given: &Given<'_>) -> Self {
        let mut look = Self::new(schema, root);
        look.value(ty, given);
        look
    }

    fn within(&mut self, step: String, ty: &Type, given: &Given<'_>) {
        self.path.push(step);
        self.value(ty, given);
        self.path.pop();
    }

    fn value(&mut self, ty: &Type, given: &Given<'_>) {
        let name = match (ty, given) {
            (_, Given::Null | Given::Variable(_)) => return,
            (Type::List(inner) | Type::NonNullList(inner), Given::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.within(index.to_string(), inner, item);
                }
                return;
            }
            // One value stands for a list of it.
            (Type::List(inner) | Type::NonNullList(inner), one) => return self.value(inner, one),
            (Type::Named(name) | Type::NonNullNamed(name), _) => name,
        };
        let schema = self.schema;
        match (schema.types.get(name), given) {
            (Some(ExtendedType::Scalar(_)), given) => {
                let text = match given {
                    Given::Text(text) => Some(*text),
                    _ => None,
                };
                if let Some(message) = scalars::fault(name.as_str(), text) {
                    self.faults.push(format!("{}: {message}", self.path.join(".")));
                }
            }
            (Some(ExtendedType::InputObject(object)), Given::Object(fields)) => self.object(object, fields),
            _ => {}
        }
    }

    fn object(&mut self, object: &InputObjectType, fields: &[(&str, Given<'_>)]) {
        for (name, given) in fields {
            let Some(field) = object.fields.get(*name) else { continue };
            if self.is_compared(object, field) {
                let hint = if object.fields.contains_key("isNull") { IS_NULL } else { LEAVE_OUT };
                self.not_null(name, given, hint);
            }
            self.within((*name).to_owned(), &field.ty, given);
        }
    }

    /// Notes a null where something is compared with a value, or a variable that may be one.
    fn not_null(&mut self, name: &str, given: &Given<'_>, hint: &str) {
        let path = self.path.iter().map(String::as_str).chain([name]).filter(|step| !step.is_empty());
        let message = format!("{}: must not be null; {hint}", path.collect::<Vec<_>>().join("."));
        match given {
            Given::Null => self.faults.push(message),
            Given::Variable(variable) => self.compared.push(((*variable).to_owned(), message)),
            _ => {}
        }
    }

    /// Whether a field of an input is something that a filter compares with: filters are called so, and what they hold is compared with,
    /// but for other filters. Conditions on a truth value alone are asked for like one.
    fn is_compared(&self, object: &InputObjectType, field: &InputValueDefinition) -> bool {
        let of = field.ty.inner_named_type();
        let is_filter = matches!(self.schema.types.get(of), Some(ExtendedType::InputObject(_)));
        object.name.ends_with("Filter") && !field.ty.is_non_null() && (!is_filter || of == "BooleanFilter")
    }
}

/// What to do instead of comparing with null.
const IS_NULL: &str = "use isNull to ask for what has none";
/// The same, where nothing can have none.
const LEAVE_OUT: &str = "leave it out for no condition";

/// Whether an argument is a filter by itself: it asks yes or no, and may be left out.
fn asks_yes_or_no(argument: &InputValueDefinition) -> bool {
    matches!(&*argument.ty, Type::Named(name) if name == "Boolean") && argument.default_value.is_none()
}

/// What is wrong with the value of a variable.
pub fn faults_of_variable(schema: &Schema, name: &str, ty: &Type, value: &serde_json::Value) -> Vec<String> {
    Look::at(schema, name, ty, &Given::from(value)).faults
}

/// What is wrong with the literals of a document, and which variables it compares with.
pub fn look_through(schema: &Schema, document: &ExecutableDocument) -> (Vec<Fault>, Vec<Compared>) {
    let mut found = Found {
        schema,
        document,
        faults: Vec::new(),
        compared: Vec::new(),
    };
    for operation in document.operations.iter() {
        for variable in &operation.variables {
            if let Some(default) = &variable.default_value {
                found.value(&Place::Fragment, variable.name.as_str(), &variable.ty, default);
            }
        }
        let name = operation.name.as_ref().map(ToString::to_string);
        found.selections(&Place::Operation(name), &operation.selection_set);
    }
    for fragment in document.fragments.values() {
        found.selections(&Place::Fragment, &fragment.selection_set);
    }
    (found.faults, found.compared)
}

struct Found<'a> {
    schema: &'a Schema,
    document: &'a ExecutableDocument,
    faults: Vec<Fault>,
    compared: Vec<Compared>,
}

impl Found<'_> {
    fn selections(&mut self, place: &Place, set: &SelectionSet) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    self.arguments(place, field);
                    self.selections(place, &field.selection_set);
                }
                Selection::InlineFragment(fragment) => self.selections(place, &fragment.selection_set),
                // Each fragment is looked through once, for itself.
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn arguments(&mut self, place: &Place, field: &Field) {
        for argument in &field.arguments {
            let mut known = field.definition.arguments.iter();
            if let Some(definition) = known.find(|definition| definition.name == argument.name) {
                let name = argument.name.as_str();
                if asks_yes_or_no(definition) {
                    let mut look = Look::new(self.schema, "");
                    look.not_null(name, &Given::from(&*argument.value), LEAVE_OUT);
                    self.take(place, look, &argument.value);
                }
                self.value(place, name, &definition.ty, &argument.value);
            }
        }
    }

    fn value(&mut self, place: &Place, root: &str, ty: &Type, value: &Node<Value>) {
        let look = Look::at(self.schema, root, ty, &Given::from(&**value));
        self.take(place, look, value);
    }

    /// Takes over what was found in a value.
    fn take(&mut self, place: &Place, look: Look<'_>, value: &Node<Value>) {
        if look.faults.is_empty() && look.compared.is_empty() {
            return;
        }
        let range = value.line_column_range(&self.document.sources);
        let position = range.map(|range| Pos {
            line: range.start.line,
            column: range.start.column,
        });
        let fault = |message| Fault { message, position };
        self.faults.extend(look.faults.into_iter().map(fault));
        let compared = look.compared.into_iter().map(|(variable, message)| Compared {
            place: place.clone(),
            variable,
            message,
        });
        self.compared.extend(compared);
    }
}

#[cfg(test)]
mod tests {
    use apollo_compiler::validation::Valid;
    use serde_json::json;

    use super::*;

    fn schema() -> Valid<Schema> {
        let sdl = "
            scalar DateTime
            scalar Duration
            input TextFilter { eq: String in: [String!] isNull: Boolean }
            input TimeFilter { lt: DateTime }
            input BooleanFilter { eq: Boolean }
            input ThingFilter { text: TextFilter at: TimeFilter red: Boolean round: BooleanFilter tags: [String!] or: [ThingFilter!] }
            input Step { takes: [Duration!] last: Boolean }
            type Query { things(filter: ThingFilter, steps: [Step!], new: Boolean, sorted: Boolean = true): Int }";
        Schema::parse_and_validate(sdl, "schema").unwrap()
    }

    fn looked(text: &str) -> (Vec<String>, Vec<String>) {
        let schema = schema();
        let document = ExecutableDocument::parse_and_validate(&schema, text, "document").unwrap();
        let (faults, compared) = look_through(&schema, &document);
        assert!(faults.iter().all(|fault| fault.position.is_some()));
        let compared = compared
            .into_iter()
            .map(|compared| format!("{} {}", compared.variable, compared.message));
        (faults.into_iter().map(|fault| fault.message).collect(), compared.collect())
    }

    #[test]
    fn literals_are_told_with_their_path() {
        let (faults, _) = looked("{ things(steps: [{ takes: [\"PT1H\", \"soon\"] }, { takes: \"-PT1H\" }]) }");
        let [soon, before] = faults.as_slice() else { panic!("{faults:?}") };
        assert!(soon.starts_with("steps.0.takes.1: must be a length of time"), "{soon}");
        assert!(before.starts_with("steps.1.takes: must be a length of time"), "{before}");
        let (faults, _) = looked("query($at: DateTime = \"now\") { things(filter: { at: { lt: $at } }) }");
        assert!(faults[0].starts_with("at: must be an instant"), "{faults:?}");
        assert_eq!(looked("{ things(filter: null) }").0, Vec::<String>::new());
    }

    #[test]
    fn comparators_are_not_null() {
        let (faults, _) = looked("{ things(filter: { or: [{ text: { eq: null, isNull: true } }, { text: null }] }) }");
        assert_eq!(
            faults,
            ["filter.or.0.text.eq: must not be null; use isNull to ask for what has none"]
        );
        let (faults, compared) = looked(
            "query($a: DateTime, $b: String) { ...f things(filter: { text: { eq: $b } }) } fragment f on Query { other: things(filter: { at: { lt: $a } }) }",
        );
        assert!(faults.is_empty(), "{faults:?}");
        let expected = [
            "b filter.text.eq: must not be null; use isNull to ask for what has none",
            "a filter.at.lt: must not be null; leave it out for no condition",
        ];
        assert_eq!(compared, expected);
    }

    #[test]
    fn what_asks_yes_or_no_is_not_null() {
        let told = |text: &str| looked(text).0;
        let refused = |path: &str| [format!("{path}: must not be null; leave it out for no condition")];
        assert_eq!(told("{ things(filter: { red: null }) }"), refused("filter.red"));
        assert_eq!(
            told("{ things(filter: { or: [{ red: true }, { red: null }] }) }"),
            refused("filter.or.1.red")
        );
        assert_eq!(told("{ things(filter: { round: null }) }"), refused("filter.round"));
        assert_eq!(told("{ things(filter: { round: { eq: null } }) }"), refused("filter.round.eq"));
        assert_eq!(told("{ things(filter: { tags: null }) }"), refused("filter.tags"));
        assert_eq!(told("{ things(new: null) }"), refused("new"));
        // Left out, it is no condition; what is no filter may be null.
        assert_eq!(
            told("{ things(filter: { or: null, text: null }, sorted: null, steps: [{ last: null }]) }"),
            [""; 0]
        );
        let (_, compared) = looked("query($a: Boolean, $b: Boolean, $c: Boolean) { things(filter: { red: $a }, new: $b, sorted: $c) }");
        let expected = [
            "a filter.red: must not be null; leave it out for no condition",
            "b new: must not be null; leave it out for no condition",
        ];
        assert_eq!(compared, expected);
    }

    #[test]
    fn variables_are_looked_at_along_their_type() {
        let schema = schema();
        let text = "query($filter: ThingFilter) { things(filter: $filter) }";
        let document = ExecutableDocument::parse_and_validate(&schema, text, "document").unwrap();
        let operation = document.operations.get(None).unwrap();
        let faults = |value: serde_json::Value| faults_of_variable(&schema, "filter", &operation.variables[0].ty, &value);
        assert_eq!(
            faults(json!({ "at": { "lt": "2026-11-22T09:30:00Z" }, "text": null })),
            Vec::<String>::new()
        );
        let found = faults(json!({ "at": { "lt": "2026-11-22T09:30:00" }, "or": [{ "text": { "in": null } }] }));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("filter.at.lt: must be an instant"), "{found:?}");
        assert!(found[1].starts_with("filter.or.0.text.in: must not be null"), "{found:?}");
        assert!(faults(json!({ "at": { "lt": 5 } }))[0].starts_with("filter.at.lt: "));
    }
}
