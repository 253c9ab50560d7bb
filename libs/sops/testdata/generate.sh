#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the vectors anew: SOPS=… AGE_KEYGEN=… GPG=… ./generate.sh (see README.md). Keys are made only where they are missing.
set -euo pipefail
cd "$(dirname "$0")"
sops=${SOPS:-sops} keygen=${AGE_KEYGEN:-age-keygen} gpg=${GPG:-gpg}
unset SOPS_AGE_KEY SOPS_AGE_KEY_FILE
mkdir -p keys encrypted expected

for name in one two three; do [ -e keys/$name.agekey ] || "$keygen" -o keys/$name.agekey; done
[ -e keys/hybrid.agekey ] || "$keygen" -pq -o keys/hybrid.agekey
home=$(mktemp -d); trap 'rm -rf "$home"' EXIT; chmod 700 "$home"; export GNUPGHOME=$home
if [ ! -e keys/pgp.asc ]; then
  for kind in rsa2048 ed25519; do
    usage=$([ $kind = rsa2048 ] && echo rsa2048 || echo cv25519)
    "$gpg" --batch --passphrase '' --quick-generate-key "vector $kind" "$kind" sign never
    fpr=$("$gpg" --batch --with-colons --list-keys "vector $kind" | awk -F: '/^fpr/ {print $10; exit}')
    "$gpg" --batch --passphrase '' --quick-add-key "$fpr" "$usage" encr never
  done
  "$gpg" --batch --armor --export-secret-keys 'vector rsa2048' > keys/pgp.asc
  "$gpg" --batch --armor --export-secret-keys 'vector ed25519' > keys/pgp-25519.asc
fi
if [ ! -e keys/pgp-protected.asc ]; then
  "$gpg" --batch --pinentry-mode loopback --passphrase 'a passphrase' --quick-generate-key 'vector protected' rsa2048 sign,encr never
  "$gpg" --batch --pinentry-mode loopback --passphrase 'a passphrase' --armor --export-secret-keys 'vector protected' > keys/pgp-protected.asc
fi
"$gpg" --batch --import keys/pgp.asc keys/pgp-25519.asc 2>/dev/null
recipient() { awk '/public key/ {print $NF}' "keys/$1.agekey"; }
fingerprint() { "$gpg" --batch --with-colons --list-keys "vector $1" | awk -F: '/^fpr/ {print $10; exit}'; }
cat keys/*.agekey > "$home/all.agekey"
one=$(recipient one) two=$(recipient two) three=$(recipient three)

# vector NAME PLAIN TYPE [flags of encrypt]: encrypts, and keeps what the command itself makes of it again
vector() {
  local name=$1 plain=$2 type=$3; shift 3
  "$sops" --config /dev/null encrypt --input-type "$type" --output-type "$type" "$@" "plain/$plain" > "encrypted/$name"
  "$sops" --config /dev/null decrypt --input-type "$type" --output-type "$type" "encrypted/$name" > "expected/$name"
}
export SOPS_AGE_KEY_FILE=$home/all.agekey
vector all.yaml all.yaml yaml --age "$one"
vector multi.yaml multi.yaml yaml --age "$one"
vector secret.yaml secret.yaml yaml --age "$one" --encrypted-regex '^(data|stringData)$'
vector secret-two-recipients.yaml secret.yaml yaml --age "$two,$one" --encrypted-regex '^(data|stringData)$'
vector secret-hybrid.yaml secret.yaml yaml --age "$(recipient hybrid)" --encrypted-regex '^(data|stringData)$'
vector secret-pgp.yaml secret.yaml yaml --pgp "$(fingerprint rsa2048)" --encrypted-regex '^(data|stringData)$'
vector secret-pgp-25519.yaml secret.yaml yaml --pgp "$(fingerprint ed25519)"
vector suffix.yaml secret.yaml yaml --age "$one" --encrypted-suffix Data
vector unencrypted-suffix.yaml secret.yaml yaml --age "$one" --unencrypted-suffix data
vector unencrypted-regex.yaml secret.yaml yaml --age "$one" --unencrypted-regex '(?i)^(apiversion|kind|metadata|type)$'
vector all.json all.json json --age "$one"
vector app.env app.env dotenv --age "$one"
vector app.ini app.ini ini --age "$one"
vector blob.bin blob.bin binary --age "$one"
vector token.txt token.txt binary --age "$one"
vector docker.dockerconfigjson docker.dockerconfigjson json --age "$one"

# with_config NAME PLAIN TYPE: what no flag says, from a configuration file on the standard input
with_config() {
  cat > "$home/.sops.yaml"
  "$sops" --config "$home/.sops.yaml" encrypt --input-type "$3" --output-type "$3" --filename-override "$2" "plain/$2" > "encrypted/$1"
  "$sops" --config /dev/null decrypt --input-type "$3" --output-type "$3" "encrypted/$1" > "expected/$1"
}
with_config comment-regex.yaml commented.yaml yaml <<< "creation_rules: [{age: $one, encrypted_comment_regex: 'sops:enc'}]"
with_config unencrypted-comment-regex.yaml commented.yaml yaml <<< "creation_rules: [{age: $one, unencrypted_comment_regex: public}]"
with_config mac-only.yaml secret.yaml yaml <<< "creation_rules: [{age: $one, encrypted_regex: '^stringData\$', mac_only_encrypted: true}]"
# any two of three groups
groups="creation_rules: [{shamir_threshold: 2, key_groups: [{age: [$one]}, {age: [$two]}, {age: [$three], pgp: [$(fingerprint rsa2048)]}]}]"
with_config groups.yaml secret.yaml yaml <<< "$groups"
with_config groups.env app.env dotenv <<< "$groups"

# one format in, another out
across() { "$sops" --config /dev/null decrypt --input-type "$2" --output-type "$3" "encrypted/$1" > "expected/$1.as-$3"; }
across all.yaml yaml json
across all.json json yaml
across app.env dotenv json
across app.env dotenv yaml
across app.ini ini json
across app.ini ini yaml
across app.env dotenv ini 2>/dev/null || rm -f expected/app.env.as-ini
across token.txt binary json
"$sops" --version | head -1 > VERSION
