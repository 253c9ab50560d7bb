// SPDX-License-Identifier: Apache-2.0

// Package pki makes the keys and certificates of one cluster, fresh and random for each.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

const (
	authorityLife = 10 * 365 * 24 * time.Hour
	leafLife      = 365 * 24 * time.Hour
	clockSkew     = 5 * time.Minute
)

// Request says what to make. Files are <Dir>/<name>.crt and <Dir>/<name>.key, keys with mode 0600.
type Request struct {
	Dir string `json:"dir"`
	// Authorities and bare key pairs are kept where they exist: others trust them.
	Authorities []string `json:"authorities"`
	KeyPairs    []string `json:"keyPairs"`
	// Leaves are made anew each time, so that a cluster that comes back after a year finds valid ones.
	Leaves []Leaf `json:"leaves"`
}

// Leaf is one certificate: with hosts it serves, without it is a client's.
type Leaf struct {
	Name         string   `json:"name"`
	Authority    string   `json:"authority"`
	CommonName   string   `json:"commonName"`
	Organization []string `json:"organization"`
	Hosts        []string `json:"hosts"`
}

type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// Write makes everything the request names.
func Write(request Request) error {
	if err := os.MkdirAll(request.Dir, 0o700); err != nil {
		return err
	}
	authorities := map[string]authority{}
	for _, name := range request.Authorities {
		made, err := ensureAuthority(request.Dir, name)
		if err != nil {
			return fmt.Errorf("authority %s: %w", name, err)
		}
		authorities[name] = made
	}
	for _, name := range request.KeyPairs {
		if err := ensureKeyPair(request.Dir, name); err != nil {
			return fmt.Errorf("key pair %s: %w", name, err)
		}
	}
	for _, leaf := range request.Leaves {
		signer, ok := authorities[leaf.Authority]
		if !ok {
			return fmt.Errorf("certificate %s: authority %q is not in the request", leaf.Name, leaf.Authority)
		}
		if err := writeLeaf(request.Dir, leaf, signer); err != nil {
			return fmt.Errorf("certificate %s: %w", leaf.Name, err)
		}
	}
	return nil
}

func ensureAuthority(dir, name string) (authority, error) {
	if found, err := readAuthority(dir, name); err == nil || !os.IsNotExist(err) {
		return found, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return authority{}, err
	}
	template := newTemplate(pkix.Name{CommonName: name}, authorityLife)
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return authority{}, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return authority{}, err
	}
	return authority{certificate, key}, writePair(dir, name, "CERTIFICATE", der, key)
}

func readAuthority(dir, name string) (authority, error) {
	keyBlock, err := readPem(filepath.Join(dir, name+".key"))
	if err != nil {
		return authority{}, err
	}
	certificateBlock, err := readPem(filepath.Join(dir, name+".crt"))
	if err != nil {
		return authority{}, err
	}
	key, err := x509.ParseECPrivateKey(keyBlock)
	if err != nil {
		return authority{}, err
	}
	certificate, err := x509.ParseCertificate(certificateBlock)
	return authority{certificate, key}, err
}

// A bare pair has its public half in the .crt file's place, for signing tokens.
func ensureKeyPair(dir, name string) error {
	if _, err := os.Stat(filepath.Join(dir, name+".key")); err == nil {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	return writePair(dir, name, "PUBLIC KEY", public, key)
}

func writeLeaf(dir string, leaf Leaf, signer authority) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := newTemplate(pkix.Name{CommonName: leaf.CommonName, Organization: leaf.Organization}, leafLife)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if len(leaf.Hosts) > 0 {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	for _, host := range leaf.Hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer.certificate, &key.PublicKey, signer.key)
	if err != nil {
		return err
	}
	return writePair(dir, leaf.Name, "CERTIFICATE", der, key)
}

func newTemplate(subject pkix.Name, life time.Duration) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		panic(err) // crypto/rand does not fail on any system that Go supports
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      subject,
		NotBefore:    now.Add(-clockSkew),
		NotAfter:     now.Add(life),
	}
}
