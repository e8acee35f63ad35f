#!/bin/sh
# PID 1 of the machine that makes the base disks: the root filesystem is /dev/vda, the disks are /dev/vdb and /dev/vdc.
# Ends with one line "LAB-BUILD: OK" or "LAB-BUILD: FAILED …" on the serial line; the host waits for it.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root
. /etc/lab-build.env

end() {
    echo "LAB-BUILD: $*"
    sync
    echo o > /proc/sysrq-trigger
    while :; do sleep 1; done
}
must() {
    echo "LAB-BUILD: run $*"
    "$@" || end "FAILED ($?) $*"
}

mountpoint -q /proc || mount -t proc proc /proc
mountpoint -q /sys || mount -t sysfs sysfs /sys
mountpoint -q /dev || mount -t devtmpfs devtmpfs /dev
mountpoint -q /run || mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp

must mdadm --create /dev/md0 --run --metadata=1.2 --level=1 --raid-devices=2 --assume-clean \
    --homehost=any --name=0 --uuid="$MD_UUID" "/dev/vdb$LAB_ROOT_PART" "/dev/vdc$LAB_ROOT_PART"
must dd if=/dev/vda of=/dev/md0 bs=4M conv=sparse
must mount -t ext4 /dev/md0 /mnt
for place in dev proc sys run tmp; do must mount --bind "/$place" "/mnt/$place"; done
mkdir -p /dev/disk/by-uuid
ln -sfn ../../md0 "/dev/disk/by-uuid/$FS_UUID"
must chroot /mnt grub-install --target=i386-pc --modules="mdraid1x part_msdos part_gpt ext2" /dev/vdb
must chroot /mnt grub-install --target=i386-pc --modules="mdraid1x part_msdos part_gpt ext2" /dev/vdc
must chroot /mnt update-grub
must grep -q "root=UUID=$FS_UUID" /mnt/boot/grub/grub.cfg
must rm -f /mnt/usr/local/sbin/lab-builder-init /mnt/etc/lab-build.env
for place in tmp run sys proc dev; do must umount "/mnt/$place"; done
must umount /mnt
must mdadm --stop /dev/md0
end OK
