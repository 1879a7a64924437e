"""Our own figures in CloudWatch."""

from __future__ import annotations

import os

from chalicelib.aws.clients import client


def put_metric(name: str, value: float) -> None:
    """One value of `Liandong/<name>`, with the stage as its dimension."""
    stage = os.environ.get("STAGE", "local")
    datum = {"MetricName": name, "Value": value, "Dimensions": [{"Name": "Stage", "Value": stage}]}
    client("cloudwatch").put_metric_data(Namespace="Liandong", MetricData=[datum])
