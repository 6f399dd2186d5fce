//! XML of a few rows, whole and broken.

use super::super::attributes::read_attributes;
use super::*;
use std::io::Cursor;

fn rows(xml: &[u8]) -> Result<Rows, ReadError> {
    Rows::new(Input::from_reader(Cursor::new(xml.to_vec()), "Posts.xml", None)?, "posts")
}

fn read(xml: impl AsRef<[u8]>) -> (Vec<Result<String, Fault>>, Option<ReadError>) {
    let mut rows = rows(xml.as_ref()).unwrap();
    let mut ids = Vec::new();
    loop {
        match rows.next_row() {
            Ok(Some(row)) => ids.push(row.attributes.and_then(|attributes| {
                let [id, title] = read_attributes(attributes, ["Id", "Title"])?;
                Ok(format!("{}{}", id.unwrap_or_default(), title.unwrap_or_default()))
            })),
            Ok(None) => return (ids, None),
            Err(error) => return (ids, Some(error)),
        }
    }
}

#[test]
fn reads_rows_with_entities_comments_and_end_tags() {
    let (ids, error) = read(
        "\u{feff}<?xml version=\"1.0\"?>\n<!-- <row/> -->\n<posts>\n<row Id=\"1\" Title=\"a &lt;b&gt; > &#x1F600;&amp;\"/>\n\
         <!-- <row Id=\"9\"/> -->\n<row Id='2'></row></posts>\n",
    );
    assert!(error.is_none());
    assert_eq!(ids, [Ok("1a <b> > 😀&".to_owned()), Ok("2".to_owned())]);
}

#[test]
fn a_broken_row_spoils_only_itself() {
    let broken = [
        "<row Id=\"1 Title=\"x\" />",
        "<row Id=1 />",
        "<row Id=\"1\" Id=\"2\" />",
        "<row Id=\"1\" Title=\"a < b\" />",
        "<row Id=\"1\" Title=\"1 > 0 < 1\" />",
        "<row Id=\"1\" Title=\"&nope;\" />",
        "<row Id=\"1\" Title=\"x\"",
        "<row Id=\"1\" Title=\"x />",
        "<raw Id=\"1\" Title=\"x\" />",
        "<rowId=\"1\" Title=\"x\" />",
        "<row Id=\"1\" /><row Id=\"1\" Title=\"> < > < >\" />",
        "< row Id=\"1\" />",
    ];
    for row in broken {
        let (ids, error) = read(format!("<posts>\n  {row}\n  <row Id=\"2\" />\n</posts>"));
        assert!(error.is_none(), "{row}");
        assert_eq!(ids.iter().filter(|id| id.is_err()).count(), 1, "{row}");
        assert_eq!(ids.last(), Some(&Ok("2".to_owned())), "{row}");
    }
}

#[test]
fn rows_that_are_not_utf8_or_endless_are_rejected() {
    let (ids, error) = read(b"<posts><row Id=\"1\xff\" /><row Id=\"2\" /></posts>");
    assert!(error.is_none() && ids[0].is_err() && ids[1].is_ok());
    let long = "x".repeat(2 * MAX_ROW_BYTES);
    let (ids, error) = read(format!("<posts><row Id=\"{long}\" /><row Id=\"2\" /></posts>"));
    assert!(error.is_none() && ids.len() == 2 && ids[1].is_ok());
    assert!(ids[0].as_ref().unwrap_err().reason.contains("longer than"));
}

#[test]
fn a_file_that_is_cut_off_says_so_after_its_rows() {
    let whole = "<posts>\n<row Id=\"1\" />\n<row Id=\"2\" />\n</posts>";
    for end in "<posts>\n<row Id=\"1\" />".len()..whole.len() {
        let (ids, error) = read(&whole[..end]);
        assert!(
            matches!(error, Some(ReadError::Truncated { line, .. }) if line == ids.len() as u64),
            "{end}"
        );
        assert!(!ids.is_empty() && ids.iter().all(Result::is_ok), "{end}");
    }
}

#[test]
fn an_empty_root_is_fine_and_another_is_not() {
    assert!(rows(b"<posts />").unwrap().next_row().unwrap().is_none());
    assert!(rows(b"<posts></posts>").unwrap().next_row().unwrap().is_none());
    let error = rows(b"<?xml version=\"1.0\"?><tags></tags>").err().unwrap();
    assert!(error.to_string().contains("expected the element <posts>, found <tags>"), "{error}");
    assert!(matches!(rows(b"").err().unwrap(), ReadError::Truncated { .. }));
    assert!(matches!(rows(b"{\"type\":\"member\"}").err().unwrap(), ReadError::NotADump { .. }));
}
