#!/usr/bin/env bash
# image.sh OUT MODULES ROOT: the guest's disk and what boots it.
# Leaves in OUT: base.qcow2, vmlinuz, initrd.gz, id_lab (the key of every login), host-key.pub.
# OUT's guest differs from a stock Debian host in the units masked below, in linger (which keeps logins fast), and in
# what `guest/` holds.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$1 modules=$2 base=$3
build=$(mktemp -d "$out/build.XXXXXX"); trap 'rm -rf "$build"' EXIT
root=$build/root; mkdir "$root"
tar -C "$root" --numeric-owner --xattrs -xf "$base/root.tar"

version=$(cat "$modules/kernel-version")
mkdir -p "$root/lib/modules/$version"
tar -C "$root/lib/modules/$version" --no-same-owner -xf "$modules/modules.tar"
chroot "$root" depmod "$version"

# Users have fixed ids: the pool's files carry them, whatever host the pool comes to.
person() { chroot "$root" useradd --create-home --shell /bin/bash --uid "$2" "$1"; }
person admin 1000; person limited 1001; person alice 1002; person bob 1003
chroot "$root" useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin --uid 950 chat

cp -R "$here/guest/." "$root/"
chmod 755 "$root"/usr/local/bin/*
chmod 440 "$root/etc/sudoers.d/admin"
ln -sf /usr/share/zoneinfo/Etc/UTC "$root/etc/localtime"; echo Etc/UTC > "$root/etc/timezone"
chroot "$root" zgenhostid -f 7f4a10c2
rm -f "$root"/etc/update-motd.d/*

ssh-keygen -q -t ed25519 -N '' -C lab -f "$build/id_lab"
for home in root home/admin home/limited; do
  mkdir -p -m 700 "$root/$home/.ssh"
  cp "$build/id_lab.pub" "$root/$home/.ssh/authorized_keys"
done
chroot "$root" chown -R admin:admin /home/admin/.ssh
chroot "$root" chown -R limited:limited /home/limited/.ssh
rm -f "$root"/etc/ssh/ssh_host_*
ssh-keygen -q -t ed25519 -N '' -C irc-1 -f "$root/etc/ssh/ssh_host_ed25519_key"

enabled=(systemd-networkd ssh cron chat chat-backup.timer)
# Masked because each costs seconds at an emulated boot. A stock host has them; the two import units above all:
# a pool is not imported at boot here until they are unmasked.
masked=(
  zfs-import-cache.service zfs-import-scan.service systemd-udev-settle.service zfs-volume-wait.service
  nvmf-autoconnect.service nvmefc-boot-connections.service systemd-networkd-wait-online.service
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer
  systemd-random-seed.service systemd-update-utmp.service systemd-pstore.service systemd-journal-flush.service
  systemd-binfmt.service proc-sys-fs-binfmt_misc.automount modprobe@drm.service getty@tty1.service
  dev-hugepages.mount dev-mqueue.mount sys-kernel-tracing.mount
)
chroot "$root" systemctl --quiet enable "${enabled[@]}" 2>/dev/null
# There for what restores its dumps, and started by that.
chroot "$root" systemctl --quiet disable postgresql.service 2>/dev/null
# A mask can't replace a unit file in /etc, and none of these has one.
chroot "$root" systemctl --quiet mask "${masked[@]}" 2>/dev/null
# A login finds its user manager running already, so ssh answers without starting one.
mkdir -p "$root/var/lib/systemd/linger"; touch "$root/var/lib/systemd/linger/root" "$root/var/lib/systemd/linger/admin"

# NVMe and ext4 are built into the cloud kernel, virtio is not.
initrd=$build/initrd; mkdir -p "$initrd"/{bin,proc,dev,new,modules}
cp "$modules/busybox" "$initrd/bin/"
early=(virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk)
for name in "${early[@]}"; do
  cp "$(find "$root/lib/modules/$version/kernel" -name "$name.ko")" "$initrd/modules/"
done
echo "${early[*]}" > "$initrd/modules/order"
install -m 755 "$here/init" "$initrd/init"
(cd "$initrd" && find . | cpio --quiet -o -H newc) | gzip -1 > "$out/initrd.gz"

# No journal: after a hard stop the disk is thrown away.
truncate -s 2560M "$build/root.ext4"
mke2fs -q -t ext4 -O '^has_journal,^metadata_csum' -m 0 -L root -d "$root" "$build/root.ext4"
cp "$modules/vmlinuz" "$out/vmlinuz"
cp "$root/etc/ssh/ssh_host_ed25519_key.pub" "$out/host-key.pub"
install -m 600 "$build/id_lab" "$out/id_lab"
qemu-img convert -f raw -O qcow2 "$build/root.ext4" "$out/base.qcow2"
