"""How does dynexpr compare?  Each rival in an environment of its own, all on one DynamoDB Local, taking turns.

    python bench/run.py              all measures, as tables of figures and of ratios to boto3
    python bench/run.py get query    some of them
    --rounds 9                       more turns; the best of them counts

The environments are made once, in the user's cache folder, by pip; dynexpr's is the Python that runs this file.
Numbers of different machines, and of different runs, are not comparable: the ratios of one run are.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dynexpr-bench"
RIVALS = {"boto3": "boto3", "pynamodb": "pynamodb==6.1.0", "pydynox": "pydynox==1.8.0", "dynexpr": None}
ASYNC = {"aiobotocore": "aiobotocore==3.10.0", "dynexpr_async": None}
MEASURES = {
    "import": [("own", "CPU of importing it, ms")],
    "import names": [("own", "CPU of importing every name that the measures below use, ms")],
    "import others": [("own", "of it, the modules of the standard library, ms")],
    "first": [
        ("total", "CPU of the whole process, start to first GetItem, ms"),
        ("memory", "peak memory of that process, MB"),
    ],
    "first over TLS": [("total", "that process over TLS, ms")],
    "get": [("cpu", "CPU of a GetItem, us"), ("latency", "median latency of a GetItem, us")],
    "query": [("cpu", "CPU of an item, Query of 5,000, us")],
    "query, 3 read": [("cpu", "the same, and three attributes of each are read, us")],
    "async": [
        ("cpu", "CPU of 1,000 GetItems, 50 at a time, ms"),
        ("latency", "time they take, ms"),
    ],
    "batch": [("cpu", "CPU of an item, BatchWrite of 1,000, us")],
}


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("measures", nargs="*", default=list(MEASURES), help=", ".join(MEASURES))
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    sys.path.insert(0, str(HERE.parent))
    from dynexpr.testing import dynamodb_local

    plain = [measure for measure in arguments.measures if measure != "async"]
    rivals = {name: python_of(requirement) for name, requirement in RIVALS.items() if plain}
    pair = {name: python_of(requirement) for name, requirement in ASYNC.items() if "async" in arguments.measures}
    figures: dict[tuple[str, str, str], float] = {}
    with dynamodb_local.start() as server, tls_front(server.endpoint) as secure:
        fill(server.endpoint)
        for _ in range(arguments.rounds):
            for measure in arguments.measures:
                for rival, python in (pair if measure == "async" else rivals).items():
                    endpoint = secure if measure.endswith("TLS") else server.endpoint
                    if measure.startswith("import"):
                        found = imported(rival, python, measure)
                    else:
                        found = taken(rival, python, measure, endpoint)
                    for figure, value in found.items():
                        place = (measure, rival, figure)
                        figures[place] = min(value, figures.get(place, value))
    for measures, names in ((plain, rivals), (["async"], pair)):
        if names:
            report(measures, list(names), figures)
    return 0


def python_of(requirement: str | None) -> str:
    """The Python of an environment, made where it is not there yet."""
    if requirement is None:
        return sys.executable
    home = CACHE / f"{requirement}-{sys.version_info.major}.{sys.version_info.minor}"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        print(f"making the environment of {requirement} …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", requirement], check=True)
        (home / "ready").touch()
    return str(python)


def environment(endpoint: str) -> dict[str, str]:
    """What a process of any rival sees."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    own = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "BENCH_ENDPOINT": endpoint}
    own |= {"PYTHONPYCACHEPREFIX": str(CACHE / "bytecode"), "AWS_EC2_METADATA_DISABLED": "true"}
    if endpoint.startswith("https"):
        pem = str(HERE.parent / "tests" / "loopback.pem")
        own |= {"SSL_CERT_FILE": pem}
    return kept | own


def taken(rival: str, python: str, measure: str, endpoint: str) -> dict[str, float]:
    """The figures of one process."""
    script = HERE / "rivals" / f"with_{rival}.py"
    name = measure.removesuffix(" over TLS")
    if f'"{name}"' not in script.read_text().rpartition("run({")[2]:
        return {}
    surroundings = environment(endpoint)
    if rival.startswith("dynexpr"):
        surroundings["PYTHONPATH"] = str(HERE.parent)  # this tree, whatever is installed
    if endpoint.startswith("https") and rival != "dynexpr":
        surroundings["AWS_CA_BUNDLE"] = surroundings["SSL_CERT_FILE"]
    with subprocess.Popen(
        [python, str(script), name],
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=HERE / "rivals",
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        printed = process.stdout.read()
        complaint = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        print(f"{rival}, {measure}: {complaint.decode().strip().splitlines()[-1]}", file=sys.stderr)
        return {}
    found: dict[str, float] = json.loads(printed)
    found["total"] = (usage.ru_utime + usage.ru_stime) * 1e3
    return found


IMPORTS = {
    "boto3": {"import": "import boto3"},
    "pynamodb": {"import": "import pynamodb.models, pynamodb.attributes"},
    "pydynox": {"import": "import pydynox, pydynox.attributes"},
    "dynexpr": {
        "import": "import dynexpr, dynexpr.orm",
        "import names": "from dynexpr import create_engine, select; "
        "from dynexpr.orm import DeclarativeBase, Mapped, Session, mapped_column",
    },
}
EMPTY: dict[str, float] = {}


def imported(rival: str, python: str, measure: str) -> dict[str, float]:
    """CPU of importing something, above an empty process."""
    statement = IMPORTS[rival].get(measure)
    if measure == "import others" and rival == "dynexpr":
        statement = f"import {', '.join(standard_modules(python, IMPORTS[rival]['import names']))}"
    if statement is None:
        return {}
    path = f"import sys; sys.path.insert(0, {str(HERE.parent)!r}); "
    return {"own": _cpu(python, path + statement) - empty_process(python)}


def standard_modules(python: str, statement: str) -> list[str]:
    """What an import loads that is not dynexpr's."""
    code = f"import sys; before = set(sys.modules)\n{statement}\nprint(*[m for m in sys.modules if m not in before])"
    shown = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True, cwd=HERE.parent).stdout
    return [name for name in shown.split() if not name.startswith("dynexpr")]


def empty_process(python: str) -> float:
    """CPU of a Python process that does nothing, in milliseconds."""
    if python not in EMPTY:
        EMPTY[python] = min(_cpu(python, "pass") for _ in range(5))
    return EMPTY[python]


def _cpu(python: str, code: str) -> float:
    with subprocess.Popen([python, "-c", code], env=environment("")) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return (usage.ru_utime + usage.ru_stime) * 1e3


def fill(endpoint: str) -> None:
    """Write what is read."""
    sys.path.insert(0, str(HERE / "rivals"))
    from payments import ITEMS, TABLE, wire

    from dynexpr import create_engine

    os.environ.setdefault("AWS_ACCESS_KEY_ID", "bench")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "bench")
    with create_engine(f"dynamodb://us-east-1/?endpoint_url={endpoint}") as engine:
        for table in (TABLE, f"{TABLE}-written"):
            engine.send(
                "CreateTable",
                TableName=table,
                KeySchema=[
                    {"AttributeName": "customer", "KeyType": "HASH"},
                    {"AttributeName": "id", "KeyType": "RANGE"},
                ],
                AttributeDefinitions=[
                    {"AttributeName": "customer", "AttributeType": "S"},
                    {"AttributeName": "id", "AttributeType": "S"},
                ],
                BillingMode="PAY_PER_REQUEST",
            )
        for start in range(0, ITEMS, 25):
            writes = [{"PutRequest": {"Item": wire(number)}} for number in range(start, start + 25)]
            engine.send("BatchWriteItem", RequestItems={TABLE: writes})


class tls_front:  # noqa: N801 - used like a function
    """An endpoint that speaks TLS and passes everything on to one that does not."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def __enter__(self) -> str:
        """Start it; its endpoint."""
        command = [sys.executable, str(HERE / "tls_front.py"), self.endpoint.rpartition(":")[2]]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        return f"https://localhost:{self._process.stdout.readline().strip()}"

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.communicate()


def report(measures: list[str], rivals: list[str], figures: dict[tuple[str, str, str], float]) -> None:
    """Figures and ratios as a table in Markdown."""
    print(f"| {time.strftime('%Y-%m-%d')}, Python {sys.version.split()[0]} | {' | '.join(rivals)} |")
    print("|---" * (len(rivals) + 1) + "|")
    for measure in measures:
        for figure, title in MEASURES[measure]:
            alike = measure.partition(" names")[0].partition(" others")[0].partition(",")[0]
            base = figures.get((measure, rivals[0], figure)) or figures.get((alike, rivals[0], figure))
            cells = []
            for rival in rivals:
                value = figures.get((measure, rival, figure))
                ratio = f" ({value / base:.2f})" if value is not None and base else ""
                cells.append("" if value is None else f"{value:.3g}{ratio}" if value < 1000 else f"{value:.0f}{ratio}")
            print(f"| {title} | {' | '.join(cells)} |")


if __name__ == "__main__":
    sys.exit(main())
