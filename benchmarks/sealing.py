"""`python -m benchmarks.sealing`: what it costs that letters are sealed at rest.

The same scanned letters go all the way, from file to packet, through two homes in turn, one sealed
and one not, so that a busy machine slows both alike; which of them goes first alternates.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from benchmarks.common import publish_cost, workplace, write_letters
from pipeline.batch import open_blobs, use_key, worker_pool
from pipeline.desk import Desk, Tools
from pipeline.home import Home, Settings, load_settings
from pipeline.isolation.pool import Pool
from pipeline.packets import Packets
from pipeline.store.cases import Cases
from pipeline.store.database import Database, open_database
from pipeline.store.documents import Documents
from pipeline.store.keys import Ring, new_key, write_ring

TARGET = 1.03


class _Nobody:
    def reading(self, item: int, done: int, total: int) -> None: ...

    def finished(self, item: int) -> None: ...


class _House:
    """A home that letters are worked on in."""

    def __init__(self, folder: Path, sealed: bool, pool: Pool) -> None:
        env = {"DENIALDESK_WORKERS": "1"}
        home = Home(folder / "home").prepare()
        if sealed:
            write_ring(folder / "key", Ring((new_key(),)), new=True)
            env["DENIALDESK_KEY"] = f"file:{folder / 'key'}"
        self.settings: Settings = load_settings(home, env)
        use_key(self.settings)
        self.database: Database = open_database(self.settings.database_url)
        self.settings.packet_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.packets = Packets(self.settings.packet_folder, pool)
        self.tools = Tools(
            Documents(self.database), Cases(self.database), open_blobs(self.settings),
            self.packets, pool,
        )  # fmt: skip

    def seconds(self, letter: Path) -> float:
        use_key(self.settings)
        settings = self.settings
        begun = time.perf_counter()
        run, items = self.tools.documents.new_run(settings.packet_folder, [letter])
        desk = Desk(self.tools, run, items, settings.day(), _Nobody(), 100 << 20, 600.0)
        for step in (desk.take_in, desk.read, desk.extract, desk.route, desk.write):
            step(items[0].id)
        if desk.fatal:
            raise desk.fatal
        return time.perf_counter() - begun

    def close(self) -> None:
        self.packets.close()
        self.database.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sealing", description=__doc__)
    parser.add_argument("--letters", type=int, default=30)
    count = parser.parse_args().letters
    with workplace() as work:
        scans = work / "scans"
        write_letters(scans, count + 1, seed=53, damages=("scan",))
        letters = sorted(scans.glob("*.pdf"))
        base = load_settings(Home(work / "base").prepare(), {"DENIALDESK_WORKERS": "1"})
        with worker_pool(base) as pool:
            houses = [_House(work / name, name == "sealed", pool) for name in ("sealed", "plain")]
            for house in houses:
                house.seconds(letters[0])
            pairs = []
            for at, letter in enumerate(letters[1:]):
                took = {house: house.seconds(letter) for house in houses[:: 1 if at % 2 else -1]}
                pairs.append((took[houses[0]], took[houses[1]]))
            for house in houses:
                house.close()
    said = "scanned letters, each from file to packet in a sealed home and in a plain one, in turn."
    publish_cost("sealing", "Cost of sealing at rest", said, pairs, TARGET)


if __name__ == "__main__":
    main()
