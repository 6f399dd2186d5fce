//! What a reader of the log keeps: a place in the log of one community, as a text that says nothing to anybody else.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use entity::CommunityId;

use crate::auth::sha256_hex;
use crate::error::{Error, Result, UserErrorCode};

/// Signs of the checksum.
const CHECK: usize = 10;

/// A place in the log of a community: everything up to it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Whose log.
    pub community: CommunityId,
    /// The number of the last event that was read.
    pub seq: i64,
}

impl Cursor {
    /// The place after an event.
    #[must_use]
    pub const fn new(community: CommunityId, seq: i64) -> Self {
        Self { community, seq }
    }

    /// The text that readers keep.
    #[must_use]
    pub fn encode(self) -> String {
        let place = format!("{}:{}", self.community, self.seq);
        BASE64_URL_SAFE_NO_PAD.encode(format!("{place}:{}", check(&place)))
    }

    /// Reads a text that a reader kept, for the log of a community.
    ///
    /// # Errors
    /// [`Error::User`] at `after`, when it is none, or one of another log.
    pub fn decode(text: &str, community: CommunityId) -> Result<Self> {
        parse(text).filter(|cursor| cursor.community == community).ok_or_else(|| {
            let message = "is not a cursor of this community's change log";
            Error::user("after", UserErrorCode::Invalid, message)
        })
    }

    /// Passes when nothing after it was deleted; `floor` is what [`super::log::floor`] says.
    ///
    /// # Errors
    /// [`Error::CursorExpired`].
    pub const fn check(self, floor: i64) -> Result<()> {
        if self.seq < floor { Err(Error::CursorExpired) } else { Ok(()) }
    }
}

/// Catches what was cut off or mistyped. It keeps nobody from making one: a cursor opens nothing.
fn check(place: &str) -> String {
    sha256_hex(format!("change log {place}")).chars().take(CHECK).collect()
}

fn parse(text: &str) -> Option<Cursor> {
    let content = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let mut parts = content.split(':');
    let (community, seq) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let cursor = Cursor::new(CommunityId(community), seq);
    // One spelling for each place: leading zeros, signs and tails are refused, and so is another checksum.
    (seq >= 0 && cursor.encode() == text).then_some(cursor)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEA: CommunityId = CommunityId(7);

    #[test]
    fn what_is_no_cursor_of_the_log_is_said_to_be_wrong() {
        let good = Cursor::new(TEA, 41).encode();
        let other = Cursor::new(CommunityId(8), 41).encode();
        let forged = BASE64_URL_SAFE_NO_PAD.encode("7:42:0123456789");
        let padded = BASE64_URL_SAFE_NO_PAD.encode(format!("7:041:{}", check("7:041")));
        let before_the_start = Cursor::new(TEA, -1).encode();
        let (longer, shorter) = (format!("{good}A"), good[1..].to_owned());
        let none = ["", "7:41", "é"].map(ToOwned::to_owned);
        for wrong in none.into_iter().chain([other, forged, padded, before_the_start, longer, shorter]) {
            let refused = Cursor::decode(&wrong, TEA).unwrap_err();
            assert_eq!(
                refused.public_message(),
                "after: is not a cursor of this community's change log",
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_cursor_expires_when_something_after_it_was_deleted() {
        let cursor = Cursor::new(TEA, 41);
        assert!(cursor.check(0).is_ok());
        assert!(cursor.check(41).is_ok());
        assert!(matches!(cursor.check(42), Err(Error::CursorExpired)));
    }

    proptest! {
        #[test]
        fn every_place_reads_back(community in 1..i64::MAX, seq in 0..i64::MAX) {
            let cursor = Cursor::new(CommunityId(community), seq);
            prop_assert_eq!(Cursor::decode(&cursor.encode(), CommunityId(community)).unwrap(), cursor);
        }
    }
}
