#!/bin/sh
# Installs the foreign programs that the tests in test/ drive as peers: TLS clients that must accept what Mintmark mints
# and refuse what its stolen key forges, real servers, and the tools that make and inspect such files.
# Debian and its derivatives only; needs root. Does nothing when everything is already there.
set -eu

packages='chromium firefox-esr mkcert golang-go gnutls-bin php-cli ruby nginx-light uwsgi-core uwsgi-plugin-python3
python3 python3-requests libnss3-tools openjdk-17-jdk-headless wget curl openssl git hyperfine faketime strace
sudo opendoas p11-kit p11-kit-modules locales systemd
openconnect ldnsutils gcc libcurl4-openssl-dev libcurl3-gnutls python3-aiohttp python3-httpx python3-aiosmtpd php-curl libokhttp-java
librust-rustls-dev librust-webpki-dev msmtp openvpn syncthing dovecot-imapd dovecot-pop3d postgresql
libjetty9-java libtomcat10-embed-java golang-golang-x-crypto-dev golang-sslmate-src-go-pkcs12-dev python3-cryptography
softhsm2 opensc g++ gnome-keyring libsecret-tools dbus-daemon dbus-bin'

command -v apt-get >/dev/null || { echo 'install-clients: apt-get is missing, this script knows Debian only' >&2; exit 1; }

missing=''
for package in $packages; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
# rustls 0.23 wants Rust 1.71, and Debian 12 calls an older one rustc.
rust_minor=$(rustc --version 2>/dev/null | sed 's/^rustc 1\.\([0-9]*\).*/\1/')
[ "${rust_minor:-0}" -ge 71 ] || missing="$missing rust"

here=$(dirname "$0")
if [ -z "$missing" ]; then
  "$here/install-runtimes.sh"
  "$here/install-crates.sh"
  "$here/install-token-client.sh"
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
if apt-cache show rustc-web >/dev/null 2>&1; then rust='cargo-web rustc-web'; else rust='cargo rustc'; fi
missing=$(echo "$missing" | sed "s/ rust\$/ $rust/")
echo "install-clients: installing$missing"
# The tests start servers of their own; the packages shall start none on this machine.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  trap 'rm -f "$log" /usr/sbin/policy-rc.d' EXIT
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
fi
# shellcheck disable=SC2086 # the list is meant to be split into words
quietly install --no-install-recommends $missing
"$here/install-runtimes.sh"
"$here/install-crates.sh"
"$here/install-token-client.sh"
echo 'install-clients: done'
