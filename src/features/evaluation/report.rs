//! A backtest as a table and as a picture. Pure; JSON is the report itself.

use std::fmt::Write as _;

use super::walk::{CutResult, MethodResult, Report};

/// The methods as a table of text, the best first.
#[must_use]
pub fn table(report: &Report) -> String {
    let mut text = String::from("method                ndcg@50  90% interval    ndcg@10  spearman   by cut (ndcg@50)\n");
    for method in ranked(report) {
        let cuts: Vec<String> = method.cuts.iter().map(|cut| format!("{:.3}", cut.ndcg50)).collect();
        // Writing to a string cannot fail.
        let _infallible = writeln!(
            text,
            "{:<20} {:>8.4}  {:.3} to {:.3}  {:>8.4}  {:>8.4}   {}",
            method.name,
            method.mean(|cut| cut.ndcg50),
            method.mean(|cut| cut.ndcg50_from),
            method.mean(|cut| cut.ndcg50_to),
            method.mean(|cut| cut.ndcg10),
            method.mean(|cut| cut.spearman),
            cuts.join(" ")
        );
    }
    text
}

/// The methods by mean NDCG@50, the best first.
#[must_use]
pub fn ranked(report: &Report) -> Vec<&MethodResult> {
    let mut methods: Vec<&MethodResult> = report.methods.iter().collect();
    methods.sort_by(|a, b| b.mean(main).total_cmp(&a.mean(main)));
    methods
}

const fn main(cut: &CutResult) -> f64 {
    cut.ndcg50
}

/// Sizes of the picture, in pixels: of a row, of the head, left of the bars, and of a bar of 1.
const ROW: usize = 26;
const TOP: usize = 56;
const LEFT: f64 = 170.0;
const WIDTH: f64 = 520.0;

/// The methods as bars with their intervals: a picture in SVG.
#[must_use]
pub fn plot(report: &Report, title: &str) -> String {
    let methods = ranked(report);
    let height = TOP + methods.len() * ROW + 40;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"760\" height=\"{height}\" fill=\"white\"/>\n<text x=\"16\" y=\"26\" font-size=\"16\">{}</text>\n",
        escape(title)
    );
    for step in 0..=5_u8 {
        let share = f64::from(step) / 5.0;
        let x = WIDTH.mul_add(share, LEFT);
        let bottom = height - 32;
        let _infallible = writeln!(
            svg,
            "<line x1=\"{x:.1}\" y1=\"44\" x2=\"{x:.1}\" y2=\"{bottom}\" stroke=\"#ddd\"/><text x=\"{x:.1}\" y=\"{}\" \
             text-anchor=\"middle\">{share:.1}</text>",
            height - 14
        );
    }
    for (place, method) in methods.iter().enumerate() {
        let y = TOP + place * ROW;
        let x = |value: f64| WIDTH.mul_add(value, LEFT);
        let (value, from, to) = (
            method.mean(main),
            method.mean(|cut| cut.ndcg50_from),
            method.mean(|cut| cut.ndcg50_to),
        );
        let (right, base, middle, length) = (LEFT - 8.0, y + 13, y + 8, WIDTH * value);
        let (name, start, end) = (escape(&method.name), x(from), x(to));
        let _infallible = writeln!(
            svg,
            "<text x=\"{right}\" y=\"{base}\" text-anchor=\"end\">{name}</text>\
             <rect x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" height=\"16\" fill=\"#4a7ab5\"/>\
             <line x1=\"{start:.1}\" y1=\"{middle}\" x2=\"{end:.1}\" y2=\"{middle}\" stroke=\"#222\"/>\
             <text x=\"{:.1}\" y=\"{base}\">{value:.3}</text>",
            end + 6.0
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
