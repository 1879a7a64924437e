"""The desk's commands: up, down, reset, status."""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from desk import aws, deploy, processes
from desk.bundle import LAYER_REQUIREMENTS, REQUIREMENTS, alone_in_build, fingerprint, is_whole, make_bundle, make_layer, make_libraries
from desk.settings import ENVIRONMENT, HOST, LOCAL, REGION, ROOT, STAGE, Ports
from desk.state import Addresses, Process, State, read_state, write_state
from desk.template import SOURCES, make_template
from desk.trouble import Trouble

STATE = LOCAL / "desk.json"
READY_WITHIN_S = 30
STOPPED_WITHIN_S = 60
"""MiniStack writes down everything it holds before it ends."""


def up(ports: Ports) -> Addresses:
    """Start what does not run, deploy what has changed, and say where it answers."""
    with _alone():
        _demand_ports(ports)
        write_state(STATE, msgspec.structs.replace(read_state(STATE), ports=msgspec.structs.asdict(ports)))
        stack = _have("aws", lambda: aws.start(ports, aws.administrator()))
        sandbox = _have("sandbox", lambda: _start_sandbox(ports))
        _await("aws", stack, lambda: aws.answers(f"{stack.address}/_ministack/health"))
        _await("sandbox", sandbox, lambda: aws.answers(f"{sandbox.address}/_sandbox/health"))
        outputs = _deploy_when_changed(stack, sandbox, f"http://{HOST}:{ports.front}")
        _have_front(ports, f"{stack.address}/_aws/execute-api/{outputs['RestAPIId']}/api")
        state = msgspec.structs.replace(read_state(STATE), outputs=outputs, workers=processes.children_of(stack))
        write_state(STATE, state)
        return _addresses(state)


def down() -> None:
    """Stop everything and keep its data."""
    with _alone():
        _stop_all()


def reset() -> None:
    """Stop everything and forget its data."""
    with _alone():
        _stop_all()
        for path in LOCAL.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def status() -> tuple[str, bool]:
    """One line per server, and whether all of them run."""
    servers = read_state(STATE).servers
    runs = {name: name in servers and processes.is_alive(servers[name]) for name in ENVIRONMENT}
    lines = [f"{name:8} {f'{servers[name].address}  pid {servers[name].pid}' if runs[name] else 'does not run'}" for name in runs]
    return "\n".join(lines), all(runs.values())


def ports_of_last_time() -> Ports:
    """The ports this desk was up with last, or is now; those by default where it never was."""
    return Ports(**read_state(STATE).ports)


def running() -> Addresses:
    """Where a desk that is up answers."""
    if not status()[1]:
        raise Trouble("The local stack does not run: `make up` starts it.")
    return _addresses(read_state(STATE))


def read_logs(functions: Sequence[str]) -> Iterator[str]:
    """What the named functions have logged, or all of them; the emulator's own lines are left out."""
    client = aws.client("logs", running().aws, aws.administrator())
    for group in client.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{deploy.STACK}-")["logGroups"]:
        name = group["logGroupName"].removeprefix(f"/aws/lambda/{deploy.STACK}-")
        if functions and name not in functions:
            continue
        yield f"== {name}"
        for stream in client.describe_log_streams(logGroupName=group["logGroupName"])["logStreams"]:
            page = client.get_log_events(logGroupName=group["logGroupName"], logStreamName=stream["logStreamName"])
            yield from (event["message"] for event in page["events"] if not event["message"].startswith(("START ", "END ", "REPORT ")))


def _addresses(state: State) -> Addresses:
    administrator, servers, outputs = aws.administrator(), state.servers, state.outputs
    environment = {
        "LIANDONG_URL": servers["front"].address,
        "SANDBOX": servers["sandbox"].address,
        "AWS_ACCESS_KEY_ID": administrator.access_key_id,
        "AWS_SECRET_ACCESS_KEY": administrator.secret_access_key,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": servers["aws"].address,
        "STAGE": STAGE,
        "KMS_KEY_ARN": outputs["KeyArn"],
        "INBOX_QUEUE_URL": outputs["InboxQueueUrl"],
        "OUTBOX_QUEUE_URL": outputs["OutboxQueueUrl"],
        "RECORDS_QUEUE_URL": outputs["RecordsQueueUrl"],
        "ARCHIVE_QUEUE_URL": outputs["ArchiveQueueUrl"],
        "ARCHIVE_BUCKET": outputs["ArchiveBucket"],
        "PULLS_QUEUE_URL": outputs["PullsQueueUrl"],
        "TOUCHES_QUEUE_URL": outputs["TouchesQueueUrl"],
        "WAITING_QUEUE_URL": outputs["WaitingQueueUrl"],
        "BROADCASTS_QUEUE_URL": outputs["BroadcastsQueueUrl"],
        "WEBHOOK_QUEUE_URLS": outputs["WebhookQueueUrls"],
        "WEBHOOK_SLOW_QUEUE_URL": outputs["WebhookSlowQueueUrl"],
        "FACTS_TOPIC_ARN": outputs["FactsTopicArn"],
        "MINT_TOKEN_FUNCTION": outputs["MintTokenFunction"],
        "WECHAT_API_URL": servers["sandbox"].address,
        "SMS_PROVIDER": f"{servers['sandbox'].address}/_sandbox/phone/provider",
        "PUSH_PROVIDER": f"{servers['sandbox'].address}/_sandbox/phone/push",
    }
    return Addresses(
        front=servers["front"].address, sandbox=servers["sandbox"].address, aws=servers["aws"].address, environment=environment
    )


def _deploy_when_changed(stack: Process, sandbox: Process, front: str) -> dict[str, str]:
    """Compare what the stack was made of with what lies here; package and deploy when they differ."""
    client = functools.cache(functools.partial(aws.client, base=stack.address, credentials=aws.administrator()))
    provider = f"{sandbox.address}/_sandbox/phone/provider"
    parameters = {
        "WechatApiUrl": sandbox.address,
        "WechatOpenUrl": sandbox.address,
        "WechatMpUrl": sandbox.address,
        "PublicUrl": front,
        "SmsProvider": provider,
        "PushProvider": f"{sandbox.address}/_sandbox/phone/push",
        "LogRetentionDays": "1",
    }
    whole = is_whole()
    ours = [ROOT / "desk" / "bundle.py", ROOT / "desk" / "template.py"]
    made_of = [*(ROOT / name for name in SOURCES), REQUIREMENTS, LAYER_REQUIREMENTS, *ours]
    mark = fingerprint(made_of, str(whole), repr(parameters))
    deployed, outputs = deploy.find_stack(client)
    if deployed == mark:
        return outputs
    with alone_in_build():
        libraries = _have_libraries() if whole else None
        code, layer = make_bundle(STAGE, libraries=libraries, apart=True), make_layer(STAGE, whole=whole)
        template = make_template(STAGE, code=code, layer=layer, libraries=libraries)
        outputs = deploy.deploy(client, template=template, code=code, layer=layer, mark=mark, parameters=parameters)
    _keep_shared_keys(client("ssm"), outputs["KeyArn"])
    return outputs


def _have_libraries() -> Path:
    """The libraries of the package, unpacked for all functions of this desk: MiniStack would unpack them for each worker it starts."""
    made = make_libraries()
    kept, beside = LOCAL / made.name, LOCAL / "libraries.new"
    if not kept.exists():
        shutil.rmtree(beside, ignore_errors=True)
        shutil.copytree(made, beside)
        beside.rename(kept)
    return kept


def _keep_shared_keys(ssm: Any, key_arn: str) -> None:
    """The keys texts and notifications are signed with; the sandbox takes any, as long as it has none of its own."""
    for name in ("sms", "push"):
        ssm.put_parameter(Name=f"/liandong/{STAGE}/{name}", Value='{"key": "desk"}', Type="SecureString", KeyId=key_arn, Overwrite=True)


def _demand_ports(ports: Ports) -> None:
    """Complain of a port before anything is started."""
    state = read_state(STATE)
    servers, kept = state.servers, state.ports.get("aws", ports.aws)
    if kept != ports.aws:  # its queues are known by addresses with the port, and nobody would be called for another's
        raise Trouble(f"The local AWS keeps what it holds for port {kept}: leave {ENVIRONMENT['aws']} at that, or run `make reset` first.")
    for name, setting in ENVIRONMENT.items():
        port = getattr(ports, name)
        server = servers.get(name)
        if server is None or not processes.is_alive(server):
            processes.demand_free(port, setting=setting)
        elif server.address != f"http://{HOST}:{port}":
            raise Trouble(f"The {name} server runs at {server.address}: run `make down` before {setting} changes.")


def _have(name: str, start: Callable[[], Process]) -> Process:
    """The server of this name: the one that runs, or a new one."""
    state = read_state(STATE)
    server = state.servers.get(name)
    if server and processes.is_alive(server):
        return server
    server = start()
    write_state(STATE, msgspec.structs.replace(state, servers={**state.servers, name: server}))
    return server


def _have_front(ports: Ports, target: str) -> None:
    """The front address, put before the API; put up anew when the API got another id."""
    state = read_state(STATE)
    if state.front_target != target:
        if front := state.servers.get("front"):
            processes.stop(front, within_s=5)
        write_state(STATE, msgspec.structs.replace(state, front_target=target))
    command = ["-m", "desk.front", "--port", str(ports.front), "--target", target]
    front = _have("front", lambda: _start_own(command, LOCAL / "front.log", ports.front))
    _await("front", front, lambda: processes.listens(ports.front))


def _start_sandbox(ports: Ports) -> Process:
    command = ["-m", "sandbox", "--port", str(ports.sandbox), "--state", str(LOCAL / "sandbox.json")]
    return _start_own(command, LOCAL / "sandbox.log", ports.sandbox)


def _start_own(arguments: list[str], log: Path, port: int) -> Process:
    return processes.start([sys.executable, *arguments], log=log, environ=os.environ, cwd=ROOT, address=f"http://{HOST}:{port}")


def _await(name: str, server: Process, ready: Callable[[], bool]) -> None:
    """Wait until a server answers; complain as soon as it has ended."""
    if processes.wait_until(lambda: ready() or not processes.is_alive(server), within_s=READY_WITHIN_S) and processes.is_alive(server):
        return
    raise Trouble(f"The {name} server did not start: {LOCAL / name}.log says why.")


def _stop_all() -> None:
    """Front first, MiniStack last. Workers that outlive it are ended, by the pids seen beneath it."""
    state = read_state(STATE)
    for name in ("front", "sandbox"):
        if (server := state.servers.get(name)) and not processes.stop(server, within_s=10):
            processes.kill(server)
    workers = set(state.workers)
    if stack := state.servers.get("aws"):
        workers |= set(processes.children_of(stack))
        if not processes.stop(stack, within_s=STOPPED_WITHIN_S):
            raise Trouble(f"MiniStack (pid {stack.pid}) still writes after {STOPPED_WITHIN_S} s: wait, then `make down` again.")
    for worker in workers:
        if not processes.stop(worker, within_s=3):
            processes.kill(worker)
    write_state(STATE, State(ports=state.ports))


@contextmanager
def _alone() -> Iterator[None]:
    """One desk command at a time: two would start everything twice."""
    LOCAL.mkdir(parents=True, exist_ok=True)
    with (LOCAL / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble("Another desk command is at work: wait for it.") from None
        yield
