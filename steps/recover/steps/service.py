"""The end of every runbook: the instances run, their volumes are open, and outside sees them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from steps.common.volume_layout import SCRIPT
from steps.ganeti.facts.ganeti import Guest
from steps.ganeti.under_way import await_ssh
from steps.health.facts.ciphers import CIPHERS
from steps.health.facts.standing import STANDING
from steps.recover.copies import bound_to
from steps.recover.facts.presence import Heard
from steps.recover.facts.pulse import PULSE
from steps.recover.scene import Scene
from steps.recover.situations.service import keeps_to_itself
from steps.recover.steps.common import recovery_step
from steps.recover.views import places
from wizard.answers import Instance
from wizard.model.accident import Case
from wizard.model.step import THIS_STEP, Command, Finding, Prompt, Step


def wanted(scene: Scene) -> list[tuple[Instance, Guest]]:
    """The instances of the answers that Ganeti has and that should run. One whose whole data is on
    a node alone that does not answer cannot: that is no reason to leave the watcher paused.
    """
    configured = {guest.name: guest for guest in scene.guests}
    pairs = []
    for instance in scene.answers.guests:
        guest = configured.get(instance.name)
        if guest is None or guest.state != "up":
            continue
        home = scene.primary(guest)
        if home in scene.answering or not bound_to(scene, guest, home):
            pairs.append((instance, guest))
    return pairs


def answers(scene: Scene, host: str) -> bool:
    """Whether an instance let the wizard look, or lives and is none that lets it look."""
    return scene.read(host, PULSE) is not None or keeps_to_itself(scene, host)


def locked(scene: Scene, host: str) -> bool:
    """Whether any of its encrypted volumes is closed; swap gets a new key at each boot."""
    ciphers = scene.read(host, CIPHERS) or ()
    return any(not cipher.open and not cipher.swap for cipher in ciphers)


def failing(scene: Scene, host: str) -> list[str]:
    """What should stand on the open volume and does not."""
    standing = scene.read(host, STANDING)
    if standing is None or locked(scene, host):
        return []
    return [f"{unit} {why}" for unit, why in standing.failed]


def plan(case: Case, scene: Scene) -> Iterator[Command]:
    """Wait for each instance that runs and does not answer yet; open what is locked."""
    for instance, guest in wanted(scene):
        homes = scene.runs_on(guest)
        if len(homes) != 1:
            continue
        if not answers(scene, instance.short):
            why = f"{instance.short} was started, and boots"
            # One without ssh is waited for in vain: the facts say whether it lives.
            yield replace(await_ssh(homes[0], str(instance.ip), why), ok=(0, 1))
        elif locked(scene, instance.short) or failing(scene, instance.short):
            yield _unlock(scene, instance)


def _unlock(scene: Scene, instance: Instance) -> Command:
    label = f"Passphrase of {instance.short}'s encrypted volume"
    asked = (Prompt(f"vault-{instance.short}", label),) if locked(scene, instance.short) else ()
    return Command(
        instance.short,
        (SCRIPT, "unlock"),
        "what people use lies on the encrypted volume, which a start leaves locked",
        undo=f"{SCRIPT} lock",
        prompts=asked,
        title=f"open the volume of {instance.short} and start what it protects",
        minutes=1,
    )


def verify(case: Case, scene: Scene) -> Iterator[Finding]:
    """Each instance runs once, answers, is open, and is heard from outside the servers."""
    for instance, guest in wanted(scene):
        host = instance.short
        homes = scene.runs_on(guest)
        if len(homes) != 1:
            where = " and ".join(homes) or "no server that answers"
            mend = "ganeti-wizard recover diagnose"
            yield Finding(host, f"{guest.name} runs on {where}", mend=mend)
        elif not answers(scene, host):
            yield Finding(host, "it runs and does not answer", mend=f"gnt-instance console {host}")
        elif locked(scene, host):
            yield Finding(host, "its encrypted volume is locked", step=THIS_STEP)
        else:
            for failure in failing(scene, host):
                yield Finding(host, failure, mend=f"ganeti-wizard unlock {host}")
            yield from _from_outside(scene, instance)


def _from_outside(scene: Scene, instance: Instance) -> Iterator[Finding]:
    """A place that is no server heard it; nothing is said where no such place looked."""
    servers = [node.short for node in scene.nodes]
    heard = []
    for place, view in places(scene, instance.short):
        address = view.heard.get(str(instance.ip))
        # One that hears no machine at all has no way there.
        hears = any(_reached(other) for other in view.heard.values())
        if place not in servers and hears and address is not None:
            heard.append(_reached(address))
    if heard and not any(heard):
        what = f"nobody outside the servers reaches {instance.ip}"
        yield Finding(instance.short, what, mend="look at its address and the bridge")


def _reached(heard: Heard) -> bool:
    return bool(heard.signs)


def step(case: Case) -> Step:
    """The step."""
    return recovery_step(
        case,
        "service",
        "See that the service is back",
        "An instance that runs is not yet a service: its volume is locked after a start, and what "
        "people use lies on it.",
        "protected-volume unlock in the instance, with the passphrase",
        plan=plan,
        verify=verify,
        minutes=3,
    )
