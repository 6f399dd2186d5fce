//! Texts about what runs on and around the products: firmware, app, integrations, accessibility.

use super::{Topic, ask};

/// Updates of the devices.
pub(super) static FIRMWARE: Topic = Topic {
    slug: "firmware",
    beside: "hardware",
    share: 1.4,
    scripts: &[
        ask(
            "{version} is stuck at 62 % on my {product}. Pull the plug?",
            &[
                "Please do not. It verifies at 62 % and that takes up to twenty minutes on the older ones.",
                "Leave it for half an hour, then ten seconds on the wing button. It falls back to the old slot.",
                "Mine took 40 minutes and was fine.",
            ],
        ),
        ask(
            "How do I go back to the version before {version}?",
            &[
                "Within 14 days: Settings → Device → About → tap the version five times → Previous slot.",
                "Only one step back is possible, and room correction has to be measured again.",
            ],
        ),
        ask(
            "Is there a changelog with more than \"bug fixes and improvements\"?",
            &[
                "The developer page has the long one. I keep a readable copy in the wiki.",
                "Yes: community wiki → Firmware. It lists known issues too.",
            ],
        ),
        ask(
            "Since {version} my {product} wakes up at night and plays half a second of static.",
            &[
                "Known: wake-on-cast. Switch \"instant on\" off until the next patch.",
                "Same here on two of five. Send a diagnostic with the code from the app so that they see the pattern.",
            ],
        ),
        ask(
            "Can updates be forced into office hours only?",
            &[
                "On the enterprise plan: Fleet → Windows. At home only on or off.",
                "Set the time zone of the home correctly, then the nightly window is at 3 local time.",
            ],
        ),
    ],
    complaints: &[
        "{version} bricked my {product}. It worked for three years until you improved it.",
        "Automatic updates in the middle of a film. Who thought of that?",
        "Release notes that say nothing are worse than none.",
    ],
    guides: &[
        "{version} in plain words: what changed, what broke, what to wait for.",
        "How to read the diagnostic log of a {product}, line by line.",
    ],
};

/// The app on phones.
pub(super) static MOBILE_APP: Topic = Topic {
    slug: "mobile-app",
    beside: "setup",
    share: 1.3,
    scripts: &[
        ask(
            "The app forgets my {room} group after every restart (Android). Anyone else?",
            &[
                "Battery optimisation kills it before it saves. Exempt the app and it stays.",
                "Fixed in the beta. Join under Settings → Labs.",
            ],
        ),
        ask(
            "Where has the sleep timer gone?",
            &[
                "Long press on play. It is hidden, but it is there.",
                "Now playing → three dots → Timer. They moved it in {version}.",
            ],
        ),
        ask(
            "Widget shows the wrong cover on iOS. How do I clear it?",
            &[
                "Remove the widget, restart the phone, add it again. The cache is tied to the widget.",
                "Switch the language of the app once and back. Silly, but it clears the covers.",
            ],
        ),
        ask(
            "Is there a way to use the app without an account?",
            &[
                "Guest mode over local network: install, skip, skip, \"only this room\".",
                "Yes, but no presets and no Plus.",
            ],
        ),
        ask(
            "The volume slider jumps from 10 to {n}. Can I make it finer?",
            &[
                "Settings → Device → Volume curve → Fine. Or use the hardware keys, they go in single steps.",
                "Set a maximum volume, the slider spreads over what is left.",
            ],
        ),
    ],
    complaints: &[
        "Logged out again. The {product} is two metres away and I need a cloud to turn it down.",
        "The new app took away the queue. I have used that every day for two years.",
    ],
    guides: &[
        "{n} hidden gestures in the Larkwell app.",
        "Comparison: Android, iOS and web app, feature by feature.",
    ],
};

/// Other people's systems.
pub(super) static INTEGRATIONS: Topic = Topic {
    slug: "integrations",
    beside: "networking",
    share: 0.9,
    scripts: &[
        ask(
            "Home automation sees the {product} but cannot change the volume. Token scope?",
            &[
                "Yes: tokens made before {version} lack `device:control`. Make a new one.",
                "Scope plus local access. Both have to be on.",
            ],
        ),
        ask(
            "Is the local API rate limited? I get 429 with {n} rooms.",
            &[
                "Ten requests a second per device. Use the event stream instead of polling.",
                "Subscribe to /events once and keep the state yourself. I have example code, see my profile.",
            ],
        ),
        ask(
            "Can a doorbell interrupt the music on one speaker only?",
            &[
                "Use an announcement with `target`, not a group command. It ducks and comes back.",
                "Yes, with the webhook from {version}. Put the device id in, not the room name.",
            ],
        ),
        ask(
            "Does anyone have a working MQTT bridge for the {product}?",
            &[
                "There is one in the wiki, in Rust, one binary. I maintain it on weekends.",
                "The community bridge works, use the version from this year.",
            ],
        ),
    ],
    complaints: &[
        "The API changed without a deprecation. Our lobby has been silent since Tuesday.",
        "\"Works with everything\", says the box. It works with two things.",
    ],
    guides: &[
        "Event stream instead of polling: a small example in three languages.",
        "Doorbell, dishwasher, baby phone: my announcements with examples.",
    ],
};

/// Use by everybody.
pub(super) static ACCESSIBILITY: Topic = Topic {
    slug: "accessibility",
    beside: "mobile-app",
    share: 0.5,
    scripts: &[
        ask(
            "With a screen reader the play button of the {product} is just \"button\". Is there a setting?",
            &[
                "Settings → Accessibility → Spoken labels. It is off by default, sadly.",
                "Since {version} all but the equaliser are labelled. For that use the numbers view.",
            ],
        ),
        ask(
            "Can the {product} announce presets aloud? I cannot see the display.",
            &[
                "Yes: hold preset 1 for five seconds. A voice confirms.",
                "The spoken menu does it. My father uses it every day.",
            ],
        ),
        ask(
            "Is there mono mix or balance for one ear?",
            &[
                "Settings → Sound → Mono, per room. Balance only in stereo pairs.",
                "Mono mix exists, and it is remembered per listener with Plus.",
            ],
        ),
    ],
    complaints: &["Grey text on grey in the new app. I am 71 and I bought this to make it easier."],
    guides: &["Larkwell with a screen reader: every gesture, tested by somebody who needs it."],
};
