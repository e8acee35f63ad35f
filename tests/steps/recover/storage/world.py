"""The machines of an accident with their job queues and disks."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.steps.recover.accident import Accident
from tests.steps.recover.storage.rack import Rack
from tests.steps.recover.world import IPS, World

HOLDS = "2: xenbr0    inet 192.168.0.113/32 scope global xenbr0\n"


class StorageWorld(World):
    """A world that also knows what the commands about jobs and disks do."""

    def __init__(self, accident: Accident) -> None:
        self.racks = {host: Rack(accident, host) for host in IPS if host in accident.raw}
        super().__init__(accident)

    def refresh(self) -> None:
        """Let the disks tell how they are, then everybody."""
        for rack in self.racks.values():
            rack.tell()
        super().refresh()

    def _agrees(self, host: str, guard: str) -> bool:
        """What a guard about disks or jobs says; the shell itself is tried elsewhere."""
        asked = re.search(r"gnt-job list --no-headers -o status (\d+)\)\" = (\w+)", guard)
        if asked is not None:
            jobs = {job["id"]: job["status"] for job in self.stalled(self.master)["jobs"]}
            return bool(jobs.get(int(asked[1])) == asked[2])
        if "/sys/block/" not in guard:
            return super()._agrees(host, guard)
        rack = self.racks[host]
        for path, serial in re.findall(
            r"lsblk -dno SERIAL /dev/(\w+) \| sed .*?\)\" = (\S+)", guard
        ):
            if (
                path not in rack.rows
                or rack.meanwhile.get(path, rack.rows[path]["serial"]) != serial
            ):
                return False
        for path in re.findall(r"lsblk -nro MOUNTPOINTS /dev/(\w+)", guard):
            if not rack.is_unused(path):
                return False
        for array, part in re.findall(r"in_sync /sys/block/(\w+)/md/dev-(\w+)/state", guard):
            if rack.members[array].get(part, [""])[0] != "in_sync":
                return False
        return True

    def _without(self, host: str, pattern: str) -> None:
        text = self.accident.raw[host]["ganeti-running"]
        self.accident.raw[host]["ganeti-running"] = re.sub(pattern, "", text)

    def _distribute(self, master: str) -> None:
        """Every node gets the master's configuration, and with it who the master is."""
        stored = json.loads(self.accident.raw[master]["ganeti"])
        stored["config"]["serial"] += 1
        for host in IPS:
            own = json.loads(self.accident.raw[host]["ganeti"])
            own |= {"config": stored["config"], "ssconf": stored["ssconf"]}
            self.accident.raw[host]["ganeti"] = json.dumps(own)

    def stalled(self, host: str) -> dict[str, Any]:
        """What stands still on a node."""
        read: dict[str, Any] = json.loads(self.accident.raw[host]["ganeti-stalled"])
        return read

    def _forget(self, host: str, *jobs: str) -> None:
        now = self.stalled(host)
        now["jobs"] = [job for job in now["jobs"] if str(job["id"]) not in jobs]
        self.accident.raw[host]["ganeti-stalled"] = json.dumps(now)

    def _release(self) -> None:
        """wconfd forgets dead owners; luxid then marks their jobs as failed."""
        now = self.stalled(self.master)
        now["dead"] = []
        now["jobs"] = [job for job in now["jobs"] if job["alive"] is not False]
        self.accident.raw[self.master]["ganeti-stalled"] = json.dumps(now)

    def _do(self, host: str, words: tuple[str, ...], text: str) -> int | None:
        match words:
            case ["aside", _, *jobs]:
                self._forget(host, *jobs)
            case ["gnt-cluster", "queue", "undrain"]:
                self.accident.change(host, "lineage", "drained: yes\n", "")
            case ["gnt-job", "cancel", job]:
                for node in IPS:
                    if node in self.accident.raw:
                        self._forget(node, job)
            case [program, "stop-master"] if program.endswith("daemon-util"):
                self._without(host, r"daemon: ganeti-(luxid|wconfd|rapi) .*\n")
            case ["give-back", address]:
                self._without(host, rf".* inet {address}/.*\n")
            case ["vote-again", _]:
                self.accident.raw[host]["bypass"] = ""
            case ["tell-anew", _]:
                self._distribute(host)
            case ["gnt-cluster", "activate-master-ip"]:
                self.accident.raw[host]["ganeti-running"] += HOLDS
            case ["gnt-debug", "wconfd", "cleanuplocks"]:
                self._release()
            case _:
                if not self._on_disks(host, list(words)):
                    return super()._do(host, words, text)
        return None

    def _on_disks(self, host: str, words: list[str]) -> bool:
        """Whether it is a command about disks, which is done then."""
        rack = self.racks.get(host)
        if rack is None:
            return False
        names = [word.removeprefix("/dev/") for word in words]
        match names:
            case ["drop", array, part]:
                rack.fail(part)
                rack.remove(array, part)
            case ["mdadm", array, "--fail", "detached", *_]:
                rack.remove_detached(array)
            case ["mdadm", array, "--add", part] | ["again" | "anew", array, part]:
                rack.add(array, part)
            case ["wipefs", "--all", *devices]:
                for device in devices:
                    rack.wipe(device)
            case ["copy-table", good, new]:
                rack.copy_table(good, new)
            case ["follow", *_]:
                rack.sync()
            case ["grub-install", _, disk]:
                rack.loaders.add(disk)
            case ["debconf-set-selections"]:
                pass
            case _:
                return False
        return True
