"""Our own figures in CloudWatch."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from chalicelib.aws.clients import client

MOST_AT_ONCE = 500
"""CloudWatch takes a thousand figures, and one megabyte."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a figure at a time. `of`: whose it is, as dimensions beside the stage."""

    name: str
    value: float
    at: datetime
    of: Mapping[str, str]


def put_metric(name: str, value: float) -> None:
    """One value of `Liandong/<name>`, with the stage as its dimension."""
    stage = os.environ.get("STAGE", "local")
    datum = {"MetricName": name, "Value": value, "Dimensions": [{"Name": "Stage", "Value": stage}]}
    client("cloudwatch").put_metric_data(Namespace="Liandong", MetricData=[datum])


def put_figures(figures: Iterable[Figure]) -> None:
    """Values of `Liandong/<name>`, each at its own time. Told again, a value stands beside itself: read such figures as their maximum."""
    stage = os.environ.get("STAGE", "local")
    data = [
        {
            "MetricName": figure.name,
            "Value": figure.value,
            "Timestamp": figure.at,
            "Dimensions": [{"Name": name, "Value": value} for name, value in {"Stage": stage, **figure.of}.items()],
        }
        for figure in figures
    ]
    for start in range(0, len(data), MOST_AT_ONCE):
        client("cloudwatch").put_metric_data(Namespace="Liandong", MetricData=data[start : start + MOST_AT_ONCE])


def count(name: str, code: str = "") -> None:
    """One more of `Liandong/<name>`, by way of the log."""
    _tell(name, 1, "Count", {"Code": code} if code else {})


def tell_seconds(name: str, value: float) -> None:
    """One value of `Liandong/<name>`, by way of the log."""
    _tell(name, value, "Seconds", {})


def _tell(name: str, value: float, unit: str, of: Mapping[str, str]) -> None:
    """A line that CloudWatch reads as a figure: it costs no call, and waits for nothing.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    dimensions = {"Stage": os.environ.get("STAGE", "local"), **of}
    described = {"Namespace": "Liandong", "Dimensions": [list(dimensions)], "Metrics": [{"Name": name, "Unit": unit}]}
    line = {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [described]}, **dimensions, name: value}
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
