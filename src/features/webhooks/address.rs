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
mod tests {
    use super::*;

    fn guard() -> Guard {
        Guard::default()
    }

    fn is_public_text(text: &str) -> bool {
        is_public(text.parse().unwrap())
    }

    #[test]
    fn what_is_not_public_is_refused() {
        for private in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::808:808",
            "100::1",
            "2001::1",
            "2001:0:808:808::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:a00:1::1",
            "2002:808:808::1",
            "3fff::1",
            "3fff:fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public_text(private), "{private}");
        }
    }

    #[test]
    fn what_is_public_passes() {
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.1.1",
            "172.15.1.1",
            "172.32.1.1",
            "192.0.1.1",
            "192.167.1.1",
            "198.17.1.1",
            "198.20.1.1",
            "203.0.112.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2001:4860:4860::8888",
            "2001:200::1",
            "2a00:1450::1",
            "3ffe::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(is_public_text(public), "{public}");
        }
    }

    #[test]
    fn a_number_is_a_number_however_it_is_written() {
        for hidden in [
            "https://127.0.0.1/",
            "https://127.0.0.1./",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://017700000001/",
            "https://%31%32%37.0.0.1/",
            "https://１２７.0.0.1/",
            "https://0/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[64:ff9b::127.0.0.1]/",
            "https://10.1.2.3:8443/hook",
            "https://169.254.169.254/latest/meta-data",
        ] {
            assert_eq!(guard().check(hidden).map(drop), Err(Refusal::NotPublic), "{hidden}");
        }
        for public in ["https://1.1.1.1/", "https://[2606:4700:4700::1111]:8443/", "https://16843009/"] {
            assert_eq!(guard().check(public).map(drop), Ok(()), "{public}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_address_is_said() {
        let long = format!("https://example.com/{}", "x".repeat(LONGEST_URL));
        for (text, refusal) in [
            ("", Refusal::Malformed),
            ("/hook", Refusal::Malformed),
            ("example.com/hook", Refusal::Malformed),
            ("https://", Refusal::Malformed),
            ("https://exa mple.com/", Refusal::Malformed),
            ("http://example.com/", Refusal::NotHttps),
            ("ftp://example.com/", Refusal::NotHttps),
            ("file:///etc/passwd", Refusal::NotHttps),
            ("gopher://127.0.0.1:70/", Refusal::NotHttps),
            ("https://user@example.com/", Refusal::Credentials),
            ("https://user:pass@example.com/", Refusal::Credentials),
            ("https://:pass@example.com/", Refusal::Credentials),
            ("https://example.com@127.0.0.1/", Refusal::Credentials),
            ("https://example.com/#here", Refusal::Fragment),
            (long.as_str(), Refusal::TooLong),
        ] {
            assert_eq!(guard().check(text).map(drop), Err(refusal), "{text}");
        }
        assert!(guard().check("https://hooks.example.com:8443/rapport?key=1").is_ok());
    }

    #[test]
    fn what_the_operator_allows_passes_and_nothing_else() {
        let guard = Guard {
            networks: vec!["127.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()],
            http: true,
        };
        for allowed in [
            "http://127.0.0.1:9/",
            "http://[::ffff:127.0.0.1]/",
            "https://[fd12::1]/",
            "http://example.com/",
        ] {
            assert_eq!(guard.check(allowed).map(drop), Ok(()), "{allowed}");
        }
        for refused in ["http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/"] {
            assert_eq!(guard.check(refused).map(drop), Err(Refusal::NotPublic), "{refused}");
        }
        assert_eq!(guard.check("ftp://127.0.0.1/").map(drop), Err(Refusal::NotHttp));
    }

    #[test]
    fn one_address_that_is_not_public_is_enough_to_refuse_a_name() {
        let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpAddr>>();
        assert_eq!(guard().check_all(&addresses(&["1.1.1.1", "2606:4700::1"])), Ok(()));
        assert_eq!(guard().check_all(&addresses(&["1.1.1.1", "10.0.0.1"])), Err(Refusal::NotPublic));
        assert_eq!(guard().check_all(&[]), Err(Refusal::Unresolved));
    }
}
