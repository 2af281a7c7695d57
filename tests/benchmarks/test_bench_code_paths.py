"""A way through the code comes to its end, and a file is on it only if a function of it runs."""

from benchmarks.code_paths import ROOT, files_on, project_file, size


def test_a_message_passes_through_files_whose_functions_run() -> None:
    files = files_on("a message taken in")["called"]
    assert "hemgang/cli/main.py" in files
    assert "hemgang/__init__.py" not in files
    assert [file for file in files if project_file(str(ROOT / file)) is None] == []


def test_the_size_leaves_out_tests_and_counts_repeated_names() -> None:
    found = size()
    assert found["modules"] > 0
    assert found["lines"] >= found["modules"] * 10
    assert all(count > 1 for count in found["class names"].values())
