//! The cases that somebody has to work on today, as a table: what happened how many hours ago. Only the story; who the customers
//! are is dealt in `present`.

use entity::{CaseStatus, Severity, Visibility};

/// A case as it stands today.
pub(super) struct Scene {
    /// Its name: part of its external id.
    pub(super) name: &'static str,
    /// How many hours ago it was opened.
    pub(super) hours: f64,
    pub(super) severity: Severity,
    pub(super) category: &'static str,
    pub(super) channel: &'static str,
    pub(super) visibility: Visibility,
    pub(super) subject: &'static str,
    pub(super) text: &'static str,
    /// How many hours ago, and what.
    pub(super) told: &'static [(f64, Told)],
}

/// Something that happened.
#[derive(Clone, Copy)]
pub(super) enum Told {
    /// Somebody of the company got it.
    Given(&'static str),
    /// The company replied.
    Reply(&'static str),
    /// The customer wrote.
    Message(&'static str),
    /// The status changed.
    Status(CaseStatus),
    /// It turned out to be worse, or not so bad.
    Severity(Severity),
    /// The customer was taken aside.
    Private,
    /// Something for the company only.
    Note(&'static str),
    /// How the customer felt.
    Mood(f64),
}

use super::{ADMIN, AGENT, MANAGER};
use CaseStatus::{Closed, OnHold, Resolved, WaitingOnCustomer};
use Severity::{Critical, High, Low, Normal};
use Told::{Given, Message, Mood, Note, Private, Reply, Status};
use Visibility::{Private as Secret, Public};

/// All of them.
pub(super) static SCENES: &[Scene] = &[
    Scene {
        name: "smell",
        hours: 0.6,
        severity: Critical,
        category: "hardware",
        channel: "email",
        visibility: Secret,
        subject: "Smoke from the Rook amp",
        text: "A thin thread of smoke came out of the Rook amp. It is unplugged and on the balcony. Is the second one safe?",
        told: &[],
    },
    Scene {
        name: "queue",
        hours: 30.0,
        severity: Normal,
        category: "mobile-app",
        channel: "forum",
        visibility: Public,
        subject: "The queue is gone from the app again",
        text: "The queue came back in 5.0.2 and is gone again in 5.1. Did nobody look?",
        told: &[],
    },
    Scene {
        name: "forgotten",
        hours: 215.0,
        severity: High,
        category: "shipping",
        channel: "email",
        visibility: Secret,
        subject: "Nine days and no parcel",
        text: "Ordered, paid, confirmed, and then nothing. I have written twice.",
        told: &[
            (150.0, Given(MANAGER)),
            (149.0, Note("Was in the wrong queue. Nobody has answered yet.")),
            (70.0, Message("Is anybody there?")),
        ],
    },
    Scene {
        name: "replacement",
        hours: 100.0,
        severity: Normal,
        category: "hardware",
        channel: "forum",
        visibility: Public,
        subject: "Wren Mini dead after thunderstorm",
        text: "Storm last night, and the Wren Mini stays dark. The socket works.",
        told: &[
            (96.0, Given(ADMIN)),
            (
                96.0,
                Reply("That sounds like the power board. I am sending you a new one; you hear from me when it has left the warehouse."),
            ),
            (72.0, Message("Thank you! No hurry, I have a radio.")),
            (52.0, Reply("It is packed. I write again when the carrier has it.")),
        ],
    },
    Scene {
        name: "serial",
        hours: 125.0,
        severity: Low,
        category: "setup",
        channel: "chat",
        visibility: Secret,
        subject: "Second-hand Kite belongs to somebody else",
        text: "I bought a Kite second-hand, and the app says that it belongs to another account.",
        told: &[
            (122.0, Given(MANAGER)),
            (
                121.0,
                Reply("I can move it to you. Could you send the serial number and a photo of the sticker?"),
            ),
            (121.0, Status(WaitingOnCustomer)),
        ],
    },
    Scene {
        name: "part",
        hours: 170.0,
        severity: Normal,
        category: "hardware",
        channel: "email",
        visibility: Secret,
        subject: "Heron soundbar: remote does nothing",
        text: "New batteries, new remote, still nothing. The bar itself works with the app.",
        told: &[
            (166.0, Given(ADMIN)),
            (
                166.0,
                Reply(
                    "The receiver behind the grille has probably come loose. I order the part and come back to you by today's date next week.",
                ),
            ),
            (120.0, Reply("The part is on its way to us; until then I have to ask for patience.")),
            (120.0, Status(OnHold)),
            (50.0, Note("Supplier says today.")),
        ],
    },
    Scene {
        name: "overdue",
        hours: 340.0,
        severity: High,
        category: "accessibility",
        channel: "forum",
        visibility: Public,
        subject: "Unlabelled buttons in the new app",
        text: "The new player has fourteen buttons, and my screen reader calls all of them \"button\". I pay for Plus.",
        told: &[
            (335.0, Given(AGENT)),
            (
                334.0,
                Reply("You are right, and I am ashamed of it. The app team has it on the list for the next version."),
            ),
            (250.0, Message("The next version is out. It has fifteen now.")),
            (
                160.0,
                Reply("I have taken it to the head of the team. A fix is promised for next week."),
            ),
            (
                90.0,
                Note("Fix slipped again. Somebody has to tell them, and it should not be a template."),
            ),
        ],
    },
    Scene {
        name: "solved",
        hours: 98.0,
        severity: Normal,
        category: "networking",
        channel: "chat",
        visibility: Secret,
        subject: "Hub drops out at noon",
        text: "Every day at noon the hub is gone for a minute.",
        told: &[
            (95.0, Given(MANAGER)),
            (
                95.0,
                Reply(
                    "At noon your router renews its address. I have switched on a setting that survives that; please watch it for a day.",
                ),
            ),
            (40.0, Message("Two noons without a break. You have a fan.")),
            (26.0, Reply("That is lovely to hear. I close the book on it, then.")),
            (26.0, Status(Resolved)),
            (20.0, Mood(0.8)),
        ],
    },
    Scene {
        name: "again",
        hours: 420.0,
        severity: High,
        category: "billing",
        channel: "email",
        visibility: Secret,
        subject: "Plus charged after cancellation",
        text: "I cancelled in time and have your confirmation. You have charged me all the same.",
        told: &[
            (290.0, Given(MANAGER)),
            (288.0, Reply("I have cancelled the charge. The money is back within three days.")),
            (288.0, Status(Resolved)),
            (100.0, Mood(-0.6)),
            (6.0, Message("Charged again this morning. Is this a joke?")),
        ],
    },
    Scene {
        name: "aside",
        hours: 74.0,
        severity: Normal,
        category: "billing",
        channel: "forum",
        visibility: Public,
        subject: "Family plan throws my children out",
        text: "Since the change of plans my children are thrown out at every start. Their names and ages are in the profile as you wanted.",
        told: &[
            (71.0, Given(MANAGER)),
            (
                71.0,
                Reply("Please do not post the children's data here. I write to you in private, and we solve it there."),
            ),
            (70.9, Private),
            (
                49.0,
                Reply("Could you tell me the address of the account that is thrown out? Only to me."),
            ),
            (49.0, Status(WaitingOnCustomer)),
            (27.0, Message("It is the one of the youngest, mia.")),
        ],
    },
    Scene {
        name: "first",
        hours: 62.0,
        severity: Normal,
        category: "streaming",
        channel: "forum",
        visibility: Public,
        subject: "Podcasts start from the beginning",
        text: "Every episode starts from zero, on every speaker, since Monday.",
        told: &[
            (58.0, Given(AGENT)),
            (58.0, Reply("Thank you, I can see it here, too. Looking for the cause.")),
        ],
    },
    Scene {
        name: "second",
        hours: 22.0,
        severity: Low,
        category: "streaming",
        channel: "email",
        visibility: Public,
        subject: "Podcasts, as I wrote in the forum",
        text: "I wrote in the forum that podcasts start from zero. Here are the names of the speakers.",
        told: &[],
    },
    Scene {
        name: "closed",
        hours: 640.0,
        severity: Normal,
        category: "sound-quality",
        channel: "email",
        visibility: Secret,
        subject: "Left channel quieter than the right one",
        text: "The left Wren 2 is about 3 dB quieter. I measured it.",
        told: &[
            (636.0, Given(MANAGER)),
            (
                635.0,
                Reply("You did measure well: it is 2.8 dB. A calibration went wrong; I have sent yours again."),
            ),
            (620.0, Status(Resolved)),
            (600.0, Mood(0.5)),
            (470.0, Status(Closed)),
        ],
    },
    Scene {
        name: "empty-words",
        hours: 560.0,
        severity: High,
        category: "firmware",
        channel: "forum",
        visibility: Public,
        subject: "4.2 bricked both of my Kites",
        text: "4.2 bricked both of my Kites in one night. They are four years old and were fine until you improved them.",
        told: &[
            (500.0, Given(AGENT)),
            (498.0, Reply("We have received your message.")),
            (400.0, Message("That is not an answer.")),
            (300.0, Told::Severity(Critical)),
            (280.0, Reply("A recovery image for the Kite is ready. I walk you through it.")),
            (190.0, Status(Resolved)),
            (180.0, Mood(-0.7)),
        ],
    },
];
