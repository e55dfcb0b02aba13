#!/bin/sh
# Installs the foreign programs that the tests in test/ drive as peers: TLS clients that must accept what Mintmark mints
# and refuse what its stolen key forges, real servers, and the tools that make and inspect such files.
# Debian and its derivatives only; needs root. Does nothing when everything is already there.
set -eu

packages='chromium firefox-esr mkcert golang-go gnutls-bin php-cli ruby nginx-light uwsgi-core uwsgi-plugin-python3
python3 python3-requests libnss3-tools openjdk-17-jdk-headless wget curl openssl git hyperfine faketime strace
sudo opendoas p11-kit p11-kit-modules locales'

command -v apt-get >/dev/null || { echo 'install-clients: apt-get is missing, this script knows Debian only' >&2; exit 1; }

missing=''
for package in $packages; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
if [ -z "$missing" ]; then
  echo 'install-clients: all clients are installed'
  exit 0
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Runs apt-get with its output kept aside: shown only when it fails.
quietly() {
  DEBIAN_FRONTEND=noninteractive apt-get -y -q "$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2; exit 1; }
}

echo 'install-clients: reading package lists'
quietly update
echo "install-clients: installing$missing"
# shellcheck disable=SC2086 # the list is meant to be split into words
quietly install --no-install-recommends $missing
echo 'install-clients: done'
