"""The encrypted volumes of an instance that is to be stopped: a stop locks them."""

from __future__ import annotations

from collections.abc import Iterator

from steps.ganeti.facts.ganeti import Guest
from steps.health.facts.ciphers import CIPHERS
from steps.recover.scene import Scene
from wizard.answers import Instance
from wizard.model.step import Command, Danger, Prompt

TRY = r"""need=$(
  cryptsetup luksDump -- "$1" | sed -n 's/^[[:space:]]*Memory: *//p' | sort -n | tail -n 1
)
free=$(sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo)
if [ "${free:-0}" -lt "$((${need:-0} + 32768))" ]; then
  echo "not tried: that takes ${need:-0} KiB of memory, and ${free:-0} KiB are free"; exit 0
fi
echo 1000 >/proc/self/oom_score_adj
exec cryptsetup open --test-passphrase --tries 1 -- "$1" """
"""With all services at work the instance may lack the memory that argon2id takes (cryptsetup(8),
luksDump shows it in KiB): then nothing is tried, and nobody else's process is killed for it
(proc(5), oom_score_adj).
"""


def answers_for(scene: Scene, guest: Guest) -> Instance | None:
    """What the answers have for an instance."""
    for wanted in scene.answers.guests:
        if wanted.name == guest.name:
            return wanted
    return None


def locks(scene: Scene, guest: Guest) -> Iterator[tuple[str, Prompt]]:
    """The device of each encrypted volume that a stop of this instance locks, and the passphrase
    that opens it again; the device is "" where the instance could not be looked at.
    """
    wanted = answers_for(scene, guest)
    if wanted is None:
        return
    label = f"Passphrase of {wanted.short}'s encrypted volume"
    prompt = Prompt(f"vault-{wanted.short}", label)
    ciphers = scene.read(wanted.short, CIPHERS)
    if ciphers is None and scene.answers.encrypted_on(wanted.short) is not None:
        yield "", prompt
    for cipher in ciphers or ():
        if not cipher.swap:
            yield cipher.source, prompt


def try_passphrase(scene: Scene, guest: Guest) -> Iterator[Command]:
    """A wrong one is better known while the volume is still open."""
    wanted = answers_for(scene, guest)
    volumes = list(locks(scene, guest))
    for source, prompt in volumes:
        # Of several, nobody knows which one this passphrase is for.
        if wanted is None or not source or len(volumes) > 1:
            continue
        yield Command(
            wanted.short,
            ("sh", "-c", TRY, "try-passphrase", source),
            "a stop locks the volume: that the passphrase opens it is tried before that",
            Danger.READ,
            undo="none needed",
            prompts=(prompt,),
            title=f"try the passphrase of {source}",
            minutes=0.2,
        )
