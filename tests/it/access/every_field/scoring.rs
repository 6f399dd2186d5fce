//! How scores are made: versions of the model, trials, and jobs in the background.

use super::{MANAGER, Piece, Row, VIEWER};

#[rustfmt::skip]
pub(super) const PIECES: &[Piece] = &[
    ("$newModel", r#"createScoringModel(input:{community:"home",name:"Other",terms:{kappa:10}})"#),
    ("$dropModel", r#"discardScoringModel(input:{community:"home",modelId:"%model"})"#),
    ("$trial", "previewScoringModel(terms:{kappa:10,weights:{help:0.1}})"),
    ("$backtest", r#"startBacktest(input:{community:"home"})"#),
    ("$testedJob", r#"node(id:"%tested")"#),
    ("$fittedJob", r#"node(id:"%fitted")"#),
    ("$attackedJob", r#"node(id:"%attacked")"#),
];

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    ("Community", "{$home{@}}", VIEWER, "scoringModels{id}"),
    ("Community", "{$home{@}}", MANAGER, "$trial{topKept} jobs{totalCount}"),
    ("InfluenceScore", "{$home{$ada{influence{@}}}}", VIEWER, "level evidenceAmount interval{low}"),
    ("ScoreInterval", "{$home{$ada{influence{interval{@}}}}}", VIEWER, "low high"),
    ("LeaderboardEntry", "{$home{leaderboard{nodes{@}}}}", VIEWER, "level"),
    ("Receipt", "{$home{$ada{influence{receipts{nodes{@}}}}}}", VIEWER, "trust wanted"),
    ("ScoringModel", "{$home{scoringModels{@}}}", VIEWER, "status origin basedOn{id} createdAt createdBy activations fastShare fastRate slowRate \
        trust{quorum} minimumEvidence levels{leading} topics{topic}"),
    ("ScoringTrust", "{$home{scoringModel{trust{@}}}}", VIEWER, "firstGivers moreGivers maturity ripeShare freshLimit anonymousLimit trace unanswered \
        vettedVotes quorum"),
    ("ScoringLevels", "{$home{scoringModel{levels{@}}}}", VIEWER, "established influential leading"),
    ("TopicFactor", r#"{node(id:"%onTopic"){...on ScoringModel{topics{@}}}}"#, VIEWER, "topic factor"),
    ("ScoringModelPreview", "{$home{$trial{@}}}", MANAGER, "topKept topCompared top{rank} rising{rank} falling{rank}"),
    ("RankChange", "{$home{$trial{top{@}}}}", MANAGER, "member{id} rank newRank value newValue"),
    ("JobConnection", "{$home{jobs{@}}}", MANAGER, "pageInfo{hasNextPage} edges{cursor} nodes{id} totalCount"),
    ("Job", "{$home{jobs{nodes{@}}}}", MANAGER, "id kind status progress error createdBy createdAt startedAt finishedAt backtest{members} \
        calibration{windows} attack{name}"),
    ("Job", "{$testedJob{...on Job{@}}}", MANAGER, "id status"),
    ("BacktestReport", "{$testedJob{...on Job{backtest{@}}}}", MANAGER, "horizonDays members interactions methods{name}"),
    ("BacktestMethod", "{$testedJob{...on Job{backtest{methods{@}}}}}", MANAGER, "name ndcg10 ndcg50 spearman cuts{at}"),
    ("BacktestCut", "{$testedJob{...on Job{backtest{methods{cuts{@}}}}}}", MANAGER, "at ranked ndcg10 ndcg50 ndcg50From ndcg50To spearman"),
    ("Calibration", "{$fittedJob{...on Job{calibration{@}}}}", MANAGER, "scoringModel{id} windows factors{help} backtest{members}"),
    ("WeightFactors", "{$fittedJob{...on Job{calibration{factors{@}}}}}", MANAGER, "help breadth recognition attention"),
    ("AttackCost", "{$attackedJob{...on Job{attack{@}}}}", MANAGER, "name fresh aged earned unasked tried"),
    ("Mutation", "mutation{@}", MANAGER, r#"$newModel{userErrors{code}} activateScoringModel(input:{community:"home",modelId:"%model"}){userErrors{code}}
        $dropModel{userErrors{code}} $backtest{userErrors{code}} calibrateScoringModel(input:{community:"home"}){userErrors{code}}
        simulateAttack(input:{community:"home"}){userErrors{code}} cancelJob(input:{community:"home",jobId:"%waiting"}){userErrors{code}}"#),
    ("ScoringModelPayload", "mutation{$newModel{@}}", MANAGER, "scoringModel{id} userErrors{code}"),
    ("DiscardScoringModelPayload", "mutation{$dropModel{@}}", MANAGER, "discardedId userErrors{code}"),
    ("JobPayload", "mutation{$backtest{@}}", MANAGER, "job{id} userErrors{code}"),
];
