"""Figures without a model: retrieval, answers, citations, the ad-law check."""

from copilot.evaluation.answers import answer_rows, evaluate_answers
from copilot.evaluation.answers_report import answers_report, differences_lines, writers_table
from copilot.evaluation.chart import check_chart, draw_modes
from copilot.evaluation.check import evaluate_check
from copilot.evaluation.citations import evaluate_citations
from copilot.evaluation.retrieval import MODES, evaluate_retrieval, ranking_figures, temporary_library
from copilot.evaluation.rows import read_qrels, read_rows
from copilot.evaluation.writers import Writer, evaluate_writers

__all__ = [
    "MODES",
    "Writer",
    "answer_rows",
    "answers_report",
    "check_chart",
    "differences_lines",
    "draw_modes",
    "evaluate_answers",
    "evaluate_check",
    "evaluate_citations",
    "evaluate_retrieval",
    "evaluate_writers",
    "ranking_figures",
    "read_qrels",
    "read_rows",
    "temporary_library",
    "writers_table",
]
