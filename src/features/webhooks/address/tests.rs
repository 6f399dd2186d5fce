//! Tests of where webhooks may go.

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
fn a_new_address_is_written_as_addresses_are() {
    for (text, refusal) in [
        ("https://exam\tple.com/", Refusal::Blank),
        ("https://example.com/a\nb", Refusal::Blank),
        (" https://example.com/", Refusal::Blank),
        ("https://example.com/\u{a0}", Refusal::Blank),
        ("https:///etc/passwd", Refusal::Malformed),
        ("https:\\\\example.com/", Refusal::Malformed),
        ("https:example.com", Refusal::Malformed),
        ("https:/example.com", Refusal::Malformed),
        ("https:example.com/?to=https://example.com", Refusal::Malformed),
        ("https://@example.com/", Refusal::Credentials),
        ("https://:@example.com/", Refusal::Credentials),
        ("https://example.com:0/", Refusal::NoPort),
        ("https://localhost/", Refusal::NotPublic),
        ("https://LOCALHOST.:8443/", Refusal::NotPublic),
        ("https://app.localhost/", Refusal::NotPublic),
        ("https://metadata.google.internal/", Refusal::NotPublic),
        ("https://printer.local/", Refusal::NotPublic),
    ] {
        assert_eq!(guard().check_new(text).map(drop), Err(refusal), "{text:?}");
    }
    let kept = guard()
        .check_new("HTTPS://Example.com:443/a/../b?to=me@example.org")
        .map(String::from);
    assert_eq!(kept.as_deref(), Ok("https://example.com/b?to=me@example.org"));
    let inside = Guard {
        networks: vec!["10.0.0.0/8".parse().unwrap()],
        http: false,
    };
    assert!(inside.check_new("https://hooks.internal/").is_ok());
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
