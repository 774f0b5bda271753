"""Parts of the benchmark harness."""
