//! The settings of webhooks.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use super::Settings;
use crate::error::{Error, Result};

/// The settings of webhooks.
#[derive(Clone, Debug)]
pub struct WebhookConfig {
    /// Networks to which webhooks may go although they are not public.
    pub allow_networks: Vec<IpNet>,
    /// Whether they may go over http, too.
    pub allow_http: bool,
    /// How many are sent at the same time.
    pub concurrency: usize,
    /// How long an endpoint may take to answer.
    pub time_limit: Duration,
}

impl WebhookConfig {
    /// Checks the settings.
    ///
    /// # Errors
    /// When one of them cannot be used.
    pub(super) fn check(settings: &Settings) -> Result<Self> {
        if !(1..=1_000).contains(&settings.webhook_concurrency) {
            return Err(Error::bad_input("RAPPORT_WEBHOOK_CONCURRENCY", "must be between 1 and 1000"));
        }
        if !(1..=120).contains(&settings.webhook_timeout_seconds) {
            return Err(Error::bad_input("RAPPORT_WEBHOOK_TIMEOUT_SECONDS", "must be between 1 and 120"));
        }
        let networks = settings.webhook_allow_networks.split(',').map(str::trim);
        Ok(Self {
            allow_networks: networks.filter(|text| !text.is_empty()).map(network).collect::<Result<_>>()?,
            allow_http: settings.webhook_allow_http,
            concurrency: settings.webhook_concurrency,
            time_limit: Duration::from_secs(settings.webhook_timeout_seconds),
        })
    }
}

/// A network, or a single address.
fn network(text: &str) -> Result<IpNet> {
    let single = |_not_a_network| text.parse::<IpAddr>().map(IpNet::from);
    text.parse::<IpNet>().or_else(single).map_err(|error| {
        let message = format!("`{text}` is not a network such as 10.0.0.0/8 ({error})");
        Error::bad_input("RAPPORT_WEBHOOK_ALLOW_NETWORKS", message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(text: &str) -> Result<Vec<String>> {
        let settings = Settings {
            webhook_allow_networks: text.to_owned(),
            ..Settings::default()
        };
        let networks = WebhookConfig::check(&settings)?.allow_networks;
        Ok(networks.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn networks_are_separated_by_commas() {
        assert_eq!(networks("").unwrap(), Vec::<String>::new());
        assert_eq!(networks("10.0.0.0/8, fd00::/8").unwrap(), ["10.0.0.0/8", "fd00::/8"]);
        assert_eq!(networks("192.168.1.7").unwrap(), ["192.168.1.7/32"]);
        for wrong in ["10.0.0.0/33", "intranet", "10.0.0.0-10.0.0.9"] {
            assert!(
                networks(wrong).unwrap_err().to_string().contains("RAPPORT_WEBHOOK_ALLOW_NETWORKS"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn limits_have_limits() {
        for (concurrency, seconds) in [(0, 15), (1_001, 15), (16, 0), (16, 121)] {
            let settings = Settings {
                webhook_concurrency: concurrency,
                webhook_timeout_seconds: seconds,
                ..Settings::default()
            };
            assert!(WebhookConfig::check(&settings).is_err(), "{concurrency} {seconds}");
        }
    }
}
