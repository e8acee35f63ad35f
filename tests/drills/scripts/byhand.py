"""A cluster that the wizard never built: taken in, and helped after an accident."""

from __future__ import annotations

import shutil

from tests.acceptance.lab import ARTICLE
from tests.drills.drill import Drill
from tests.drills.operator import dead, expect, recover, settled
from tests.drills.scripts.power import returns
from tests.drills.scripts.state import way_in

CLUSTER, GROUP, INSTANCE = "farm", "data0", "web_1"
"""Other names than those of the build that the machines had before, such as only Ganeti takes."""
MEMBERS = "LC_ALL=C lvs --noheadings -o lv_name xenvg"
KEEP = f"""set -e
{MEMBERS} | sed -n 's/^ *\\(.*[.]disk\\([0-9]\\)_data\\)$/\\1 \\2/p' | while read -r name number; do
lvrename xenvg "$name" "keep$number"
done
{MEMBERS} | grep -c keep"""
"""On the node that ran it: the instance's data goes into the new cluster as it is."""
DROP = f"{MEMBERS} | grep -v keep | while read -r name; do lvremove -f xenvg/$name; done; true"
FORGET = f"""systemctl disable --now gw-config-backup.timer 2>&1; rm -rf /var/lib/ganeti-wizard
rm -f /etc/ganeti/instance-debootstrap/hooks/gw-* /usr/local/sbin/gw-*
sed -i 's/cluster1.name.org cluster1/{CLUSTER}/; s/inst1.name.org inst1/{INSTANCE}/' \
/etc/hosts; vgs xenvg >/dev/null 2>&1 && vgrename xenvg {GROUP}; true"""
"""Nothing of the wizard's is left, and the old names are gone."""
INIT = f"""gnt-cluster init --vg-name {GROUP} --master-netdev xenbr0 --master-netmask 24 \
--enabled-hypervisors xen-pvm --enabled-disk-templates plain,drbd \
--drbd-usermode-helper /bin/true --nic-parameters mode=bridged,link=xenbr0 \
-H 'xen-pvm:xen_cmd=xl,kernel_path=/boot/vmlinuz-3-xenU,initrd_path=/boot/initrd-3-xenU,\
root_path=/dev/xvda1,blockdev_prefix=xvd,kernel_args=ro console=hvc0' \
--ipolicy-bounds-specs min:cpu-count=1,disk-count=1,disk-size=128,memory-size=128,nic-count=1,\
spindle-use=1/max:cpu-count=32,disk-count=16,disk-size=2097152,memory-size=65536,nic-count=8,\
spindle-use=12 --no-etc-hosts {CLUSTER}"""
ADD = f"""gnt-instance add -t plain -n node2.name.org -o debootstrap+bookworm --no-install \
--no-start --no-name-check --no-ip-check \
--disk 0:adopt=keep0 --disk 1:adopt=keep1 --disk 2:adopt=keep2 \
-B memory=256M,vcpus=1 --net 0:mode=bridged,link=xenbr0,ip=192.168.0.114,mac=$MAC {INSTANCE}"""
PUBLIC = "cat /root/.ssh/id_rsa.pub"
"""The key that `gnt-cluster init` made for root (gnt-cluster(8), --ssh-key-type)."""
AUTHORISE = "umask 077; printf '%s\\n' '{key}' >>/root/.ssh/authorized_keys"
"""What whoever adds a node by hand does first; else `gnt-node add` asks for a password."""
LONG = 3600
"""Seconds that a job may take under emulation."""


def by_hand(drill: Drill) -> None:
    """A cluster that somebody set up by hand, with other names and another volume group, is taken
    in: nothing is the matter with it; then 1.
    """
    _set_up(drill)
    shutil.rmtree(drill.state, ignore_errors=True)
    drill.run(("--state", str(drill.state), "recover", "adopt", *way_in(drill)), ok=(0,))
    seen = settled(drill)
    drill.must(set(seen.situations) <= {"service"}, "nothing is the matter but the locked volume")
    drill.wizard("unlock", INSTANCE, *drill.secret)
    drill.wait_for_entries(5)
    drill.hand("kill", "node2")
    expect(drill, "node-dead")
    recover(drill, "node-dead", *dead("node2"))
    drill.wait_for_entries(5)
    returns(drill, "node2")


def _set_up(drill: Drill) -> None:
    """The build's cluster goes, and another one is made of the same machines and data."""
    mac = drill.on("node1", f"gnt-instance list --no-headers -o nic.macs {ARTICLE.instance}")
    drill.on("node1", f"gnt-instance shutdown {ARTICLE.instance}", timeout=LONG)
    drill.must(drill.on("node2", KEEP).strip() == "3", "the data of three disks is kept")
    drill.on("node1", f"gnt-instance remove -f --ignore-failures {ARTICLE.instance}", timeout=LONG)
    drill.on("node1", "gnt-node remove node2.name.org", timeout=LONG)
    drill.on("node1", "gnt-cluster destroy --yes-do-it", timeout=LONG)
    for node in ARTICLE.nodes:
        drill.on(node, f"{DROP}; {FORGET}")
    drill.on("backup", "rm -rf /var/lib/ganeti-wizard")
    drill.on("node1", INIT, timeout=LONG)
    key = drill.on("node1", PUBLIC).strip()
    drill.on("node2", AUTHORISE.format(key=key))
    drill.on("node1", "gnt-node add --no-ssh-key-check node2.name.org", timeout=LONG)
    drill.on("node1", ADD.replace("$MAC", mac.strip()), timeout=LONG)
    drill.renamed(INSTANCE)
    drill.on("node1", f"gnt-instance modify -t drbd -n node1.name.org {INSTANCE}", timeout=LONG)
    drill.on("node1", f"gnt-instance start {INSTANCE}", timeout=LONG)
    drill.until_up()
