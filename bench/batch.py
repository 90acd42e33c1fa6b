"""How long do 1,000 keys take, and what do they cost?  dynexpr's batches against boto3's client, taking turns.

    python bench/batch.py [ROUNDS]

Both read from a server on loopback that does next to nothing: once with 10 ms before each answer, as a network has, and
once without, where CPU per object is what counts. boto3 asks for 100 keys after 100, as its batch_get_item does, and
gives dictionaries; dynexpr gives objects of a session, with one request at a time and with four. The figures are the
best of all rounds; each is a process of its own. Writes of 1,000 objects are in `bench/run.py batch`.
"""

import subprocess
import sys
from pathlib import Path

from run import RIVALS, python_of, taken

HERE = Path(__file__).parent
MEASURES = {
    ("boto3", "batch get"): "boto3, 100 keys after 100",
    ("dynexpr", "batch get, 1"): "dynexpr, parallel=1",
    ("dynexpr", "batch get"): "dynexpr, parallel=4",
}
CLAIM = 0.58
"""DynamORM says of its batches, on DynamoDB, that they are 42 % faster than the SDK."""


def main() -> int:
    """Measure, and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    figures: dict[tuple[str, str, str, str], float] = {}
    for latency in ("0.010", "0"):
        with subprocess.Popen(
            [sys.executable, str(HERE / "slow_server.py"), latency], stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            endpoint = f"http://127.0.0.1:{server.stdout.readline().strip()}"
            try:
                for _ in range(rounds):
                    for rival, measure in MEASURES:
                        for name, value in taken(rival, python_of(RIVALS[rival]), measure, endpoint).items():
                            place = (latency, rival, measure, name)
                            figures[place] = min(value, figures.get(place, value))
            finally:
                server.kill()
    print("| 1,000 keys | 10 ms before each answer, ms | at once, ms | CPU of an object, at once, us |")
    print("|---|---|---|---|")
    columns = (("0.010", "time"), ("0", "time"), ("0", "cpu"))
    for (rival, measure), title in MEASURES.items():
        cells = []
        for latency, name in columns:
            value = figures[latency, rival, measure, name]
            base = figures[latency, "boto3", "batch get", name]
            cells.append(f"{value:.3g} ({value / base:.2f})")
        print(f"| {title} | {' | '.join(cells)} |")
    print(f"| DynamORM's claim for its batches, of the SDK | ({CLAIM:.2f}) | | |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
