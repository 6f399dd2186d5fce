//! Where an export stood that broke off: what its checkpoints hand out and a later one takes. Pure.
//!
//! A token opens nothing: what it names is looked at with the permissions of who brings it.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use entity::CommunityId;
use serde::{Deserialize, Serialize};

use super::kind::Kind;
use crate::error::{Error, Result};

/// The version of tokens.
const VERSION: u8 = 1;

/// How many lines of each kind were written.
pub type Counts = [u64; Kind::ALL.len()];

/// Where an export stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// Of which community.
    pub community: CommunityId,
    /// The position in the change log when the export began.
    pub seq: i64,
    /// What is exported, in order.
    pub kinds: Vec<Kind>,
    /// The first kind that is not over.
    pub kind: Kind,
    /// The key after which it goes on.
    pub after: i64,
    /// How much was written.
    pub counts: Counts,
}

/// As it is written: numbers in a list.
#[derive(Serialize, Deserialize)]
struct Written(u8, i64, i64, u16, usize, i64, Counts);

impl Resume {
    /// The token.
    #[must_use]
    pub fn encode(&self) -> String {
        let kinds = self.kinds.iter().fold(0_u16, |set, kind| set | (1 << kind.place()));
        let written = Written(
            VERSION,
            self.community.0,
            self.seq,
            kinds,
            self.kind.place(),
            self.after,
            self.counts,
        );
        // Numbers can always be written.
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&written).unwrap_or_default())
    }

    /// Reads a token of an export of a community.
    ///
    /// # Errors
    /// [`Error::BadInput`] when it is none.
    pub fn decode(token: &str, community: CommunityId) -> Result<Self> {
        let wrong = || Error::bad_input("after", "is not a resume token of an export of this community");
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok();
        let written = bytes.and_then(|bytes| serde_json::from_slice::<Written>(&bytes).ok());
        let Written(version, of, seq, set, place, after, counts) = written.ok_or_else(wrong)?;
        let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| set & (1 << kind.place()) != 0).collect();
        let kind = kinds.iter().copied().find(|kind| kind.place() == place).ok_or_else(wrong)?;
        let resume = Self {
            community: CommunityId(of),
            seq,
            kinds,
            kind,
            after,
            counts,
        };
        // One spelling for each, so that what is no token of ours is seen early.
        let is_ours = version == VERSION && resume.community == community && seq >= 0 && resume.encode() == token;
        if is_ours { Ok(resume) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resume() -> Resume {
        Resume {
            community: CommunityId(7),
            seq: 42,
            kinds: vec![Kind::Members, Kind::Cases, Kind::Scores],
            kind: Kind::Cases,
            after: 1_000,
            counts: [500, 0, 0, 3, 0, 0, 0, 0, 0],
        }
    }

    #[test]
    fn a_token_is_read_as_it_was_written() {
        assert_eq!(Resume::decode(&resume().encode(), CommunityId(7)).unwrap(), resume());
    }

    #[test]
    fn what_is_no_token_of_this_community_is_refused() {
        let good = resume().encode();
        let of = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let negative = Resume { seq: -1, ..resume() }.encode();
        for (token, community) in [
            (good.as_str(), 8),
            ("", 7),
            ("nonsense!", 7),
            (&good[1..], 7),
            (negative.as_str(), 7),
            (of("[2,7,42,265,3,1000,[0,0,0,0,0,0,0,0,0]]").as_str(), 7),
            // A kind that is not in the set, a set with unknown kinds, a blank.
            (of("[1,7,42,265,1,1000,[0,0,0,0,0,0,0,0,0]]").as_str(), 7),
            (of("[1,7,42,2313,3,1000,[0,0,0,0,0,0,0,0,0]]").as_str(), 7),
            (of("[1,7,42,265,3, 1000,[0,0,0,0,0,0,0,0,0]]").as_str(), 7),
        ] {
            let refused = Resume::decode(token, CommunityId(community));
            assert!(
                matches!(&refused, Err(Error::BadInput { field, .. }) if field == "after"),
                "{token}: {refused:?}"
            );
        }
        assert!(Resume::decode(&of("[1,7,42,265,3,1000,[0,0,0,0,0,0,0,0,0]]"), CommunityId(7)).is_ok());
    }
}
