#!/usr/bin/env bash
# packages.sh [--missing]: installs on this machine what the rig needs to be built and run, or only names what it lacks.
set -euo pipefail
wanted=(qemu-system-x86 qemu-utils mmdebstrap e2fsprogs seabios ipxe-qemu cpio openssh-client dpkg-dev)
missing=()
for name in "${wanted[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null || true)" = installed ] || missing+=("$name")
done
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "${1:-}" = --missing ]; then printf '%s\n' "${missing[@]}"; exit 0; fi
apt-get -o DPkg::Lock::Timeout=300 update -qq
DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
