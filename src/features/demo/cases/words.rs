//! What is said in the cases of the demo. Only words; who says them when is decided in `past` and `present`.

use entity::Severity;

/// Something that customers bring to the company by other ways than the forum.
pub(super) struct Matter {
    pub(super) category: &'static str,
    pub(super) severity: Severity,
    pub(super) subject: &'static str,
    pub(super) text: &'static str,
}

const fn matter(category: &'static str, severity: Severity, subject: &'static str, text: &'static str) -> Matter {
    Matter {
        category,
        severity,
        subject,
        text,
    }
}

/// Matters of every kind.
pub(super) static MATTERS: &[Matter] = &[
    matter(
        "hardware",
        Severity::Critical,
        "Burnt smell from the power supply",
        "The power supply of my {product} smells of burnt plastic. I have pulled the plug. What now?",
    ),
    matter(
        "hardware",
        Severity::High,
        "{product} rattles at low notes",
        "Below 60 Hz something rattles inside, at any volume. It is four months old.",
    ),
    matter(
        "hardware",
        Severity::Normal,
        "Volume wheel jumps",
        "The wheel of the {product} in the {room} jumps from 20 to 60. The neighbours have noticed.",
    ),
    matter(
        "shipping",
        Severity::High,
        "Parcel delivered to nobody",
        "Tracking says delivered on Tuesday. I was at home on Tuesday. There was no parcel.",
    ),
    matter(
        "shipping",
        Severity::Normal,
        "Wrong colour in the box",
        "I ordered the {product} in oak and got it in white. The box says oak.",
    ),
    matter(
        "shipping",
        Severity::Low,
        "Return label for the trade-in",
        "Where do I find the return label for the old {product}?",
    ),
    matter(
        "billing",
        Severity::High,
        "Charged twice for Plus",
        "My card shows two payments for Plus on the same day, {n} euros each.",
    ),
    matter(
        "billing",
        Severity::Normal,
        "Invoice without VAT number",
        "Our office needs the VAT number on the invoice for the {n} devices. It is in the profile, but not on the PDF.",
    ),
    matter(
        "billing",
        Severity::Normal,
        "Cancelled, but still charged",
        "I cancelled in spring and have the confirmation. Today you charged me again.",
    ),
    matter(
        "firmware",
        Severity::High,
        "Silent since {version}",
        "Since the update to {version} my {product} shows up in the app and plays nothing.",
    ),
    matter(
        "firmware",
        Severity::Normal,
        "Update stops at 87 %",
        "The update of the {product} stops at 87 %, whatever I do. {n} tries so far.",
    ),
    matter(
        "mobile-app",
        Severity::Normal,
        "App closes when I open a group",
        "Opening the group of the {room} closes the app at once. Version {version}.",
    ),
    matter(
        "accessibility",
        Severity::High,
        "Screen reader reads nothing in the new app",
        "I am blind. Since {version} the buttons have no names any more. I cannot use what I paid for.",
    ),
    matter(
        "multiroom",
        Severity::Normal,
        "{room} is a beat behind",
        "The speakers in the {room} lag behind the rest by half a second since Sunday.",
    ),
    matter(
        "networking",
        Severity::Low,
        "Which ports does the hub need?",
        "Our office firewall asks. A list of ports for the Roost hub would do.",
    ),
    matter(
        "integrations",
        Severity::Low,
        "Wish: volume limit by time of day",
        "Could the hub keep the {room} below 30 after nine in the evening?",
    ),
    matter(
        "streaming",
        Severity::Normal,
        "Stations gone after the move",
        "I moved to another country, and my {n} stations are gone. Can they come along?",
    ),
    matter(
        "setup",
        Severity::Normal,
        "Code on the sticker is unreadable",
        "The setup code on my {product} is smeared. Without it I cannot add it.",
    ),
];

/// The company's first word.
pub(super) const FIRST_REPLIES: &[&str] = &[
    "Thank you for writing. I have your device in front of me on the screen and look into it today.",
    "That should not have happened. I take this over and come back to you as soon as I know more.",
    "I am sorry for the trouble. Your case is with me, and I stay on it until it is solved.",
    "Thank you for the clear description, that helps a lot. I have asked the workshop and will write again.",
];

/// Asking the customer for something.
pub(super) const QUESTIONS: &[&str] = &[
    "Could you send me the serial number? It is on the underside, below the sticker.",
    "Which version does the app show under Settings → About?",
    "Would you be so kind as to hold the button for ten seconds and tell me which colour it shows then?",
    "Could you send a photo of the invoice? Then I can start the replacement today.",
];

/// What customers answer.
pub(super) const ANSWERS: &[&str] = &[
    "Here it is: LW-48213-B. Sorry for the wait.",
    "It shows {version}. Is that good or bad?",
    "Amber, then white, then nothing.",
    "The photo is attached. I hope it is sharp enough.",
];

/// Why the company has to wait for something.
pub(super) const HOLDS: &[&str] = &[
    "The part is on order and should be here within the week. I let you know the day it arrives.",
    "This needs a fix in the firmware. It is in test now; I write to you when it is out.",
    "The carrier has started a search. That takes some days, and I keep asking them.",
];

/// News after the waiting.
pub(super) const NEWS: &[&str] = &[
    "The part has arrived, and your device is on the bench this afternoon.",
    "The fix is out: {version}. Please update and tell me whether all is well.",
    "The carrier has found nothing, so we do not wait any longer: another one leaves our warehouse today.",
];

/// Solved.
pub(super) const SOLUTIONS: &[&str] = &[
    "Done: it works here as it should, and it is on its way back to you.",
    "I have put this right on our side. Please switch it off and on once, then it plays.",
    "The money is back on your card within three days. I am sorry that it took us to notice.",
    "The replacement was handed to the carrier this morning. You need not send the old one back.",
];

/// It was not solved.
pub(super) const RELAPSES: &[&str] = &[
    "It worked for a day. Now it is exactly as before.",
    "Nothing has arrived, and the link to the tracking says nothing.",
    "Half of it works. The {room} still does not.",
];

/// The second time.
pub(super) const SECOND_SOLUTIONS: &[&str] = &[
    "You were right, I had overlooked the second zone. Now both are done, and I have tried it for an hour.",
    "I have walked to the warehouse myself. Your parcel left at noon, and here is the right number.",
];

/// For the company only.
pub(super) const NOTES: &[&str] = &[
    "Third one from the same batch this month. Told the workshop.",
    "Customer is calm and knows what they are talking about.",
    "Asked finance, they see both payments.",
    "Log shows 214 reconnects in a night, all from one router model.",
    "Do not send another questionnaire, they got two already.",
];

/// Apologies that say whose fault it was.
pub(super) const APOLOGIES: &[&str] = &[
    "We promised to answer within a day and let you wait. That is our fault and nobody else's: the mail lay in the wrong queue. \
     The next month of Plus is on us, and the queue is watched now.",
    "I am sorry. We told you it would be solved this week, and it was not, because we ordered the part too late. I have put your device \
     at the front of the bench.",
    "You were right to be angry: we broke our word. The cause was our planning over the holidays. We have changed it, and your \
     replacement goes by express.",
];

/// Apologies that say nothing.
pub(super) const EMPTY_APOLOGIES: &[&str] = &[
    "We apologise for any inconvenience this may have caused.",
    "We are sorry that you feel this way. Your opinion matters to us.",
];

/// Apologies that were not meant to be sent.
pub(super) const WRONG_APOLOGY: &str = "Sorry that the outage of last week hit you, too.";

/// What somebody is to do later.
pub(super) const FOLLOW_UPS: &[&str] = &[
    "Tell them whether the replacement has left the warehouse",
    "Ask whether the fix holds",
    "Write what the workshop found",
    "Call and go through the setup together",
    "Say when the part arrives",
];

/// What came of it.
pub(super) const OUTCOMES: &[&str] = &[
    "It holds. They were glad that we asked.",
    "Told them; they wait for the parcel.",
    "Reached them by phone, all well.",
    "They have what they need.",
];
