#!/bin/sh
# Put here by ganeti-wizard. Certificates and passwords of the backup host's Bacula; no secret leaves this folder in clear.
#   gw-bacula-keys host NAME ADDRESS     makes the authority, this host's certificate and the Storage daemon's password;
#                                a certificate for another address is signed anew, with the same key
#   gw-bacula-keys guest NAME ADDRESS    signs the request on standard input, makes the password between Director and that
#                                file daemon, and encrypts it for the guest's own key (NAME.sealed)
set -eu
export LC_ALL=C
umask 077
folder=${GW_BACULA:-/etc/bacula/ganeti-wizard}
mkdir -p "$folder"
cd "$folder"

# Bacula 9 compares the address that it connects to with the certificate's names as text: the address is one of them.
sign() {
    printf 'subjectAltName=DNS:%s,DNS:%s,IP:%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$1" "$address" "$address" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 7300 -sha256 \
        -extfile "$1.ext" -out "$1.pem.new" 2>/dev/null
    mv -f "$1.pem.new" "$1.pem"
    rm -f "$1.ext" "$1.csr"
}

# An included line of a resource (Bacula reads @FILE in place), so that no configuration file holds a password.
password() {
    if [ ! -s "$1.password" ]; then
        printf 'Password = "%s"\n' "$(openssl rand -hex 32)" >"$1.password.new"
        mv -f "$1.password.new" "$1.password"
    fi
}

name=$2 address=$3
case $name in *[!a-z0-9.-]* | '' | .* | -*) echo "gw-bacula-keys: not a host name: $name" >&2; exit 2 ;; esac
case $address in *[!0-9.]* | '') echo "gw-bacula-keys: not an address: $address" >&2; exit 2 ;; esac
case $1 in
    host)
        if [ ! -s ca.pem ] || [ ! -s ca.key ]; then
            openssl req -x509 -newkey rsa:3072 -nodes -keyout ca.key -out ca.pem.new -days 7300 -sha256 \
                -subj "/CN=backups of $name" 2>/dev/null
            mv -f ca.pem.new ca.pem
        fi
        if [ ! -s "$name.pem" ] || [ ! -s "$name.key" ]; then
            openssl req -newkey rsa:3072 -nodes -keyout "$name.key" -out "$name.csr" -subj "/CN=$name" 2>/dev/null
            sign "$name"
        elif ! openssl x509 -in "$name.pem" -noout -ext subjectAltName | grep -qwF "IP Address:$address"; then
            openssl req -new -key "$name.key" -out "$name.csr" -subj "/CN=$name"
            sign "$name"
        fi
        password storage
        password director
        ;;
    guest)
        cat >"$name.csr"
        openssl req -in "$name.csr" -noout -verify -subject -nameopt RFC2253 2>/dev/null | grep -qxF "subject=CN=$name" \
            || { rm -f "$name.csr"; echo "gw-bacula-keys: the request is not one of $name" >&2; exit 1; }
        sign "$name"
        password "$name"
        openssl cms -encrypt -binary -aes256 -outform PEM -in "$name.password" -out "$name.sealed.new" "$name.pem"
        mv -f "$name.sealed.new" "$name.sealed"
        ;;
    *) echo "gw-bacula-keys: host or guest?" >&2; exit 2 ;;
esac
chgrp bacula . ./*.key ./*.password ./*.pem 2>/dev/null || true
chgrp root ca.key
chmod 2750 .
chmod 640 ./*.key ./*.password ./*.pem
chmod 600 ca.key
