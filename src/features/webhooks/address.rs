//! Where webhooks may go: to the public internet, and to networks that the operator allows. Pure.
//!
//! Whoever may set up an endpoint chooses an address that our machines then call. Without rules that is a way into networks which
//! only our machines reach. So an address is judged as a number, never by its name: literal hosts here, names when they are
//! resolved, each time, by `outbound`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use url::{Host, Url};

/// Longest address of an endpoint, in bytes.
pub const LONGEST_URL: usize = 2_048;

/// Where a cloud lets machines ask about themselves, although the number is a public one.
const PUBLIC_METADATA: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

/// Why a webhook may not go somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no address.
    #[error("must be a whole address such as https://example.com/webhooks")]
    Malformed,
    /// It is longer than allowed.
    #[error("must be at most {} bytes long", LONGEST_URL)]
    TooLong,
    /// Not the right protocol.
    #[error("must begin with https://")]
    NotHttps,
    /// Neither of the right protocols.
    #[error("must begin with https:// or http://")]
    NotHttp,
    /// It holds what no address is written with, and what readers of addresses pass over.
    #[error("must not hold spaces or control characters")]
    Blank,
    /// Nobody can be called there.
    #[error("must not have the port 0")]
    NoPort,
    /// It holds a user or a password.
    #[error("must not hold a user or a password")]
    Credentials,
    /// It has a fragment, which would never be sent.
    #[error("must not have a part after #")]
    Fragment,
    /// It leads into a network that is not public.
    #[error("must lead to the public internet; this address is private, local or reserved")]
    NotPublic,
    /// It leads nowhere.
    #[error("has no address")]
    Unresolved,
}

/// What may be called beside the public internet.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// Networks that are allowed although they are not public.
    pub networks: Vec<IpNet>,
    /// Whether http is allowed beside https.
    pub http: bool,
}

impl Guard {
    /// Reads the address of an endpoint and judges all that shows without resolving names.
    ///
    /// # Errors
    /// Why a webhook may not go there.
    pub fn check(&self, text: &str) -> Result<Url, Refusal> {
        if text.len() > LONGEST_URL {
            return Err(Refusal::TooLong);
        }
        let url = Url::parse(text).map_err(|_malformed| Refusal::Malformed)?;
        match url.scheme() {
            "https" => {}
            "http" if self.http => {}
            _ if self.http => return Err(Refusal::NotHttp),
            _ => return Err(Refusal::NotHttps),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::Credentials);
        }
        if url.fragment().is_some() {
            return Err(Refusal::Fragment);
        }
        match url.host() {
            None => Err(Refusal::Malformed),
            // A number is written in many ways; the parser has read them all.
            Some(Host::Ipv4(address)) => self.check_all(&[address.into()]).map(|()| url),
            Some(Host::Ipv6(address)) => self.check_all(&[address.into()]).map(|()| url),
            Some(Host::Domain(_)) => Ok(url),
        }
    }

    /// Reads the address of an endpoint that is set up: as [`Guard::check`], and it must be written as addresses are, and have no name
    /// that is only known inside. What is stored is the text of the result.
    ///
    /// # Errors
    /// Why a webhook may not go there.
    pub fn check_new(&self, text: &str) -> Result<Url, Refusal> {
        if text.chars().any(|char| char.is_control() || char.is_whitespace()) {
            return Err(Refusal::Blank);
        }
        let url = self.check(text)?;
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(Refusal::Malformed);
        };
        let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
        if !scheme.eq_ignore_ascii_case(url.scheme()) || authority.is_empty() {
            return Err(Refusal::Malformed);
        }
        if authority.contains('@') {
            return Err(Refusal::Credentials);
        }
        if url.port() == Some(0) {
            return Err(Refusal::NoPort);
        }
        // Signs that are written in another way than they came in make it longer.
        if url.as_str().len() > LONGEST_URL {
            return Err(Refusal::TooLong);
        }
        if self.networks.is_empty() && url.domain().is_some_and(is_inside) {
            return Err(Refusal::NotPublic);
        }
        Ok(url)
    }

    /// Passes when each of the addresses to which a name leads may be called: one that may not is enough to refuse the name.
    ///
    /// # Errors
    /// Why not.
    pub fn check_all(&self, addresses: &[IpAddr]) -> Result<(), Refusal> {
        if addresses.is_empty() {
            return Err(Refusal::Unresolved);
        }
        if addresses.iter().all(|address| self.permits(*address)) {
            return Ok(());
        }
        Err(Refusal::NotPublic)
    }

    fn permits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address)) || is_public(address)
    }
}

/// Whether a name is one of those that lead nowhere on the public internet.
fn is_inside(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || [".localhost", ".internal", ".local"].iter().any(|end| name.ends_with(end))
}

/// Whether an address is on the public internet, by the registries of special purposes (RFC 6890 and what followed it).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    // This network, loopback, multicast, reserved and broadcast.
    let is_ours = matches!(a, 0 | 127 | 224..=255);
    // Private, between carriers and customers, link-local with the metadata of clouds.
    let is_private = matches!((a, b), (10, _) | (100, 64..=127) | (169, 254) | (172, 16..=31) | (192, 168));
    // Protocol assignments, documentation, relays of 6to4, benchmarks.
    let is_assigned = matches!(
        (a, b, c),
        (192, 0, 0 | 2) | (192, 88, 99) | (198, 18 | 19, _) | (198, 51, 100) | (203, 0, 113)
    );
    !is_ours && !is_private && !is_assigned && address != PUBLIC_METADATA
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(embedded) = embedded_v4(address) {
        return is_public_v4(embedded);
    }
    let [first, second, ..] = address.segments();
    // All that is given out to the public begins with the bits 001.
    let is_given_out = matches!(first, 0x2000..=0x3fff);
    // Protocol assignments with Teredo and ORCHID, documentation twice, 6to4.
    let is_assigned = matches!((first, second), (0x2001, 0..=0x01ff | 0x0db8) | (0x2002, _) | (0x3fff, 0..=0x0fff));
    is_given_out && !is_assigned
}

/// The IPv4 address inside an IPv6 address that stands for it: mapped, or translated by NAT64.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return Some(mapped);
    }
    let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = address.segments() else {
        return None;
    };
    Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

#[cfg(test)]
mod tests;
