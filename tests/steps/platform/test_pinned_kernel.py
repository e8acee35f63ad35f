"""Under KVM: a kernel that GRUB does not start by default is no reason to reboot."""

from __future__ import annotations

from tests.cases import case_path, load
from wizard.model.facts import Facts
from wizard.model.review import Review, State, look


def _seen(default: str) -> Review:
    """node1 runs the older of two kernels; the menu has both, and this default."""
    step, _, answers, facts = load(case_path("reboot", "synthetic-kvm-newer-kernel"))
    raw = {host: dict(texts) for host, texts in facts.raw.items()}
    entries = [
        f"menuentry 'Debian {number}' --class debian {{\n"
        f"\tlinux\t/vmlinuz-6.1.0-{number}-amd64 root=/dev/md0 ro quiet\n}}\n"
        for number in (57, 56)
    ]
    raw["node1"]["grub_menu"] = f'set default="{default}"\n{"".join(entries)}\n\n@env\nwritten: 9\n'
    return look(step, answers, Facts(raw))


def test_the_kernel_that_the_menu_starts_is_rebooted_into() -> None:
    """A newer one that is installed, as after an upgrade."""
    assert [command.line for command in _seen("0").plan.on("node1")] == ["systemctl reboot"]


def test_a_start_that_would_end_where_it_began_is_no_step() -> None:
    """GRUB_DEFAULT names an older kernel (RTXI issue 89), or a -cloud- one is installed beside."""
    for default in ("1", "Debian 56"):
        review = _seen(default)
        assert not review.plan.on("node1"), review.plan
        assert review.state is State.DONE, review.wrong()
