//! How well one order agrees with another: NDCG (Järvelin and Kekäläinen 2002) and Spearman's rank correlation. Pure.

/// Normalised discounted cumulative gain of the first `k` by score, 0 to 1: `Σ gain_i / log2(i + 1)` over the same sum for the
/// best possible order. `None` when nothing was there to gain.
///
/// Members with the same score share the average gain of the places that they take together, so that no order among them is
/// lucky (McSherry and Najork 2008).
#[must_use]
pub fn ndcg(scores: &[f64], gains: &[f64], k: usize) -> Option<f64> {
    let mut order: Vec<(f64, f64)> = scores.iter().copied().zip(gains.iter().copied()).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut got = 0.0;
    let mut place = 0;
    for tied in order.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        if place >= k {
            break;
        }
        let discounts: f64 = (place..(place + tied.len()).min(k)).map(discount).sum();
        let gain: f64 = tied.iter().map(|(_, gain)| gain).sum();
        got += discounts * gain / count(tied.len());
        place += tied.len();
    }
    let mut best = gains.to_vec();
    best.sort_by(|a, b| b.total_cmp(a));
    let ideal: f64 = best.iter().take(k).enumerate().map(|(place, gain)| gain * discount(place)).sum();
    (ideal > 0.0).then_some(got / ideal)
}

fn discount(place: usize) -> f64 {
    (count(place) + 2.0).log2().recip()
}

/// Spearman's rank correlation, −1 to 1, ties at their average rank; 0 where one side has no order at all.
#[must_use]
pub fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (count(a.len()) + 1.0) / 2.0;
    let (mut both, mut own, mut other) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(&b) {
        let (x, y) = (x - mean, y - mean);
        both += x * y;
        own += x * x;
        other += y * y;
    }
    if own > 0.0 && other > 0.0 {
        both / (own * other).sqrt()
    } else {
        0.0
    }
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|a, b| a.1.total_cmp(&b.1).is_eq()) {
        let rank = count(before) + (count(tied.len()) + 1.0) / 2.0;
        for (place, _) in tied {
            if let Some(slot) = ranks.get_mut(*place) {
                *slot = rank;
            }
        }
        before += tied.len();
    }
    ranks
}

/// The share of pairs of one from each side in which the first is larger, ties by half, 0 to 1: the area under the ROC curve
/// (Mann and Whitney). `None` when one side is empty.
#[must_use]
pub fn auc(positive: &[f64], negative: &[f64]) -> Option<f64> {
    if positive.is_empty() || negative.is_empty() {
        return None;
    }
    let all: Vec<f64> = positive.iter().chain(negative).copied().collect();
    let ranks: f64 = ranks(&all).iter().take(positive.len()).sum();
    let (n, m) = (count(positive.len()), count(negative.len()));
    Some((ranks - n * (n + 1.0) / 2.0) / (n * m))
}

/// A number of things as a fraction-bearing number.
#[expect(clippy::cast_precision_loss, reason = "members are fewer than 2^52")]
#[must_use]
pub const fn count(things: usize) -> f64 {
    things as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ndcg_is_that_of_the_published_example() {
        // Järvelin and Kekäläinen's discount at gains 3 2 3 0 1 2, whose DCG is 6.861 and ideal 7.141.
        let gains = [3.0, 2.0, 3.0, 0.0, 1.0, 2.0];
        let scores = [6.0, 5.0, 4.0, 3.0, 2.0, 1.0];
        let found = ndcg(&scores, &gains, 6).unwrap();
        assert!((found - 6.861 / 7.141).abs() < 1e-3, "{found}");
        assert!((ndcg(&gains, &gains, 3).unwrap() - 1.0).abs() < 1e-12, "the best order is 1");
        assert_eq!(ndcg(&scores, &[0.0; 6], 6), None);
    }

    #[test]
    fn ties_are_neither_lucky_nor_unlucky() {
        let gains = [4.0, 0.0];
        let expected = (2.0 + 2.0 / 3.0_f64.log2()) / 4.0;
        assert!((ndcg(&[1.0, 1.0], &gains, 2).unwrap() - expected).abs() < 1e-12);
        // Only the first place counts: each of the two has it half of the time.
        assert!((ndcg(&[1.0, 1.0], &gains, 1).unwrap() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn spearman_knows_order_and_ties() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} is not {b}");
        close(spearman(&[1.0, 2.0, 3.0], &[10.0, 20.0, 30.0]), 1.0);
        close(spearman(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), -1.0);
        close(spearman(&[1.0, 1.0, 1.0], &[3.0, 2.0, 1.0]), 0.0);
        close(spearman(&[1.0, 2.0, 2.0, 4.0], &[1.0, 3.0, 2.0, 4.0]), 4.5 / (4.5_f64 * 5.0).sqrt());
    }

    #[test]
    fn auc_counts_pairs() {
        assert_eq!(auc(&[3.0, 4.0], &[1.0, 2.0]), Some(1.0));
        assert_eq!(auc(&[1.0, 2.0], &[1.0, 2.0]), Some(0.5));
        assert_eq!(auc(&[], &[1.0]), None);
    }
}
