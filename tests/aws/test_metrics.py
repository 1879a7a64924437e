"""Figures: one value under the stage's name."""

from __future__ import annotations

from chalicelib.aws.clients import client
from chalicelib.aws.metrics import put_metric
from tests.house import House


def test_a_figure_stands_under_its_name_and_stage(house: House) -> None:
    put_metric("TokenSecondsLeft", 6900)

    [metric] = client("cloudwatch").list_metrics(Namespace="Liandong")["Metrics"]
    assert (metric["MetricName"], metric["Dimensions"]) == ("TokenSecondsLeft", [{"Name": "Stage", "Value": "local"}])
