"""MiniStack, the AWS of this desk: its settings, its administrator, and clients to it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import urllib.error
import urllib.request
from typing import Any

import boto3
import msgspec
from botocore.config import Config

from desk import processes
from desk.settings import HOST, LOCAL, REGION, Ports
from desk.state import Credentials, Process, write_private
from desk.trouble import Trouble

LOG = LOCAL / "aws.log"
KEPT = LOCAL / "aws" / "state"
"""MiniStack writes down here what it holds when it ends."""
SCRATCH = LOCAL / "tmp"
"""MiniStack unpacks the functions here."""
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
"""Asks loopback without the way out that the environment may name."""


def address(ports: Ports) -> str:
    """Where MiniStack listens."""
    return f"http://{HOST}:{ports.aws}"


def start(ports: Ports, credentials: Credentials) -> Process:
    """Start MiniStack with IAM enforced, on loopback alone, keeping what it holds."""
    shutil.rmtree(SCRATCH, ignore_errors=True)
    SCRATCH.mkdir(parents=True)
    _forget_stream_positions()
    settings = {
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(ports.aws),
        "IOT_MTLS_ENABLED": "0",  # its listener binds every interface
        "LOG_LEVEL": "WARNING",
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "1",
        "S3_DATA_DIR": str(LOCAL / "aws" / "objects"),
        "S3_PERSIST": "1",
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(KEPT),
        "TMPDIR": str(SCRATCH),
    }
    # The functions inherit this environment: nothing of the person's own AWS settings may be in it.
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "PATH", "TZ") if name in os.environ}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    command = [sys.executable, "-m", "ministack"]
    return processes.start(command, log=LOG, environ={**kept, **nowhere, **settings}, cwd=LOCAL, address=address(ports))


def answers(url: str) -> bool:
    """Whether a server answers a GET with success."""
    try:
        with _open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def administrator() -> Credentials:
    """The local administrator, made on the first start and kept in `.local`."""
    path = LOCAL / "credentials.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Credentials)
    except FileNotFoundError:
        made = Credentials(access_key_id=f"DESK{secrets.token_hex(8).upper()}", secret_access_key=secrets.token_hex(20))
        write_private(path, msgspec.json.encode(made))
        return made
    except msgspec.DecodeError:
        raise Trouble(f"{path} is damaged: run `make reset`.") from None


def client(service: str, base: str, credentials: Credentials) -> Any:
    """A client of one service of this MiniStack, whatever the environment says."""
    return boto3.client(
        service,
        endpoint_url=base,
        region_name=REGION,
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        config=Config(connect_timeout=2, read_timeout=60, retries={"total_max_attempts": 1}, proxies={}, s3={"addressing_style": "path"}),
    )


def _forget_stream_positions() -> None:
    """MiniStack keeps how far a stream was read but not the stream, which begins anew at nought: it would pass over as many
    changes as it had read before."""
    path = KEPT / "lambda.json"
    if path.exists():
        kept = json.loads(path.read_text())
        kept["payload"].pop("dynamodb_stream_positions", None)
        path.write_text(json.dumps(kept))
