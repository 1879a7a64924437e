"""`python -m liandong …`: brands and keys with AWS credentials, everything else with an API key.

Results are JSON on standard output. A refusal is {"Code", "Message"} on standard error and exit code 1;
an import of which not all went through is exit code 1 too; a call that cannot be read is exit code 2.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from liandong import by_aws, by_http, importing
from liandong.outcome import Partly, Refusal, tell, tell_refusal


def main(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    given = _parser().parse_args(arguments)
    try:
        result = _run(given)
    except Refusal as refusal:
        tell_refusal(refusal)
        return 1
    tell(result.result if isinstance(result, Partly) else result)
    return int(isinstance(result, Partly))


def _run(given: argparse.Namespace) -> Any:
    """A command's result; errors of the house become refusals with their code."""
    try:
        return given.run(given)
    except Refusal:
        raise
    except Exception as error:
        raise _as_refusal(error) from error


def _as_refusal(error: Exception) -> Refusal:
    from botocore.exceptions import BotoCoreError, ClientError
    from pynamodb.exceptions import PynamoDBException

    from chalicelib.errors import LiandongError

    if isinstance(error, LiandongError):
        return Refusal(error.code, error.message)
    if isinstance(error, BotoCoreError | ClientError | PynamoDBException):
        return Refusal("aws_refused", f"AWS did not do it: {error} Check the credentials, AWS_DEFAULT_REGION and the deployment's name.")
    raise error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m liandong", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stack", help="the CloudFormation stack of the deployment; without it the environment names its parts")
    subjects = parser.add_subparsers(required=True, metavar="subject")
    known: dict[str, Any] = {}

    def add(name: str, run: Callable[[argparse.Namespace], Any], words: str) -> argparse.ArgumentParser:
        subject, _, verb = name.partition(" ")
        if verb and subject not in known:
            known[subject] = subjects.add_parser(subject, help=f"commands about {subject}").add_subparsers(required=True, metavar="command")
        among, own = (known[subject], verb) if verb else (subjects, subject)
        command: argparse.ArgumentParser = among.add_parser(own, help=words, description=f"{words[0].upper()}{words[1:]}.")
        command.set_defaults(run=run)
        return command

    by_aws.add_commands(add)
    by_http.add_commands(add)
    importing.add_commands(add)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
