//! Texts about what comes out of the products: streaming, groups, sound, and the hardware itself.

use super::{Topic, ask};

/// Services and stations.
pub(super) static STREAMING: Topic = Topic {
    slug: "streaming",
    beside: "mobile-app",
    share: 1.2,
    scripts: &[
        ask(
            "Radio stations stop after exactly {n} minutes on the {product}. Timeout?",
            &[
                "The station sends a new address and older firmware does not follow. {version} does.",
                "Switch from HLS to MP3 in the station settings.",
            ],
        ),
        ask(
            "Can I add a station that is not in the catalogue?",
            &[
                "Web app → Stations → Own address. It shows up on all devices.",
                "Yes, and you can share it with the home.",
            ],
        ),
        ask(
            "Gapless does not work for live albums from my NAS.",
            &[
                "FLAC is fine, MP3 needs the encoder delay in the header. Re-tag them once.",
                "Turn off crossfade, it wins over gapless.",
            ],
        ),
        ask(
            "Which bit rate does the {product} really play?",
            &[
                "Long press on the cover shows it. Up to 24/96 wired, 24/48 on Wi-Fi.",
                "Depends on the service. The log of the {product} shows the true one.",
            ],
        ),
    ],
    complaints: &[
        "The catalogue lost half of my stations overnight and nobody said a word.",
        "Playback stops when the ads would start. Even my ads are broken.",
    ],
    guides: &[
        "A tidy NAS library: tags, covers and gapless, step by step.",
        "Stations worth hearing on a quiet Sunday, {n} of them.",
    ],
};

/// Groups of speakers.
pub(super) static MULTIROOM: Topic = Topic {
    slug: "multiroom",
    beside: "networking",
    share: 1.1,
    scripts: &[
        ask(
            "The {room} is a blink behind the rest of the group. How do I find out why?",
            &[
                "App → Group → Timing shows each one's clock. The one with the largest jitter is the culprit.",
                "Make the wired one the leader: hold it while you build the group.",
                "Line-in adds 80 ms on the old ones. Set the group to \"music\", not \"film\".",
            ],
        ),
        ask(
            "Can I have {n} rooms in one group?",
            &[
                "Up to 32, but wire the leader from eight on.",
                "I run 14. It works, but give the leader a cable.",
            ],
        ),
        ask(
            "Is a stereo pair of a {product} and a Wren Mini possible?",
            &[
                "No, pairs have to be of the same model. As a group, yes.",
                "Only same model. They are tuned differently.",
            ],
        ),
        ask(
            "How do I stop the kids from taking over the {room}?",
            &[
                "Room → Lock. They can see it, but not change it.",
                "Make them housemates with limits instead of owners. Peace at last.",
            ],
        ),
    ],
    complaints: &[
        "Four speakers, four opinions about what time it is.",
        "The group falls apart whenever the microwave runs. In this price range!",
    ],
    guides: &[
        "Timing in groups, measured with a microphone: what helps and what does not.",
        "Speakers in every room for a small café: my plan, with costs.",
    ],
};

/// How it sounds.
pub(super) static SOUND_QUALITY: Topic = Topic {
    slug: "sound-quality",
    beside: "hardware",
    share: 1.0,
    scripts: &[
        ask(
            "The {product} booms in the {room} corner. Equaliser or furniture?",
            &[
                "Furniture first: 30 cm away from both walls. Then minus 3 dB at 80 Hz.",
                "Run the room correction again with the doors as they usually are.",
                "A book under the front edge. I am serious.",
            ],
        ),
        ask(
            "Does the room correction do anything above 300 Hz?",
            &[
                "Barely, and that is right. Above that you would correct the microphone.",
                "A gentle tilt only. You can see the curve under Sound → Measured.",
            ],
        ),
        ask(
            "Voices are hard to follow on the Heron. What helps?",
            &[
                "Dialogue mode 2, and the subwoofer a notch down.",
                "Centre lift of 2 dB. More sounds like a phone.",
            ],
        ),
        ask(
            "Is the hiss of my {product} at low volume normal?",
            &[
                "Ear on the grille, yes. From a metre away, no: that is a warranty case.",
                "Try another socket first. A dimmer on the same line does that.",
            ],
        ),
    ],
    complaints: &[
        "Since the update everything sounds as if there were a blanket over it.",
        "For {n}00 euros I expected bass that does not rattle.",
    ],
    guides: &[
        "Where to put a {product}: twelve positions measured in one {room}.",
        "Equaliser curves for old jazz, podcasts and late nights.",
    ],
};

/// Plugs, buttons and batteries.
pub(super) static HARDWARE: Topic = Topic {
    slug: "hardware",
    beside: "shipping",
    share: 0.9,
    scripts: &[
        ask(
            "Battery of the Kite lasts {n} hours instead of 20. Can it be replaced?",
            &[
                "Two screws under the foot, part KB-3. Ten minutes.",
                "First calibrate: empty, full, empty. Mine came back to 18.",
            ],
        ),
        ask(
            "The wing button of my {product} is stuck after a coffee incident.",
            &[
                "Isopropanol and patience. The cap lifts off at the notch, carefully.",
                "There is a repair shop list in the wiki. They have the caps.",
            ],
        ),
        ask(
            "Which wall mount fits the {product}?",
            &[
                "Any with a 1/4 inch thread. The official one swivels further.",
                "The old mount fits with the spacer that is in the box.",
            ],
        ),
        ask(
            "Optical out or HDMI for the Heron with an old TV?",
            &[
                "HDMI if it says ARC, otherwise optical. You only lose the remote.",
                "Optical. The old ARC implementations drop the sound when you change channel.",
            ],
        ),
    ],
    complaints: &[
        "The feet of the {product} leave rings on oak. Lovely souvenir.",
        "Two years and one month: dead. The warranty is two years. What a coincidence.",
    ],
    guides: &[
        "Opening a {product} without breaking the clips, with {n} photos.",
        "Spare parts: which exist, what they cost, who fits them.",
    ],
};
