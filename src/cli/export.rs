//! `rapport export`: the export that the API streams, into a file, with a progress bar; and going on with a file that is not whole.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, BufWriter, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;

use crate::app::App;
use crate::features::communities::service as communities;
use crate::features::export::service::{Export, Wanted};

/// Flags of `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The community's slug.
    #[arg(long)]
    community: String,
    /// Where to write [default: standard output].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What, separated by commas [default: members,interactions,expectations,cases,apologies,repairs,follow_ups,advocates,scores].
    #[arg(long, value_name = "TYPES")]
    types: Option<String>,
    /// Go on with a file that is not whole, from its last checkpoint.
    #[arg(long, requires = "out")]
    resume: bool,
}

/// Runs `rapport export`.
pub async fn export(app: App, args: ExportArgs) -> anyhow::Result<()> {
    let access = communities::open(&app.db, &args.community)
        .await
        .with_context(|| format!("community {}", args.community))?;
    let begun = match args.out.as_deref().filter(|_file| args.resume) {
        Some(file) => look(file)?,
        None => Begun::default(),
    };
    if begun.is_whole {
        println!("the export is whole already");
        return Ok(());
    }
    let wanted = Wanted {
        types: args.types,
        after: begun.resume.clone(),
    };
    let ctx = app.system("export");
    let mut export = Export::begin(&app, &ctx, &access, &wanted).await?;
    let mut out = open(args.out.as_deref(), &begun)?;
    let bar = progress_bar(&export).await?;
    let outcome = write(&mut export, &mut out, &bar, begun.resume.is_some()).await;
    bar.finish_and_clear();
    // The snapshot is given up in any case; how it ends does not matter.
    let _ended = export.finish().await;
    outcome
}

/// Writes what there is; an error when that is not all.
async fn write(export: &mut Export, out: &mut dyn Write, bar: &ProgressBar, is_resumed: bool) -> anyhow::Result<()> {
    // The file has its head already.
    let mut skips_head = is_resumed;
    let mut last = Vec::new();
    while let Some(lines) = export.next().await.context("the export broke off; run it again with --resume")? {
        if std::mem::take(&mut skips_head) {
            continue;
        }
        out.write_all(&lines).context("writing")?;
        bar.set_position(export.written());
        last = lines;
    }
    out.flush().context("writing")?;
    if let Some(Line { reason: Some(reason), .. }) = last.rsplit(|sign| *sign == b'\n').find_map(Line::read) {
        bail!("the export {reason}; run it again with --resume");
    }
    Ok(())
}

async fn progress_bar(export: &Export) -> anyhow::Result<ProgressBar> {
    let (all, written) = export.size().await?;
    let bar = ProgressBar::new(all).with_position(written);
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} % {human_pos} of {human_len} {per_sec} {eta} left");
    bar.set_style(style.unwrap_or_else(|_fixed_text| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    Ok(bar)
}

fn open(path: Option<&Path>, begun: &Begun) -> anyhow::Result<Box<dyn Write + Send>> {
    let Some(path) = path else {
        return Ok(Box::new(BufWriter::new(std::io::stdout())));
    };
    let writing = || format!("writing {}", path.display());
    let mut options = OpenOptions::new();
    // Members have names, and what they said is in it, too.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.write(true).create(true).truncate(false).open(path).with_context(writing)?;
    file.set_len(begun.length).with_context(writing)?;
    file.seek(SeekFrom::End(0)).with_context(writing)?;
    Ok(Box::new(BufWriter::new(file)))
}

/// What a file holds of an export.
#[derive(Debug, Default, PartialEq, Eq)]
struct Begun {
    /// The token of the last checkpoint.
    resume: Option<String>,
    /// How long the file is up to and with that.
    length: u64,
    is_whole: bool,
}

/// Looks through a file for its last checkpoint. What comes after it is written anew.
fn look(path: &Path) -> anyhow::Result<Begun> {
    let reading = || format!("reading {}", path.display());
    let mut reader = BufReader::new(File::open(path).with_context(reading)?);
    let (mut begun, mut length, mut line) = (Begun::default(), 0, Vec::new());
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line).with_context(reading)?;
        if read == 0 || line.last() != Some(&b'\n') {
            return Ok(begun);
        }
        length += read as u64;
        match Line::read(&line) {
            Some(Line { r#type: "end", .. }) => begun.is_whole = true,
            Some(Line {
                r#type: "checkpoint",
                resume: Some(resume),
                ..
            }) => {
                begun = Begun {
                    resume: Some(resume.to_owned()),
                    length,
                    is_whole: false,
                };
            }
            _ => {}
        }
    }
}

/// A line that tells of the export itself.
#[derive(Deserialize)]
struct Line<'a> {
    r#type: &'a str,
    #[serde(default)]
    resume: Option<&'a str>,
    #[serde(default)]
    reason: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// Reads such a line; `None` for one that holds an object. The types come first in their lines, so that objects need not be
    /// read.
    fn read(line: &'a [u8]) -> Option<Self> {
        let marks = ["checkpoint", "aborted", "end"];
        let begins = |mark: &&str| line.starts_with(format!("{{\"type\":\"{mark}\"").as_bytes());
        marks.iter().any(begins).then(|| serde_json::from_slice(line).ok())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked_at(text: &str) -> Begun {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        look(file.path()).unwrap()
    }

    #[test]
    fn a_file_goes_on_after_its_last_checkpoint() {
        let head = "{\"type\":\"export\"}\n{\"type\":\"member\",\"displayName\":\"end\"}\n";
        assert_eq!(looked_at(head), Begun::default());
        let marked = format!("{head}{{\"type\":\"checkpoint\",\"resume\":\"one\"}}\n");
        let whole_lines = Begun {
            resume: Some("one".to_owned()),
            length: marked.len() as u64,
            is_whole: false,
        };
        assert_eq!(looked_at(&marked), whole_lines);
        for more in [
            "{\"type\":\"member\"}\n",
            "{\"type\":\"mem",
            "{\"type\":\"checkpoint\",\"resume\":\"two\"}",
            "{\"type\":\"aborted\",\"resume\":\"x\"}\n",
        ] {
            assert_eq!(looked_at(&format!("{marked}{more}")), whole_lines, "{more}");
        }
        assert_eq!(looked_at(&format!("{marked}{marked}")).length, 2 * marked.len() as u64);
    }

    #[test]
    fn a_whole_file_is_known() {
        assert!(looked_at("{\"type\":\"export\"}\n{\"type\":\"end\",\"counts\":{}}\n").is_whole);
        assert!(!looked_at("{\"type\":\"export\"}\n{\"type\":\"end\",\"counts\":{}}").is_whole);
    }
}
