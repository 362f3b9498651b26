# Shared by the image scripts: where packages come from, and how a Debian root is unpacked.
set -euo pipefail

# The guest's packages come from this machine's own Debian mirror, with contrib added for OpenZFS:
# no mirror is named here, so the build follows whatever the machine was set up to use.
debian_sources() {
  local file
  if [ -n "${LIFEBOAT_DEBIAN_SOURCES:-}" ]; then cat "$LIFEBOAT_DEBIAN_SOURCES"; return; fi
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    grep -q 'debian-archive-keyring' "$file" || continue
    grep -v '^#' "$file" | sed 's/^Components:.*/Components: main contrib/'
    return
  done
  echo "lifeboat: no Debian apt source (deb822, signed by debian-archive-keyring) on this machine" >&2
  echo "hint: name one with LIFEBOAT_DEBIAN_SOURCES=FILE" >&2
  return 5
}

suite() { debian_sources | awk '/^Suites:/ { print $2; exit }'; }

# unpack VARIANT PACKAGES DIR [mmdebstrap options…]
unpack() {
  local variant=$1 packages=$2 dir=$3 sources
  shift 3
  sources=$(mktemp --suffix=.sources)
  debian_sources > "$sources"
  mmdebstrap --mode=root --quiet --variant="$variant" --include="$packages" \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    "$@" "$(suite)" "$dir" "$sources" </dev/null
  rm -f "$sources"
}
