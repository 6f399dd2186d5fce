//! Variables that do not fit their types: where, from the variable on, and what is wrong: `input.interactions.3.kind: must be one of …`.
//!
//! Whether they fit is for the strict coercion to say. It stops at the first that does not and names its type, which in a list of a
//! thousand tells nobody which one.
//!
//! Not here: values that fit their types and cannot be used (`values`).

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::executable::Operation;
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use serde_json::Value;

/// All that does not fit in the variables that were given for an operation.
pub fn misfits(schema: &Schema, operation: &Operation, given: &Value) -> Vec<String> {
    let mut fit = Fit {
        schema,
        path: Vec::new(),
        misfits: Vec::new(),
    };
    for variable in &operation.variables {
        let name = variable.name.as_str();
        match given.get(name) {
            Some(value) => fit.within(name, &variable.ty, value),
            None if variable.ty.is_non_null() && variable.default_value.is_none() => fit.note_at(name, "is missing"),
            None => {}
        }
    }
    fit.misfits
}

/// Looks at values along their types.
struct Fit<'a> {
    schema: &'a Schema,
    path: Vec<String>,
    misfits: Vec<String>,
}

impl Fit<'_> {
    fn note(&mut self, message: &str) {
        self.misfits.push(format!("{}: {message}", self.path.join(".")));
    }

    fn note_at(&mut self, step: &str, message: &str) {
        self.path.push(step.to_owned());
        self.note(message);
        self.path.pop();
    }

    fn within(&mut self, step: &str, ty: &Type, value: &Value) {
        self.path.push(step.to_owned());
        self.value(ty, value);
        self.path.pop();
    }

    fn value(&mut self, ty: &Type, value: &Value) {
        if value.is_null() {
            if ty.is_non_null() {
                self.note("must not be null");
            }
            return;
        }
        match (ty, value) {
            (Type::List(inner) | Type::NonNullList(inner), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.within(&index.to_string(), inner, item);
                }
            }
            // One value stands for a list of it.
            (Type::List(inner) | Type::NonNullList(inner), one) => self.value(inner, one),
            (Type::Named(name) | Type::NonNullNamed(name), value) => self.named(name.as_str(), value),
        }
    }

    fn named(&mut self, name: &str, value: &Value) {
        let schema = self.schema;
        match schema.types.get(name) {
            Some(ExtendedType::InputObject(object)) => self.object(object, value),
            Some(ExtendedType::Enum(of)) => {
                let is_one = value.as_str().is_some_and(|text| of.values.contains_key(text));
                if !is_one {
                    let names: Vec<&str> = of.values.keys().map(|name| name.as_str()).collect();
                    self.note(&format!("must be one of {}", names.join(", ")));
                }
            }
            Some(ExtendedType::Scalar(_)) => {
                if let Some(message) = misfit(name, value) {
                    self.note(message);
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, object: &InputObjectType, value: &Value) {
        let Value::Object(fields) = value else {
            return self.note("must be an object");
        };
        for (name, value) in fields {
            match object.fields.get(name.as_str()) {
                Some(field) => self.within(name, &field.ty, value),
                None => self.note_at(name, "there is no such field"),
            }
        }
        for (name, field) in &object.fields {
            if field.ty.is_non_null() && field.default_value.is_none() && !fields.contains_key(name.as_str()) {
                self.note_at(name.as_str(), "is missing");
            }
        }
    }
}

/// What is wrong with a value of a scalar that the language itself has; others take any.
fn misfit(scalar: &str, value: &Value) -> Option<&'static str> {
    let (fits, message) = match scalar {
        "Int" => (
            value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
            "must be a whole number of 32 bits",
        ),
        "Float" => (value.is_number(), "must be a number"),
        "String" => (value.is_string(), "must be a text"),
        "Boolean" => (value.is_boolean(), "must be true or false"),
        "ID" => (value.is_string() || value.is_i64(), "must be an id, as a text"),
        _ => return None,
    };
    (!fits).then_some(message)
}

#[cfg(test)]
mod tests {
    use apollo_compiler::ExecutableDocument;
    use serde_json::json;

    use super::*;

    /// What does not fit in the variables of an operation.
    fn told(variables: &str, given: &Value) -> Vec<String> {
        let sdl = "
            enum Colour { RED GREEN }
            input Thing { colour: Colour! size: Int! = 1 tags: [String!] at: When part: Thing }
            scalar When
            type Query { paint(things: [Thing!], is: Boolean, times: Int, id: ID): Int }";
        let schema = Schema::parse_and_validate(sdl, "schema").unwrap();
        let text = format!("query({variables}) {{ __typename }}");
        let document = ExecutableDocument::parse(&schema, text, "document").unwrap();
        misfits(&schema, document.operations.get(None).unwrap(), given)
    }

    #[test]
    fn each_is_told_with_its_place() {
        let things = json!([
            { "colour": "RED", "at": 5 },
            { "colour": "red", "size": "1" },
            { "more": 1, "size": null },
            7,
            { "colour": "GREEN", "part": { "colour": 2, "size": 3_000_000_000_i64 }, "tags": ["a", null] },
        ]);
        let expected = [
            "things.1.colour: must be one of RED, GREEN",
            "things.1.size: must be a whole number of 32 bits",
            "things.2.more: there is no such field",
            "things.2.size: must not be null",
            "things.2.colour: is missing",
            "things.3: must be an object",
            "things.4.part.colour: must be one of RED, GREEN",
            "things.4.part.size: must be a whole number of 32 bits",
            "things.4.tags.1: must not be null",
        ];
        assert_eq!(told("$things: [Thing!]", &json!({ "things": things })), expected);
        assert_eq!(
            told("$things: [Thing!]", &json!({ "things": { "colour": "BLUE" } })),
            ["things.colour: must be one of RED, GREEN"],
            "one stands for a list"
        );
    }

    #[test]
    fn what_may_be_left_out_is_not_missed() {
        let expected = ["times: is missing"];
        assert_eq!(
            told("$is: Boolean, $size: Int! = 1, $times: Int!", &json!({ "unused": 1 })),
            expected
        );
        assert_eq!(
            told("$is: Boolean!, $id: ID", &json!({ "is": "yes", "id": 1.5 })),
            ["is: must be true or false", "id: must be an id, as a text"]
        );
    }
}
