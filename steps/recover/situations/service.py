"""An instance runs, and what people use of it does not."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import Guest
from steps.health.facts.ciphers import CIPHERS
from steps.health.facts.standing import STANDING
from steps.recover.addresses import SSH
from steps.recover.presence import presence
from steps.recover.scene import Scene
from steps.recover.situations.words import instance, unlock, wait
from steps.recover.views import addresses_of, views
from wizard.answers import Answers
from wizard.base.errors import Reach
from wizard.model.recovery import Confidence, Evidence, Runbook, Situation, Standing
from wizard.model.step import Danger


def service(scene: Scene) -> Iterator[Situation]:
    """Situation 29: the instance runs, and its volume is locked or its services stand still."""
    configured = {guest.name: guest for guest in scene.guests}
    for wanted in scene.answers.guests:
        guest = configured.get(wanted.name)
        if guest is None or not scene.runs_on(guest):
            continue
        if keeps_to_itself(scene, wanted.short):
            continue
        locked = tuple(_locked(scene, wanted.short))
        evidence = (*_silent(scene, wanted.short), *locked)
        if not locked:
            # What lies on a locked volume cannot run: that is no finding of its own.
            evidence += tuple(_standing_still(scene, wanted.short))
        if evidence:
            title = f"{wanted.short} runs, and its service does not"
            runbooks = tuple(_ways(scene, guest, wanted.short))
            yield Situation(
                "service",
                title,
                Confidence.LIKELY,
                evidence,
                runbooks,
                # Nobody opens a volume but a person.
                stays=bool(locked),
            )


def keeps_to_itself(scene: Scene, host: str) -> bool:
    """Whether an instance lives and is none that this program may look into: one of a cluster that
    somebody else built, say, without ssh or with other keys.

    An open port of ssh behind which nobody answers is a machine that hangs.
    """
    error = scene.facts.missing.get(host)
    if error is None or _is_built(scene.answers):
        return False
    if presence(scene, host).state is not Standing.ALIVE:
        return False
    return error.reach in (Reach.LOGIN, Reach.HOST_KEY) or not _ssh_is_open(scene, host)


def _is_built(answers: Answers) -> bool:
    """Whether the instances were set up from here: somebody decided of the servers' disks, or of a
    volume, which no adoption reads off a cluster.
    """
    return bool(answers.partition.disks) or "volumes" in answers.vault.model_fields_set


def _ssh_is_open(scene: Scene, host: str) -> bool:
    for _, view in views(scene, host):
        for address in addresses_of(scene, host):
            heard = view.heard.get(address.ip)
            if heard is not None and (SSH, "open") in heard.ports:
                return True
    return False


def _silent(scene: Scene, host: str) -> Iterator[Evidence]:
    error = scene.facts.missing.get(host)
    if error is not None:
        yield scene.evidence("ssh", host, f"runs and does not answer: {error.what}")


def _standing_still(scene: Scene, host: str) -> Iterator[Evidence]:
    standing = scene.read(host, STANDING)
    for unit, why in standing.failed if standing is not None else ():
        yield scene.evidence(STANDING, host, f"{unit} {why}")


def _locked(scene: Scene, host: str) -> Iterator[Evidence]:
    for cipher in scene.read(host, CIPHERS) or ():
        # Swap is encrypted with a new key at each boot: nobody unlocks it.
        if not cipher.open and not cipher.swap:
            what = f"the encrypted volume {cipher.name or cipher.source} is locked"
            yield scene.evidence(CIPHERS, host, what)


def _ways(scene: Scene, guest: Guest, host: str) -> Iterator[Runbook]:
    error = scene.facts.missing.get(host)
    if error is not None and error.reach not in (Reach.LOGIN, Reach.HOST_KEY):
        yield wait("It may still be starting.", 5)
    yield _serve(scene, guest, host)


def _serve(scene: Scene, guest: Guest, host: str) -> Runbook:
    words = []
    if host in scene.facts.missing:
        words.append(instance(scene.master, "console", guest.name, Danger.READ))
    words += unlock([host])
    title = "Open the volume and start what it protects"
    return Runbook("service", title, tuple(words), by_hand=False)
