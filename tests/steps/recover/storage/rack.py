"""The disks of one simulated server: what the recorded outputs say, and how commands change it."""

from __future__ import annotations

import copy
import json
from typing import Any

from tests.steps.recover.accident import Accident

Row = dict[str, Any]


class Rack:
    """Disks, partition tables, superblocks and arrays, read from a server's recorded facts."""

    def __init__(self, accident: Accident, host: str) -> None:
        self.raw = accident.raw[host]
        self.rows: dict[str, Row] = {}
        self.tables: dict[str, Row] = {}
        self.arrays: dict[str, list[str]] = {}
        self.members: dict[str, dict[str, list[str]]] = {}
        self.blocks: dict[str, dict[str, str]] = {}
        self.contents: dict[str, str] = {}
        """Other signatures, by the name of a disk or partition."""
        self.mapped: dict[str, Row] = {}
        self.loaders = {"vda", "vdb"}
        self.meanwhile: dict[str, str] = {}
        """By the kernel's name, the serial of a disk that got it after the last look."""
        self._read_disks(self.raw["disks"])
        self._read_md(self.raw["md"])

    def _read_disks(self, text: str) -> None:
        head, *tables = text.partition("== signatures")[0].split("== table /dev/")
        for row in json.loads(head.partition("== lsblk\n")[2])["blockdevices"]:
            self.rows[row["name"]] = row
            for part in row["children"]:
                for child in part.pop("children", ()):
                    self.mapped[child["name"]] = child
        for table in tables:
            name, _, body = table.partition("\n")
            self.tables[name] = json.loads(body)["partitiontable"]

    def _read_md(self, text: str) -> None:
        part = ""
        for line in text.splitlines():
            match line.split():
                case ["array", name, *words]:
                    self.arrays[name] = [*words[:6], "idle", "none"]
                    self.members[name] = {}
                case ["member", name, member, *words]:
                    self.members[name][member] = words
                case ["examine", path]:
                    part = path.removeprefix("/dev/")
                case [pair] if "=" in pair:
                    key, _, value = pair.partition("=")
                    self.blocks.setdefault(part, {})[key] = value

    # What people do.

    def unplug(self, name: str) -> None:
        """Pull a disk; md notices it when it writes next."""
        del self.rows[name]
        self.tables.pop(name, None)
        for block in [part for part in self.blocks if part.startswith(name)]:
            del self.blocks[block]
        for members in self.members.values():
            for part in members:
                if part.startswith(name):
                    members[part] = ["faulty", "none"]

    def plug(self, name: str, serial: str, *, size: int = 0) -> Row:
        """Put an empty disk in."""
        row = copy.deepcopy(self.rows["vda"])
        row |= {"name": name, "kname": name, "path": f"/dev/{name}", "serial": serial}
        row |= {"size": size or row["size"], "pttype": None, "children": []}
        self.rows[name] = row
        return row

    # What commands do.

    def fail(self, part: str) -> None:
        """`mdadm --fail`, or the kernel after a write error: the other half counts on."""
        for name, members in self.members.items():
            if part in members and members[part][0] != "faulty":
                members[part] = ["faulty", "none"]
                for other in members:
                    self._count(other)
                self._degraded(name)

    def _count(self, part: str) -> None:
        block = self.blocks.get(part)
        if block is not None and not any(
            members.get(part, ["faulty"])[0] == "faulty" for members in self._holding(part)
        ):
            block["MD_EVENTS"] = str(int(block["MD_EVENTS"]) + 5)

    def _holding(self, part: str) -> list[dict[str, list[str]]]:
        return [members for members in self.members.values() if part in members]

    def remove(self, array: str, part: str) -> None:
        """`mdadm --remove`: what runs in it cannot be removed."""
        assert self.members[array][part][0] == "faulty"
        del self.members[array][part]
        self._degraded(array)

    def remove_detached(self, array: str) -> None:
        """`mdadm --remove detached`."""
        disks = tuple(self.rows)
        for part in list(self.members[array]):
            if not part.startswith(disks):
                del self.members[array][part]
        self._degraded(array)

    def add(self, array: str, part: str) -> None:
        """`mdadm --add` and `--re-add`: the kernel begins to copy."""
        assert len(self.members[array]) < 2
        (good,) = self.members[array]
        self.members[array][part] = ["spare", "1"]
        self.blocks[part] = dict(self.blocks[good])
        self.contents.pop(part, None)
        self.arrays[array][6] = "recover"

    def sync(self) -> None:
        """All that is copied is copied."""
        for name, members in self.members.items():
            for slot, part in enumerate(members):
                if members[part][0] == "spare":
                    members[part] = ["in_sync", str(slot)]
            self.arrays[name][6] = "idle"
            self._degraded(name)

    def _degraded(self, name: str) -> None:
        good = [part for part, words in self.members[name].items() if words[0] == "in_sync"]
        self.arrays[name][4] = str(2 - len(good))

    def wipe(self, name: str) -> None:
        """`wipefs --all` of a disk or partition; the kernel reads an empty table anew."""
        self.blocks.pop(name, None)
        self.contents.pop(name, None)
        if name in self.rows:
            self.tables.pop(name, None)
            self.rows[name]["children"] = []
            self.rows[name]["pttype"] = None

    def copy_table(self, good: str, new: str) -> None:
        """`sfdisk -d | sfdisk`: the partitions, with identifiers of the new disk's own."""
        assert not any(self._holding(part["name"]) for part in self.rows[new]["children"])
        table = json.loads(json.dumps(self.tables[good]).replace(f"/dev/{good}", f"/dev/{new}"))
        table["id"] = "0x0badcafe"
        self.tables[new] = table
        row = copy.deepcopy(self.rows[good]["children"])
        renamed = json.loads(json.dumps(row).replace(good, new))
        for part in renamed:
            part["fstype"] = None
            self.blocks.pop(part["name"], None)
        self.rows[new] |= {"children": renamed, "pttype": self.rows[good]["pttype"]}

    def is_unused(self, name: str) -> bool:
        """Whether nothing stands on a disk."""
        return not any(self._holding(part["name"]) for part in self.rows[name]["children"])

    # What the facts say.

    def tell(self) -> None:
        """Let the server say what is so now."""
        self.raw["disks"] = self._disks()
        self.raw["md"] = self._md()
        root = self.members["md0"]
        disks = sorted({part[:-1] for part in root if part[:-1] in self.rows})
        lines = []
        for name in disks:
            lines.append(f"/dev/{name} dos no {'yes' if name in self.loaders else 'no'}")
        self.raw["boot_disks"] = "\n".join(lines) + "\n"

    def _disks(self) -> str:
        rows = copy.deepcopy(list(self.rows.values()))
        for row in rows:
            for part in row["children"]:
                for name, members in self.members.items():
                    if part["name"] in members:
                        part["children"] = [self.mapped[name]]
        text = f"== lsblk\n{json.dumps({'blockdevices': rows}, indent=1)}\n"
        for name in self.rows:
            text += f"== table /dev/{name}\n"
            if name in self.tables:
                text += json.dumps({"partitiontable": self.tables[name]}, indent=1) + "\n"
            else:
                text += "! sfdisk: failed to dump partition table: Success\n"
        return text + "== signatures\n" + "".join(self._signatures())

    def _signatures(self) -> list[str]:
        lines = []
        for name, row in self.rows.items():
            if name in self.tables:
                lines.append(f"{name},0x1fe,dos,,\n")
            for part in row["children"]:
                block = self.blocks.get(part["name"])
                if block is not None:
                    uuid = block["MD_UUID"]
                    lines.append(f"{part['name']},0x1000,linux_raid_member,{uuid},x\n")
                elif part["name"] in self.contents:
                    lines.append(f"{part['name']},0x438,{self.contents[part['name']]},U,\n")
        return lines

    def _md(self) -> str:
        lines = ["mdadm installed"]
        for name, words in self.arrays.items():
            lines.append(f"array {name} {' '.join(words)}")
            for part, state in self.members[name].items():
                lines.append(f"member {name} {part} {' '.join(state)}")
        for row in self.rows.values():
            for part in row["children"]:
                lines.append(f"examine /dev/{part['name']}")
                block = self.blocks.get(part["name"], {})
                lines += [f"{key}={value}" for key, value in block.items()]
        return "\n".join(lines) + "\n"
