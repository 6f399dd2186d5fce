//! Texts about the first days with a product: setup, networking, shipping, billing.

use super::{Topic, ask};

/// Unpacking and pairing.
pub(super) static SETUP: Topic = Topic {
    slug: "setup",
    beside: "networking",
    share: 1.6,
    scripts: &[
        ask(
            "My {product} blinks orange and never shows up in the app. What am I missing?",
            &[
                "Orange means it has power but no network. Hold the wing button for ten seconds, wait for the chirp, and pair again.",
                "Check that the phone is on the 2.4 GHz network while pairing. After that it can go back to 5 GHz.",
                "Switch off the VPN on your phone, that was it for me.",
            ],
        ),
        ask(
            "How do I move a {product} to a new Wi-Fi without losing my presets?",
            &[
                "Settings → Device → Network → Move. Presets live in your account, they come back by themselves.",
                "Plug in a network cable first, change the Wi-Fi, unplug. No reset needed.",
            ],
        ),
        ask(
            "Can two people in one household both be owner of the {product}?",
            &[
                "One owner, any number of housemates: Settings → Home → Invite. Housemates can do everything but delete the home.",
                "Yes, since {version}. Before that you had to share the account.",
            ],
        ),
        ask(
            "Bought a {product} second-hand and it says it belongs to somebody else. Now what?",
            &[
                "The seller has to release it in the app. If they do not answer, support does it with the receipt.",
                "Factory reset does not remove the owner, on purpose. Write to support with the serial number.",
            ],
        ),
        ask(
            "Do I need the hub when I only have one {product}?",
            &[
                "No. The hub only pays off from three rooms or for the old wired models.",
                "Not needed. I ran one without a hub for a year.",
            ],
        ),
    ],
    complaints: &[
        "Third evening of trying to set up the {product}. The manual is four pictures and no words.",
        "The setup asks for my location, my contacts and my birthday before it plays one note. Why?",
    ],
    guides: &[
        "Guide: a clean start with a new {product} in {n} minutes, with pictures of every light pattern.",
        "Checklist for moving house with Larkwell speakers: what to note down before you pull the plugs.",
    ],
};

/// Routers and cables.
pub(super) static NETWORKING: Topic = Topic {
    slug: "networking",
    beside: "multiroom",
    share: 1.3,
    scripts: &[
        ask(
            "The {product} in the {room} drops off the network every night around two. Router or speaker?",
            &[
                "Router: many of them change channel at night. Pin the channel and it stops.",
                "Look at the lease time. Mine was 12 hours and the {product} did not renew properly before {version}.",
                "Give it a fixed address in the router, that fixed it in my {room}.",
            ],
        ),
        ask(
            "Which ports do I have to open between my IoT VLAN and the phones?",
            &[
                "mDNS has to be reflected, then TCP 7443 and UDP 6970-6979. Nothing to open towards the internet.",
                "Reflect mDNS and allow established connections back. I posted my rules in the group.",
            ],
        ),
        ask(
            "Does the {product} support WPA3?",
            &[
                "From {version} on, yes. In mixed mode it still picks WPA2.",
                "Yes, but the Mini does not. Use the transition mode of the access point.",
            ],
        ),
        ask(
            "Mesh with {n} nodes and the {product} always clings to the far one. Can I pin it?",
            &[
                "Not on the speaker, but nearly every mesh lets you bind a device to a node.",
                "Turn off fast roaming (802.11r) for that network. Speakers do not walk.",
            ],
        ),
        ask(
            "Is wired always better, even for one speaker?",
            &[
                "For one speaker with a good signal you will not hear a difference. For groups, wire the one that leads.",
                "Wired leader, wireless rest. That is the whole secret.",
            ],
        ),
    ],
    complaints: &[
        "Every router update breaks the {product}. I pay for a speaker, not for a hobby.",
        "{n} reconnects since Monday. My old radio from 1987 has had none.",
    ],
    guides: &[
        "How I got zero dropouts with {n} speakers: channels, lease times and one boring cable.",
        "mDNS across VLANs explained with a drawing. Works for Larkwell and printers alike.",
    ],
};

/// Orders, parcels and returns.
pub(super) static SHIPPING: Topic = Topic {
    slug: "shipping",
    beside: "billing",
    share: 0.7,
    scripts: &[
        ask(
            "Tracking for my {product} has not moved for {n} days. Is that normal?",
            &[
                "Around sales it sits in the hub for a while. Mine moved on day six.",
                "If it says \"label created\", write to support, they send a new one after five working days.",
            ],
        ),
        ask(
            "Can I still change the delivery address?",
            &[
                "Until the label is printed: Orders → Change address. Afterwards only with the carrier.",
                "Chat support changed it for me within the hour.",
            ],
        ),
        ask(
            "Do returns have to be in the original box?",
            &[
                "Any solid box will do, but put the foam corners in.",
                "No, but photograph it before you hand it over. Saved me once.",
            ],
        ),
        ask(
            "Does the {product} from the UK shop come with a European plug?",
            &[
                "Both cables are in the box since spring.",
                "The cable is a plain C7, two euros anywhere.",
            ],
        ),
    ],
    complaints: &[
        "Delivered, says the tracking. To whom? Not to me.",
        "My {product} arrived with a dent and the replacement takes {n} days. That is not a replacement, that is a pen pal.",
    ],
    guides: &["Returning a {product} without tears: labels, foam corners and how long the refund takes."],
};

/// Invoices and the subscription.
pub(super) static BILLING: Topic = Topic {
    slug: "billing",
    beside: "streaming",
    share: 1.0,
    scripts: &[
        ask(
            "I was charged twice for Larkwell Plus this month. Who do I write to?",
            &[
                "One of them is usually a reservation and vanishes after {n} days. If both are booked: Account → Payments → Dispute.",
                "Had that too. Support refunded it the same day when I sent the two booking numbers.",
            ],
        ),
        ask(
            "How do I get an invoice with our VAT number?",
            &[
                "Account → Business → Tax id, then reissue. It works for the last twelve months.",
                "Company accounts get it by themselves, private ones have to switch the account type first.",
            ],
        ),
        ask(
            "Does cancelling Plus switch off the equaliser at once?",
            &[
                "At the end of the paid month, and your curves are kept for a year.",
                "No, only the room correction stops updating. Manual curves stay.",
            ],
        ),
        ask(
            "Can I pay for a year in advance for {n} seats?",
            &[
                "Yes, on the enterprise plan. Ask for the annual quote, it is cheaper than the sum.",
                "From ten seats on. Below that it is monthly only.",
            ],
        ),
        ask(
            "Why is the price in the app different from the one on the website?",
            &[
                "The app store adds its share. Subscribe on the website and log in, same thing for less.",
                "Tax. The website shows it without before you choose the country.",
            ],
        ),
    ],
    complaints: &[
        "The price of Plus went up by a third and the mail said \"exciting news\".",
        "Cancelled in March, still paying. {n} mails and nobody feels responsible.",
    ],
    guides: &[
        "What is in Plus and what is not, as a table. Updated for {version}.",
        "Larkwell for small offices: which plan, how many seats, and the tax id trick.",
    ],
};
