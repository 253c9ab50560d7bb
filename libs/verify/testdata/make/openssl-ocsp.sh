#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes notation/ocsp.json with openssl 3: certificates, a request and responses of OCSP, in base64. Keys are thrown away.
set -eu
out=$(cd "$(dirname "$0")/../notation" && pwd)/ocsp.json
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work"
cat >config <<'EOF'
[req]
distinguished_name = name
prompt = no
[name]
CN = root of ocsp
O = Example
C = US
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign, digitalSignature
[asked]
keyUsage = critical, digitalSignature
extendedKeyUsage = codeSigning
authorityInfoAccess = OCSP;URI:http://127.0.0.1:9/ocsp
[delegate]
keyUsage = critical, digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
[undelegated]
keyUsage = critical, digitalSignature
extendedKeyUsage = codeSigning
EOF
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null; }
root() { # a self-signed authority
  key "$1"
  openssl req -x509 -new -key "$1.key" -config config -extensions ca -days 36500 -out "$1.crt"
}
issue() { # name, extensions, serial number, days, authority
  key "$1"
  openssl req -new -key "$1.key" -subj "/C=US/O=Example/CN=$1" -config config -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA "$5.crt" -CAkey "$5.key" -set_serial "$3" -days "$4" -sha256 -extfile config \
    -extensions "$2" -out "$1.crt" 2>/dev/null
}
root root
root stranger
issue asked asked 0x1001 36500 root
issue revoked asked 0x1002 36500 root
issue unlisted asked 0x1003 36500 root
issue delegate delegate 0x1004 36500 root
issue undelegated undelegated 0x1005 36500 root
issue expired-delegate delegate 0x1006 1 root
issue foreign-delegate delegate 0x1004 36500 stranger
printf 'V\t21250101000000Z\t\t1001\tunknown\t/CN=asked\nR\t21250101000000Z\t250101000000Z,keyCompromise\t1002\tunknown\t/CN=revoked\n' >index
answer() { # file, certificate, responder, further arguments
  name=$1 cert=$2 responder=$3
  shift 3
  openssl ocsp -no_nonce -issuer root.crt -cert "$cert.crt" -reqout "$cert.req" >/dev/null 2>&1
  openssl ocsp -index index -CA root.crt -rsigner "$responder.crt" -rkey "$responder.key" -reqin "$cert.req" \
    -respout "$name.response" -rmd sha256 "$@" >/dev/null 2>&1
}
answer good asked root -ndays 36500
answer good-by-key asked root -ndays 36500 -resp_key_id
answer revoked revoked root -ndays 36500
answer unknown unlisted root -ndays 36500
answer delegated asked delegate -ndays 36500
answer delegated-by-key asked delegate -ndays 36500 -resp_key_id
answer undelegated asked undelegated -ndays 36500
answer old asked root -ndays 1
answer old-revoked revoked root -ndays 1
answer endless asked root
answer by-expired-delegate asked expired-delegate -ndays 36500
answer by-foreign-delegate asked foreign-delegate -ndays 36500
answer by-stranger asked stranger -ndays 36500
answer sha1 asked root -ndays 36500 -rmd sha1
{
  printf '{\n  "madeAt": "%s"' "$(date -u +%FT%TZ)"
  for file in root.crt asked.crt revoked.crt unlisted.crt; do
    printf ',\n  "%s": "%s"' "$file" "$(openssl x509 -in "$file" -outform DER | base64 -w0)"
  done
  printf ',\n  "asked.request": "%s"' "$(base64 -w0 <asked.req)"
  for file in *.response; do printf ',\n  "%s": "%s"' "$file" "$(base64 -w0 <"$file")"; done
  printf '\n}\n'
} >"$out"
