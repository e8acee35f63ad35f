"""How QEMU emulates a machine's processor here, whatever the machine is for."""

from wizard.lab.base.host import QEMU

TCG, KVM = "tcg", "kvm"

CPU = {TCG: "Nehalem", KVM: "host"}
"""Processor models. Under TCG a newer one (`max`) has SMAP, with which Xen 4.17's dom0 crashes at
its start.
"""


def pc(name: str, accel: str, cpus: int, memory_mib: int) -> list[str]:
    """The beginning of a command line: an ordinary PC without any card, drive or screen.

    Its processor is real (KVM) or emulated (TCG, one host thread a processor).
    """
    argv = [QEMU, "-name", name, "-machine", "pc", "-nodefaults", "-display", "none"]
    argv += ["-accel", "tcg,thread=multi" if accel == TCG else "kvm", "-cpu", CPU[accel]]
    return [*argv, "-smp", str(cpus), "-m", str(memory_mib)]
