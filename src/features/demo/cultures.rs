//! The pools of names, by region and language. Only data: how a name is put together is in `names`.

use super::names::Language;

/// A name as typed in a handle, and as shown.
pub(super) type Spelling = (&'static str, &'static str);

/// People who share pools of names.
pub(super) struct Culture {
    /// Where they live.
    pub(super) region: &'static str,
    /// What they write in.
    pub(super) language: Language,
    /// The shown names are not in Latin letters, and some people show the Latin ones instead.
    pub(super) scripted: bool,
    /// The family name comes first when written in its own script.
    pub(super) family_first: bool,
    /// Given names.
    pub(super) given: &'static [Spelling],
    /// Family names.
    pub(super) family: &'static [Spelling],
}

const fn culture(region: &'static str, language: Language, given: &'static [Spelling], family: &'static [Spelling]) -> Culture {
    Culture {
        region,
        language,
        scripted: false,
        family_first: false,
        given,
        family,
    }
}

const fn scripted(mut culture: Culture, family_first: bool) -> Culture {
    culture.scripted = true;
    culture.family_first = family_first;
    culture
}

/// All cultures, about in proportion to the members.
#[rustfmt::skip] // A table: one name a line would hide it.
pub(super) static CULTURES: &[Culture] = &[
    culture(
        "AMER",
        Language::English,
        &[
            ("ava", "Ava"), ("marcus", "Marcus"), ("deshawn", "DeShawn"), ("megan", "Megan"),
            ("tyler", "Tyler"), ("renee", "Renée"), ("jordan", "Jordan"), ("maryann", "Mary Ann"),
            ("xavier", "Xavier"), ("kimi", "Kimi"),
        ],
        &[
            ("obrien", "O'Brien"), ("washington", "Washington"), ("kowalski", "Kowalski"),
            ("nguyensmith", "Nguyen-Smith"), ("begay", "Begay"), ("carter", "Carter"),
            ("tremblay", "Tremblay"), ("lee", "Lee"), ("delacruz", "de la Cruz"),
        ],
    ),
    culture(
        "EMEA",
        Language::English,
        &[
            ("saoirse", "Saoirse"), ("callum", "Callum"), ("ingrid", "Ingrid"), ("bjorn", "Björn"),
            ("zoe", "Zoë"), ("lukasz", "Łukasz"), ("francois", "François"), ("zofia", "Žofia"),
            ("gwen", "Gwen"), ("aino", "Aino"), ("dinc", "Dinç"),
        ],
        &[
            ("mccarthy", "McCarthy"), ("lindstrom", "Lindström"), ("wisniewska", "Wiśniewska"),
            ("vandenberg", "van den Berg"), ("davies", "Davies"), ("lefevre", "Lefèvre"), ("novak", "Novák"),
            ("yilmaz", "Yılmaz"), ("jokinen", "Jokinen"),
        ],
    ),
    culture(
        "EMEA",
        Language::German,
        &[
            ("juergen", "Jürgen"), ("annegret", "Annegret"), ("lena", "Lena"), ("matthias", "Matthias"),
            ("soenke", "Sönke"), ("ute", "Ute"), ("heike", "Heike"),
        ],
        &[
            ("mueller", "Müller"), ("grossmann", "Großmann"), ("schaefer", "Schäfer"),
            ("vonderheide", "von der Heide"), ("krause", "Krause"), ("aydin", "Aydın"),
        ],
    ),
    culture(
        "LATAM",
        Language::Spanish,
        &[
            ("maria", "María José"), ("inigo", "Íñigo"), ("guadalupe", "Guadalupe"), ("andres", "Andrés"),
            ("ximena", "Ximena"), ("joaquin", "Joaquín"), ("lucia", "Lucía"), ("nahuel", "Nahuel"),
        ],
        &[
            ("munoz", "Muñoz"), ("garcia", "García Márquez"), ("quispe", "Quispe"), ("fernandez", "Fernández"),
            ("ibanez", "Ibáñez"), ("rojas", "Rojas"), ("castro", "Castro"),
        ],
    ),
    culture(
        "LATAM",
        Language::English,
        &[
            ("joao", "João"), ("thais", "Thaís"), ("caua", "Cauã"), ("beatriz", "Beatriz"), ("luiz", "Luiz"),
        ],
        &[
            ("conceicao", "Conceição"), ("dossantos", "dos Santos"), ("araujo", "Araújo"),
            ("pereira", "Pereira"), ("tupinamba", "Tupinambá"),
        ],
    ),
    scripted(culture(
        "EMEA",
        Language::Arabic,
        &[
            ("layla", "ليلى"), ("omar", "عمر"), ("noor", "نور"), ("yusuf", "يوسف"), ("mariam", "مريم"),
            ("khalid", "خالد"), ("salma", "سلمى"),
        ],
        &[
            ("haddad", "حداد"), ("almansour", "المنصور"), ("khoury", "خوري"), ("benali", "بن علي"),
            ("najjar", "النجار"), ("saleh", "صالح"),
        ],
    ), false),
    scripted(culture(
        "EMEA",
        Language::English,
        &[
            ("yael", "יעל"), ("noam", "נועם"), ("shira", "שירה"), ("eitan", "איתן"),
        ],
        &[
            ("cohen", "כהן"), ("mizrahi", "מזרחי"), ("barlev", "בר-לב"), ("peretz", "פרץ"),
        ],
    ), false),
    scripted(culture(
        "EMEA",
        Language::English,
        &[("olena", "Олена"), ("taras", "Тарас"), ("bohdan", "Богдан"), ("daryna", "Дарина")],
        &[("shevchuk", "Шевчук"), ("kovalenko", "Коваленко"), ("melnyk", "Мельник")],
    ), false),
    scripted(culture(
        "EMEA",
        Language::English,
        &[("eleni", "Ελένη"), ("nikos", "Νίκος"), ("dimitra", "Δήμητρα")],
        &[("papadakis", "Παπαδάκης"), ("georgiou", "Γεωργίου")],
    ), false),
    culture(
        "EMEA",
        Language::English,
        &[
            ("chinwe", "Chinwe"), ("kwame", "Kwame"), ("thandiwe", "Thandiwe"), ("abebe", "Abebe"),
            ("aissatou", "Aïssatou"), ("sipho", "Sipho"), ("tunde", "Tunde"),
        ],
        &[
            ("okafor", "Okafor"), ("mensah", "Mensah"), ("nkosi", "Nkosi"), ("tesfaye", "Tesfaye"),
            ("diallo", "Diallo"), ("adeyemi", "Adéyẹmí"),
        ],
    ),
    scripted(culture(
        "APAC",
        Language::Japanese,
        &[
            ("haruto", "陽翔"), ("sakura", "さくら"), ("yuki", "雪"), ("kenji", "健二"), ("aoi", "葵"), ("ren", "蓮"),
            ("mei", "芽依"),
        ],
        &[
            ("sato", "佐藤"), ("yamada", "山田"), ("takahashi", "髙橋"), ("kobayashi", "小林"), ("watanabe", "渡邊"),
            ("ito", "伊藤"),
        ],
    ), true),
    scripted(culture(
        "APAC",
        Language::English,
        &[("wei", "伟"), ("xiaoling", "晓玲"), ("jiahao", "家豪"), ("yuting", "雨婷")],
        &[("chen", "陈"), ("wang", "王"), ("ouyang", "欧阳"), ("lin", "林")],
    ), true),
    scripted(culture(
        "APAC",
        Language::English,
        &[("minjun", "민준"), ("seoyeon", "서연"), ("jiwoo", "지우")],
        &[("kim", "김"), ("park", "박"), ("choi", "최")],
    ), true),
    scripted(culture(
        "APAC",
        Language::English,
        &[("priya", "प्रिया"), ("arjun", "अर्जुन"), ("meera", "मीरा"), ("vikram", "विक्रम")],
        &[("sharma", "शर्मा"), ("patel", "पटेल"), ("joshi", "जोशी")],
    ), false),
    scripted(culture(
        "APAC",
        Language::English,
        &[("somchai", "สมชาย"), ("malee", "มาลี")],
        &[("saetang", "แซ่ตั้ง"), ("srisuk", "ศรีสุข")],
    ), false),
    culture(
        "APAC",
        Language::English,
        &[
            ("wiremu", "Wiremu"), ("kavitha", "Kavitha"), ("nguyet", "Nguyệt"), ("duc", "Đức"), ("putri", "Putri"), ("bayu", "Bayu"),
            ("charlotte", "Charlotte"), ("aroha", "Aroha"),
        ],
        &[
            ("tran", "Trần"), ("ngata", "Ngata"), ("iyer", "Iyer"), ("santoso", "Santoso"), ("mitchell", "Mitchell"),
            ("le", "Lê"), ("williams", "Williams"),
        ],
    ),
];

/// How many members each culture has, in the same order.
pub(super) const SHARES: [f64; 16] = [22.0, 18.0, 9.0, 13.0, 4.0, 7.0, 2.0, 3.0, 2.0, 6.0, 7.0, 4.0, 3.0, 4.0, 1.0, 7.0];
