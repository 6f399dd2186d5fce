//! The closed vocabularies of webhooks, stored as small integers: never renumber, only append; and secrets, which print as nothing.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::enums::stored_enum;

stored_enum! {
    /// Whether an endpoint is sent webhooks.
    WebhookEndpointStatus {
        /// It is.
        Active = 1 => "ACTIVE",
        /// It is not for now. What happens meanwhile waits in the change log, and is sent when it is resumed.
        Paused = 2 => "PAUSED",
        /// It is gone.
        Deleted = 3 => "DELETED",
    }
}

stored_enum! {
    /// Where the delivery of a webhook stands.
    WebhookDeliveryStatus {
        /// It is to be sent, or sent again.
        Pending = 1 => "PENDING",
        /// The endpoint took it: it answered with a status from 200 to 299.
        Delivered = 2 => "DELIVERED",
        /// The endpoint did not take it, and it is not tried again by itself.
        Failed = 3 => "FAILED",
        /// Nobody wants it any more: the endpoint was deleted, may not be told of it any more, or it was passed over.
        Cancelled = 4 => "CANCELLED",
    }
}

stored_enum! {
    /// Why an attempt to deliver a webhook failed.
    WebhookFault {
        /// The endpoint answered with a status other than 200 to 299.
        Status = 1 => "STATUS",
        /// The endpoint pointed elsewhere. Redirects are never followed.
        Redirect = 2 => "REDIRECT",
        /// There was no answer in time.
        Timeout = 3 => "TIMEOUT",
        /// There was no connection: no address, nobody listens, or the certificate is not good.
        Connection = 4 => "CONNECTION",
        /// The name leads to an address to which webhooks may not go.
        AddressRefused = 5 => "ADDRESS_REFUSED",
        /// The answer was not HTTP.
        Protocol = 6 => "PROTOCOL",
    }
}

/// What signs the webhooks of an endpoint: `whsec_` and the key in base64. It is not printed, so that no log ever has it.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct WebhookSecret(pub String);

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret")
    }
}
