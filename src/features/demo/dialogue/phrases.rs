//! Short English texts that fit any subject.

/// Products of the invented company.
pub const PRODUCTS: &[&str] = &["Wren 2", "Wren Mini", "Heron soundbar", "Rook amp", "Kite", "Roost hub"];

/// Versions of the firmware and the app.
pub const VERSIONS: &[&str] = &["4.0", "4.1.3", "4.2", "4.2.1", "5.0", "5.0.2", "5.1"];

/// Rooms.
pub const ROOMS: &[&str] = &["kitchen", "living room", "bathroom", "office", "attic", "garage", "hallway"];

/// How a question begins.
pub const OPENINGS: &[&str] = &[
    "",
    "",
    "",
    "Hi all! ",
    "Quick question: ",
    "Newbie here 🙋 ",
    "I searched but found nothing. ",
    "Hello everybody, ",
    "Sorry if this is obvious: ",
];

/// How a question ends.
pub const CLOSINGS: &[&str] = &["", "", "", "", " Thanks!", " Any idea?", " 🙏", " Already tried a restart."];

/// Answers that fit most questions.
pub const GENERAL_ANSWERS: &[&str] = &[
    "What does the diagnostic say? App → Help → Diagnostic, the first two lines are enough.",
    "Same model here, works since {version}. Which one are you on?",
    "Unplug it for a full minute, not ten seconds. It has a large capacitor.",
    "There is a wiki page on this, second section.",
    "I would do it in this order: cable, restart, update, reset. Stop when it works.",
    "Had this last winter. In the end it was the power strip.",
];

/// Remarks under questions, answers and posts.
pub const COMMENTS: &[&str] = &[
    "Same here.",
    "+1, also on the {product}.",
    "This should be in the manual.",
    "Can confirm on {version}.",
    "Did not work for me, but restarting afterwards did.",
    "Which colour is the light?",
    "Nice find! 👏",
    "Bookmarked.",
    "Careful, on the {product} this also clears the presets.",
    "😂 the book under the front edge. It works!",
    "I measured it: {n} ms.",
    "Could you add a photo?",
    "Tested in the {room}, fine.",
    "Does this need Plus?",
];

/// What askers write back to those who helped.
pub const THANKS: &[&str] = &[
    "That was it, thank you!",
    "Works now. You just saved my weekend 🎉",
    "Perfect, exactly what I needed.",
    "Thanks, I would never have found that.",
    "Solved. And I learned something about routers.",
];

/// What askers write back when it does not work yet.
pub const NOT_YET: &[&str] = &[
    "Tried that, still the same. The light is orange now.",
    "I am on {version}. Does that matter?",
    "Half way there: it pairs, but drops after {n} minutes.",
    "Where exactly do I find that? I only see \"General\".",
];

/// What staff answer to complaints in public.
pub const STAFF_REPLIES: &[&str] = &[
    "I am sorry, this is our fault and I have reported it to the firmware team. I will write here again on Friday.",
    "You are right, we did not keep what we promised. I have sent you a private message so that we can put it right.",
    "Thank you for telling us so plainly. Could you send me the serial number in a private message?",
    "Sorry about the wait. The cause is found, a fix is in test, and I will post here when it is out.",
];

/// What staff write in private.
pub const STAFF_MESSAGES: &[&str] = &[
    "Hello! I would like to put this right. A replacement is on its way, no need to return the old one first.",
    "I have refunded the last two months of Plus. That does not undo the trouble, but it is a start.",
    "May I call you tomorrow? It is easier to look at the log together.",
];

/// What people answer to staff in private when they are content.
pub const CONTENT_MESSAGES: &[&str] = &[
    "Thank you, I did not expect that. The new one works.",
    "Refund arrived. I appreciate that somebody really read my mail.",
    "All good now. I will say so in the thread as well.",
];

/// What people answer to staff in private when they are not.
pub const DISCONTENT_MESSAGES: &[&str] = &[
    "With respect, that is what your colleague wrote three weeks ago.",
    "I do not want a voucher, I want music in the {room}.",
    "Still waiting for the parcel.",
];

/// What helpers write to members in private.
pub const HELPER_MESSAGES: &[&str] = &[
    "Send me the log if you like, I will have a look tonight.",
    "I did not want to flood the thread: here is the long version, step by step.",
    "If you are near the market hall on Saturday, bring it along, I have the tools.",
    "Here is my configuration, replace the names of the rooms and it should run.",
];

/// What members write back to them.
pub const HELPED_MESSAGES: &[&str] = &[
    "It runs! You are far too kind.",
    "Thank you. I would have sent it back without you.",
    "Understood, I will try that on the weekend.",
];

/// Complaints on the day of the outage.
pub const OUTAGE_COMPLAINTS: &[&str] = &[
    "Nothing plays since this morning. Not even my own presets. What is going on?",
    "Silence in all {n} rooms and the status page is green. Green!",
    "We have guests and the {product} says \"try again later\". It has been saying that for five hours.",
    "The café is quiet, customers ask why. A word from you would be nice.",
    "Down here too. Why does local music need your servers at all?",
];

/// Questions on the day of the outage.
pub const OUTAGE_QUESTIONS: &[&str] = &[
    "Is it just me or is streaming down everywhere?",
    "Does anybody know how long this outage will take?",
    "Can I play from the NAS while the service is down?",
];

/// Answers to them.
pub const OUTAGE_ANSWERS: &[&str] = &[
    "Everywhere. Local playback works: web app of the device, http://wren.local, then Library.",
    "Guest mode still works because it never asks the cloud. Log out, choose \"only this room\".",
    "Status page is updated now: they say until tonight.",
];

/// What staff announce during the outage.
pub const OUTAGE_NOTICES: &[&str] = &[
    "Streaming and login are down since 06:10 UTC. It is our fault, a certificate ran out. Local playback works without login: web app of the device, then Library. We write here every two hours.",
];

/// How staff account for the outage afterwards.
pub const OUTAGE_ACCOUNTS: &[&str] = &[
    "What happened on the day of silence, in plain words: a certificate nobody felt responsible for. We are sorry. Everybody on Plus gets a month back, and from the next version on local music never asks our servers.",
];

/// What staff announce on a release.
pub const RELEASE_NOTICES: &[&str] = &[
    "Version 4.2 is out 🎉 Better timing in groups, spoken labels, and a new update check. Please tell us what breaks; known issues are in the first reply.",
];

/// Praise after the outage was explained.
pub const OUTAGE_PRAISE: &[&str] = &[
    "Credit where it is due: an honest account of the outage, and local playback without login is coming. Thank you.",
    "A month of Plus for everybody and no excuses. That is how you do it.",
];

/// Praise at any time.
pub const PRAISE: &[&str] = &[
    "Three years with the {product} and it still makes me smile every morning ☀️",
    "Support called me back on a Sunday. Wow.",
    "Spare part arrived in two days, repaired in ten minutes. More companies like this please.",
    "My daughter learned to whistle because of the wake-up birds. Thank you, Larkwell 🐦",
    "The people in this forum are the best feature of the {product}.",
];

/// Reviews, with their sentiment.
pub const REVIEWS: &[(&str, f64)] = &[
    (
        "★★★★★ {product}: warm, detailed, and the {room} has never been so clean because I dance in it.",
        0.95,
    ),
    ("★★★★☆ {product}: great sound, the app needs a hand.", 0.6),
    ("★★★★☆ {product} after {n} months: no regrets, one dropout a week.", 0.5),
    ("★★★☆☆ {product}: good when it works. Setup took an evening.", 0.0),
    ("★★☆☆☆ {product}: lovely hardware held hostage by an account.", -0.5),
    ("★☆☆☆☆ {product}: sent back twice.", -0.9),
];

/// Other posts.
pub const CHATTER: &[&str] = &[
    "What are you listening to tonight? 🎶",
    "Show your {room}! I start: shelf, plant, {product}.",
    "Wish list for the next version: a queue, a queue, and a queue.",
    "Meet-up in Lisbon on the 12th, who comes along?",
    "Poll: display on or off at night?",
];

/// Posts in closed groups.
pub const GROUP_POSTS: &[&str] = &[
    "Beta {version}: timing is much better, spoken labels are gone. Seen by anyone else?",
    "Installers: how do you bill the second visit when the router was to blame?",
    "Please do not share outside the group: photos of the new {product} prototype grille.",
    "Which three bugs would you fix before the release? I collect until Thursday.",
    "Test plan for the {room} scenario, {n} steps. Volunteers?",
];

/// Replies in closed groups.
pub const GROUP_REPLIES: &[&str] = &[
    "Seen on two of four devices, log sent.",
    "I take the first ten steps.",
    "For me it is the opposite: labels there, timing worse.",
    "We put it into the offer as \"network check\". Nobody has complained.",
    "Queue first. Always the queue.",
    "Works for me with {version} on a cabled {product}.",
];

/// Texts that mention somebody; `@` is replaced by their handle.
pub const MENTIONS: &[&str] = &[
    "@ wrote the best guide on this.",
    "Paging @, nobody knows this better.",
    "As @ said last month: check the power strip.",
];

/// Texts of those who pass something on.
pub const SHARES: &[&str] = &[
    "Worth a read if you own a Larkwell.",
    "This solved my problem with the {product} 👇",
    "From the Larkwell community, for all who asked me:",
];

/// What endorsements say.
pub const ENDORSEMENTS: &[&str] = &[
    "Helped me twice, patient and right both times.",
    "Knows more about this than the manual.",
    "Explains it so that I understand it.",
];

/// Why something was reported.
pub const FLAGS: &[&str] = &[
    "Advertising.",
    "Insulting.",
    "Off topic.",
    "Dangerous advice: do not open it while plugged in.",
];

/// What the bot says to those who post for the first time.
pub const WELCOMES: &[&str] = &[
    "🤖 Welcome to the Larkwell community! Tip: add the light pattern and your version, people will find the answer faster.",
    "🤖 Welcome! While you wait: these three topics look similar to yours.",
];
