"""The tools that benchmarks/matching.py runs: each reads a CSV and writes the groups (record, group).

python benchmarks/matching_tools.py TOOL SOURCE TARGET KIND: in a process of its own, which loads no more than the tool.
"""

import sys
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def run_crmclean(source: Path, target: Path, kind: str) -> None:
    if kind == "lists":
        _run_list(source, target)
        return
    from crmclean.matching.engine import match
    from crmclean.matching.model import MatchSettings

    frame = pl.read_csv(source, infer_schema=False)
    object_ = "companies" if kind == "organisations" else "contacts"
    match(object_, frame, MatchSettings()).groups.select("record", "group").write_csv(target)


def _run_list(source: Path, target: Path) -> None:
    from benchmarks.matching_lists import LISTS
    from crmclean.workflow.dedupe_file import ListOptions, dedupe_file

    object_, _ = LISTS[source.stem]
    dedupe_file(source, target, ListOptions(object=object_))
    found = pl.read_csv(target, infer_schema=False)
    found.select("record", group="cluster").write_csv(target)


def run_splink(source: Path, target: Path, kind: str) -> None:
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    frame = pl.read_csv(source, infer_schema=False).with_columns(pl.col(pl.String).str.to_lowercase().name.keep())
    table = frame.rename({"_record": "unique_id"}).drop("_source").to_pandas()
    comparisons, rules, training = _SPLINK[kind](cl, block_on)
    settings = SettingsCreator(
        link_type="dedupe_only", comparisons=comparisons, blocking_rules_to_generate_predictions=rules
    )
    database = DuckDBAPI()
    try:
        linker = Linker(database.register(table), settings)  # version 5
    except (AttributeError, TypeError):
        linker = Linker(table, settings, database)
    linker.training.estimate_probability_two_random_records_match(training[:2], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    for rule in training:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    pairs = linker.inference.predict(threshold_match_probability=0.5)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=0.95)
    found = pl.from_pandas(clusters.as_pandas_dataframe())
    found.select(record="unique_id", group="cluster_id").write_csv(target)


def _contacts(cl, block_on):  # noqa: ANN001, ANN202
    comparisons = [
        cl.JaroWinklerAtThresholds("first_name", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("last_name", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        cl.EmailComparison("email"),
        cl.ExactMatch("phone").configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("company_name", [0.9]).configure(term_frequency_adjustments=True),
        cl.ExactMatch("city").configure(term_frequency_adjustments=True),
    ]
    rules = [
        block_on("email"), block_on("phone"), block_on("first_name", "last_name"),
        block_on("last_name", "company_name"), block_on("first_name", "company_name"),
        block_on("substr(first_name,1,1)", "last_name", "city"),
    ]  # fmt: skip
    return comparisons, rules, [block_on("email"), block_on("first_name", "last_name"), block_on("phone")]


def _organisations(cl, block_on):  # noqa: ANN001, ANN202
    comparisons = [
        cl.JaroWinklerAtThresholds("name", [0.95, 0.88]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("street", [0.9]),
        cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        cl.ExactMatch("postal_code").configure(term_frequency_adjustments=True),
        cl.ExactMatch("phone"),
        cl.ExactMatch("website"),
    ]
    rules = [
        block_on("phone"), block_on("website"), block_on("name"), block_on("street"),
        block_on("substr(name,1,5)", "city"), block_on("substr(name,1,5)", "postal_code"),
    ]  # fmt: skip
    return comparisons, rules, [block_on("phone"), block_on("street"), block_on("name")]


def _febrl(cl, block_on):  # noqa: ANN001, ANN202
    comparisons = [
        cl.JaroWinklerAtThresholds("first_name", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("last_name", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        cl.LevenshteinAtThresholds("birthdate", [1, 2]),
        cl.LevenshteinAtThresholds("x_soc_sec_id", [1, 2]),
        cl.JaroWinklerAtThresholds("street", [0.9]),
        cl.ExactMatch("postal_code"),
    ]
    rules = [
        block_on("x_soc_sec_id"), block_on("birthdate"), block_on("first_name", "last_name"),
        block_on("street"), block_on("postal_code", "last_name"), block_on("postal_code", "first_name"),
    ]  # fmt: skip
    return comparisons, rules, [block_on("birthdate"), block_on("postal_code"), block_on("x_soc_sec_id")]


_SPLINK = {"contacts": _contacts, "organisations": _organisations, "febrl": _febrl}
TOOLS = {"crmclean": run_crmclean, "splink": run_splink}


if __name__ == "__main__":
    tool, source, target, kind = sys.argv[1:]
    TOOLS[tool](Path(source), Path(target), kind)
