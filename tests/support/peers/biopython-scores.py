"""Scores of pairs by Biopython's PairwiseAligner: reads a JSON list of cases from stdin, writes a JSON list of scores."""
import json
import sys

from Bio.Align import PairwiseAligner, substitution_matrices


def score(case):
    aligner = PairwiseAligner()
    aligner.mode = "local" if case["mode"] == "local" else "global"
    if case["matrix"] is None:
        aligner.match_score = case["match"]
        aligner.mismatch_score = case["mismatch"]
    else:
        aligner.substitution_matrix = substitution_matrices.load(case["matrix"])
    aligner.open_gap_score = -case["open"]
    aligner.extend_gap_score = -case["extend"]
    free = case["free"]
    # gaps at the target's end are those of a query that is over: its ends are named after the sequence with the gap
    if free["queryStart"]:
        aligner.target_left_open_gap_score = aligner.target_left_extend_gap_score = 0
    if free["queryEnd"]:
        aligner.target_right_open_gap_score = aligner.target_right_extend_gap_score = 0
    if free["targetStart"]:
        aligner.query_left_open_gap_score = aligner.query_left_extend_gap_score = 0
    if free["targetEnd"]:
        aligner.query_right_open_gap_score = aligner.query_right_extend_gap_score = 0
    return aligner.score(case["target"], case["query"])


print(json.dumps([score(case) for case in json.load(sys.stdin)]))
