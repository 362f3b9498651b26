#!/usr/bin/env bash
# root.sh OUT: the guest's root file system before anything of ours is in it. Leaves OUT/root.tar.
. "$(dirname "$0")/lib.sh"
out=$1; mkdir -p "$out"
build=$(mktemp -d "$out/build.XXXXXX"); trap 'rm -rf "$build"' EXIT

# zfs-zed and zfsnap want zfs modules from a package; ours are copied in. An empty package says so.
mkdir -p "$build/deb/DEBIAN"
cat > "$build/deb/DEBIAN/control" <<CONTROL
Package: zfs-modules-copied
Version: 1
Architecture: all
Maintainer: lab <lab@localhost>
Provides: zfs-modules
Description: placeholder, the OpenZFS modules are copied into the image
CONTROL
dpkg-deb --build "$build/deb" "$build/zfs-modules.deb" >/dev/null

unpack minbase zfsutils-linux,systemd,systemd-sysv,dbus,udev,kmod,openssh-server,sudo,curl,ca-certificates,iproute2,nvme-cli,procps,psmisc,util-linux,parted,libpam-systemd,e2fsprogs,cron,tzdata,zfsnap,postgresql,duplicity,gnupg,zstd \
  "$build/root" \
  --customize-hook="cp '$build/zfs-modules.deb' \"\$1/root/\" && chroot \"\$1\" dpkg -i /root/zfs-modules.deb && chroot \"\$1\" apt-get -y -qq install zfs-zed && rm \"\$1/root/zfs-modules.deb\""
rm -rf "$build"/root/var/lib/apt/lists/* "$build"/root/var/cache/apt/*
tar -C "$build/root" --numeric-owner --xattrs -cf "$build/root.tar" .
mv "$build/root.tar" "$out/root.tar"
