//! When a text says nothing: for all rooms that ask for one.

/// Whether a text shows nothing: it is empty, or made of blanks, control characters and characters without a width.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(shows_nothing)
}

fn shows_nothing(sign: char) -> bool {
    // NUL is a fault of its own.
    sign.is_whitespace()
        || (sign.is_control() && sign != '\0')
        || matches!(
            sign,
            // Soft hyphen, joiners, fillers, direction marks, invisible operators, variation selectors, tags.
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_shows_nothing_is_blank() {
        for blank in [
            "",
            " \t\n",
            "\u{200b}",
            "\u{200b}\u{200d}\u{feff} ",
            "\u{2060}\u{ad}",
            "\u{3164}",
            "\u{202e}",
        ] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for said in ["a", "\u{200b}a", "–", "0", "👍🏽", "नी"] {
            assert!(!is_blank(said), "{said:?}");
        }
    }
}
