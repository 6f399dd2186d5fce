//! Texts in languages other than English, with accents, right-to-left and double-width letters: what a front end and a
//! search have to cope with.

use super::super::names::Language;

/// A question and its answers in one language.
#[derive(Debug)]
pub(in super::super) struct ForeignScript {
    /// The tag of the subject.
    pub(in super::super) topic: &'static str,
    /// The question.
    pub(in super::super) question: &'static str,
    /// Its answers.
    pub(in super::super) answers: &'static [&'static str],
}

/// What is said in one language.
#[derive(Debug)]
pub(in super::super) struct ForeignPhrases {
    /// Questions with answers.
    pub(in super::super) scripts: &'static [ForeignScript],
    /// Thanks.
    pub(in super::super) thanks: &'static [&'static str],
    /// Remarks.
    pub(in super::super) comments: &'static [&'static str],
}

const fn ask(topic: &'static str, question: &'static str, answers: &'static [&'static str]) -> ForeignScript {
    ForeignScript { topic, question, answers }
}

/// The texts in a language; `None` for English.
pub(in super::super) const fn foreign_phrases(language: Language) -> Option<&'static ForeignPhrases> {
    match language {
        Language::English => None,
        Language::Spanish => Some(&SPANISH),
        Language::German => Some(&GERMAN),
        Language::Arabic => Some(&ARABIC),
        Language::Japanese => Some(&JAPANESE),
    }
}

static SPANISH: ForeignPhrases = ForeignPhrases {
    scripts: &[
        ask(
            "setup",
            "¿Alguien sabe por qué mi {product} parpadea en naranja y no aparece en la aplicación?",
            &[
                "Naranja significa que no tiene red. Mantén pulsado el botón diez segundos y vuelve a emparejarlo.",
                "A mí me pasó por la VPN del móvil. Apágala y prueba otra vez.",
            ],
        ),
        ask(
            "billing",
            "Me han cobrado dos veces la suscripción Plus. ¿A quién escribo?",
            &[
                "Uno de los cargos suele ser una retención y desaparece en unos días.",
                "Cuenta → Pagos → Reclamar. Me lo devolvieron el mismo día.",
            ],
        ),
        ask(
            "sound-quality",
            "El {product} retumba en la esquina del salón. ¿Ecualizador o muebles?",
            &[
                "Primero sepáralo 30 cm de la pared, luego −3 dB en 80 Hz.",
                "Repite la corrección de sala con las puertas cerradas.",
            ],
        ),
    ],
    thanks: &["¡Era eso, mil gracias!", "Funciona perfecto. ¡Me salvaste el fin de semana! 🎉"],
    comments: &[
        "A mí me pasa lo mismo.",
        "Gracias por la explicación 👏",
        "Confirmado con la {version}.",
    ],
};

static GERMAN: ForeignPhrases = ForeignPhrases {
    scripts: &[
        ask(
            "networking",
            "Der {product} verliert jede Nacht gegen zwei das WLAN. Router oder Lautsprecher?",
            &[
                "Router: Kanal fest einstellen, dann ist Ruhe.",
                "Gib ihm eine feste Adresse. Bei mir seitdem kein Abbruch mehr.",
            ],
        ),
        ask(
            "firmware",
            "Update auf {version} hängt bei 62 %. Stecker ziehen?",
            &[
                "Bitte nicht! Er prüft da, das dauert bis zu zwanzig Minuten.",
                "Halbe Stunde warten, dann zehn Sekunden die Flügeltaste. Größtes Übel vermieden. 😉",
            ],
        ),
    ],
    thanks: &["Läuft! Herzlichen Dank.", "Genau das war's, danke schön!"],
    comments: &["Bei mir genauso.", "Gehört ins Handbuch.", "Schöne Lösung 👍"],
};

static ARABIC: ForeignPhrases = ForeignPhrases {
    scripts: &[
        ask(
            "setup",
            "هل يعرف أحد لماذا لا يظهر {product} في التطبيق بعد تغيير الراوتر؟",
            &[
                "اضغط على الزر عشر ثوانٍ ثم أعد الإقران من جديد.",
                "أوقف الـ VPN في الهاتف وجرّب مرة أخرى.",
            ],
        ),
        ask(
            "multiroom",
            "الصوت متأخر قليلاً في المطبخ عن باقي الغرف. ما الحل؟",
            &[
                "اجعل السماعة الموصولة بالسلك هي القائدة في المجموعة.",
                "حدّث إلى {version}، المشكلة محلولة هناك.",
            ],
        ),
        ask(
            "streaming",
            "كيف أضيف محطة إذاعية غير موجودة في القائمة؟",
            &["من تطبيق الويب: المحطات ← عنوان خاص.", "يمكنك مشاركتها مع كل الأجهزة أيضاً 🎵"],
        ),
    ],
    thanks: &["شكراً جزيلاً، نجح الأمر!", "بارك الله فيك، هذا هو الحل 🌹"],
    comments: &["نفس المشكلة عندي.", "معلومة مفيدة جداً، شكراً.", "تم التأكيد على {version}"],
};

static JAPANESE: ForeignPhrases = ForeignPhrases {
    scripts: &[
        ask(
            "multiroom",
            "グループ再生で寝室だけ少し遅れます。原因の調べ方を教えてください。",
            &[
                "アプリの「グループ→タイミング」で各機器の時計が見られます。",
                "有線の機器をリーダーにすると直りました。",
            ],
        ),
        ask(
            "firmware",
            "{version}に更新してから{product}が夜中に雑音を出します。同じ方いますか?",
            &[
                "既知の問題です。「すぐに起動」をオフにしてください。",
                "うちでも5台中2台で出ました。診断を送りました。",
            ],
        ),
        ask(
            "shipping",
            "{product}の配送状況が何日も変わりません。普通でしょうか?",
            &[
                "セール後は時間がかかります。六日目に動きました。",
                "サポートに連絡すると再発送してくれますよ。",
            ],
        ),
    ],
    thanks: &["解決しました。ありがとうございます!", "助かりました🙇‍♀️"],
    comments: &["私も同じです。", "とても参考になりました。", "{version}で確認しました👍"],
};
