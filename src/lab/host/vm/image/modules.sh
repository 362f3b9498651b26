#!/usr/bin/env bash
# modules.sh OUT: a kernel and OpenZFS modules built for it. The slow stage (5 to 9 minutes).
# Leaves in OUT: vmlinuz, modules.tar (only what the guest can use), busybox, kernel-version.
. "$(dirname "$0")/lib.sh"
out=$1; mkdir -p "$out"
build=$(mktemp -d "$out/build.XXXXXX"); trap 'rm -rf "$build"' EXIT

# zfs-dkms builds for the chroot's kernel in its own post-install script.
unpack apt linux-image-cloud-amd64,linux-headers-cloud-amd64,zfs-dkms,dkms,initramfs-tools-core,kmod,busybox-static "$build/root"

# The metapackage decides the kernel's version; it moves with each security update.
version=$(basename "$(ls -d "$build"/root/lib/modules/*-cloud-amd64 | sort -V | tail -1)")
modules=$build/root/lib/modules/$version
(
  cd "$modules"
  {
    echo modules.order; echo modules.builtin; echo modules.builtin.modinfo
    find updates -name '*.ko*'
    find kernel -name '*.ko*' | grep -E 'drivers/(virtio|net/virtio_net|net/net_failover|block/(virtio_blk|loop)|char/hw_random|pci)|net/core/failover|fs/(overlayfs|fuse|nls)|crypto|lib/'
  } | tar -cf "$build/modules.tar" -T -
)
cp "$build/root/boot/vmlinuz-$version" "$out/vmlinuz"
cp -L "$build/root/bin/busybox" "$out/busybox"
mv "$build/modules.tar" "$out/modules.tar"
echo "$version" > "$out/kernel-version"
