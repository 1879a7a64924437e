"""The figures of docs/benchmarks.md, measured side by side with their floors."""
