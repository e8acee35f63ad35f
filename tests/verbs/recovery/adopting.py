"""The command line of `recover adopt` on simulated machines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sim import SimHost
from tests.steps.recover.accident import Accident
from tests.steps.recover.adopt.configdata import told_by
from wizard import cli
from wizard.answers.documents import write
from wizard.daily import diagnosis
from wizard.hosts import access
from wizard.hosts.host import Host
from wizard.model.recovery import HERE

NODES = {"192.168.0.111": "node1", "192.168.0.112": "node2"}


class Bench:
    """The command line on an accident's machines, with a state directory of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
        self.folder = folder
        self.capsys = capsys
        self.out = ""
        self.err = ""
        self.hosts: dict[str, Host] = {}
        self.here = SimHost(HERE)
        monkeypatch.setattr(diagnosis, "LocalHost", lambda *_, **__: self.here)
        monkeypatch.setattr(access, "make_hosts", lambda *_: dict(self.hosts))
        monkeypatch.setattr(access, "reached", self._reached)

    def _reached(self, name: str, way: Any, *_: object) -> Host:
        short = NODES.get(name, name)
        host = self.hosts[short]
        if isinstance(host, SimHost):
            return SimHost(name, host.texts, down=host.down)
        return host

    def at(self, accident: Accident, *, kit: bool = True) -> Bench:
        """Work on these machines; the servers have the build's answers or not."""
        for host in ("node1", "node2"):
            if host in accident.raw:
                self._furnish(accident, host, kit)
        return self.refresh(accident)

    def refresh(self, accident: Accident) -> Bench:
        """Let every machine say what the accident has by now."""
        facts = accident.facts
        self.hosts = {}
        for name in ("node1", "node2", "inst1", "backup"):
            texts = facts.raw.get(name, {})
            self.hosts[name] = SimHost(name, texts, down=facts.missing.get(name))
        self.here = SimHost(HERE, facts.raw[HERE])
        return self

    @staticmethod
    def _furnish(accident: Accident, host: str, kit: bool) -> None:
        told = json.loads(accident.raw[host]["ganeti"])["config"]
        # Only what the program on a node would copy: tests/steps/recover/adopt/test_program.py.
        config = told_by(told) if told else None
        text = json.dumps({"config": config, "resolved": {}}) if config else ""
        accident.raw[host]["cluster-file"] = text
        accident.raw[host]["kit-answers"] = write(accident.answers) if kit else ""
        accident.raw[host]["backup-told"] = "ip: 192.168.0.150\nname: backup.name.org\n"

    def __call__(self, *words: str) -> int:
        code = cli.main(["--state", str(self.folder), *words])
        captured = self.capsys.readouterr()
        self.out = captured.out
        self.err = captured.err
        return code

    def situations(self) -> Any:
        """What the diagnosis finds, without the moments at which it looked."""
        code = self("recover", "diagnose", "--json")
        document = json.loads(self.out)
        assert code == document["exit"]
        for situation in document["situations"]:
            for evidence in situation["evidence"]:
                if evidence["host"] == HERE:
                    evidence["time"] = ""
        return document["cluster"], document["situations"]
