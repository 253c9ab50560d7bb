// SPDX-License-Identifier: Apache-2.0

// Signs an artifact of a registry with the library that the notation command is made of (notation-go v1.3.2), once for each
// kind of key and envelope, and writes the certificates. Usage: go run . <registry> <digest> <directory>; the repositories
// notation-<name> must hold the artifact already.
package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"time"

	_ "github.com/notaryproject/notation-core-go/signature/cose"
	_ "github.com/notaryproject/notation-core-go/signature/jws"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/registry"
	"github.com/notaryproject/notation-go/signer"
	"oras.land/oras-go/v2/registry/remote"
)

var (
	notBefore = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	notAfter  = time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC)
	directory string
	serial    int64
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

type identity struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func template(name string, isCA bool) *x509.Certificate {
	serial++
	t := &x509.Certificate{
		SerialNumber:          big.NewInt(serial),
		Subject:               pkix.Name{Country: []string{"US"}, Province: []string{"WA"}, Organization: []string{"Example, Inc."}, CommonName: name},
		NotBefore:             notBefore,
		NotAfter:              notAfter,
		BasicConstraintsValid: true,
		IsCA:                  isCA,
	}
	if isCA {
		t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	} else {
		t.KeyUsage = x509.KeyUsageDigitalSignature
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
	}
	return t
}

func issue(t *x509.Certificate, key crypto.Signer, issuer *identity) *identity {
	parent, signerKey := t, key
	if issuer != nil {
		parent, signerKey = issuer.cert, issuer.key
	}
	der := must(x509.CreateCertificate(rand.Reader, t, parent, key.Public(), signerKey))
	return &identity{must(x509.ParseCertificate(der)), key}
}

func ec(curve elliptic.Curve) crypto.Signer { return must(ecdsa.GenerateKey(curve, rand.Reader)) }
func rsaKey(bits int) crypto.Signer         { return must(rsa.GenerateKey(rand.Reader, bits)) }

func write(name, label string, der []byte) {
	content := pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})
	if err := os.WriteFile(filepath.Join(directory, name), content, 0o644); err != nil {
		panic(err)
	}
}

func sign(host, digest, name, mediaType string, expiry time.Duration, chain ...*identity) {
	remoteRepository := must(remote.NewRepository(host + "/notation-" + name))
	remoteRepository.PlainHTTP = true
	certs := make([]*x509.Certificate, len(chain))
	for i, link := range chain {
		certs[i] = link.cert
	}
	s := must(signer.NewGenericSigner(chain[0].key, certs))
	options := notation.SignOptions{ArtifactReference: host + "/notation-" + name + "@" + digest}
	options.SignatureMediaType = mediaType
	options.ExpiryDuration = expiry
	must(notation.Sign(context.Background(), s, registry.NewRepository(remoteRepository), options))
}

func main() {
	host, digest := os.Args[1], os.Args[2]
	directory = os.Args[3]
	const jws, cose = "application/jose+json", "application/cose"

	root := issue(template("root", true), ec(elliptic.P256()), nil)
	middle := issue(template("middle", true), rsaKey(2048), root)
	byEC := issue(template("signer ec", false), ec(elliptic.P256()), root)
	byEC384 := issue(template("signer ec384", false), ec(elliptic.P384()), root)
	byRSA := issue(template("signer rsa", false), rsaKey(2048), middle)
	byRSA3072 := issue(template("signer rsa3072", false), rsaKey(3072), middle)
	alone := issue(template("alone", false), rsaKey(2048), nil)
	other := issue(template("root", true), ec(elliptic.P256()), nil)
	withList := template("signer with a revocation list", false)
	withList.CRLDistributionPoints = []string{"http://127.0.0.1:9/root.crl"}
	listed := issue(withList, ec(elliptic.P256()), root)

	sign(host, digest, "jws-ec", jws, 0, byEC, root)
	sign(host, digest, "jws-rsa", jws, 0, byRSA, middle, root)
	sign(host, digest, "jws-alone", jws, 0, alone)
	sign(host, digest, "jws-expiry", jws, 24*time.Hour, byEC, root)
	sign(host, digest, "jws-listed", jws, 0, listed, root)
	sign(host, digest, "cose-ec", cose, 0, byEC, root)
	sign(host, digest, "cose-ec384", cose, 0, byEC384, root)
	sign(host, digest, "cose-rsa", cose, 0, byRSA, middle, root)
	sign(host, digest, "cose-rsa3072", cose, 0, byRSA3072, middle, root)
	sign(host, digest, "cose-expiry", cose, 24*time.Hour, byEC, root)

	write("root.crt", "CERTIFICATE", root.cert.Raw)
	write("middle.crt", "CERTIFICATE", middle.cert.Raw)
	write("alone.crt", "CERTIFICATE", alone.cert.Raw)
	write("other.crt", "CERTIFICATE", other.cert.Raw)
	hostile(root, other)
	lists(root, other, listed)
}

// lists writes lists of revoked certificates, and the certificate that they are about.
func lists(root, other, listed *identity) {
	write("listed.crt", "CERTIFICATE", listed.cert.Raw)
	list := func(name string, issuer *identity, thisUpdate, nextUpdate time.Time, serials ...*big.Int) {
		template := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: thisUpdate, NextUpdate: nextUpdate}
		for _, number := range serials {
			template.RevokedCertificateEntries = append(template.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: number, RevocationTime: thisUpdate, ReasonCode: 1})
		}
		der := must(x509.CreateRevocationList(rand.Reader, template, issuer.cert, issuer.key))
		write("list-"+name+".crl", "X509 CRL", der)
	}
	list("empty", root, notBefore, notAfter)
	list("others", root, notBefore, notAfter, big.NewInt(4242), big.NewInt(4243))
	list("revoked", root, notBefore, notAfter, big.NewInt(4242), listed.cert.SerialNumber)
	list("old", root, notBefore, notBefore.Add(time.Hour))
	list("old-revoked", root, notBefore, notBefore.Add(time.Hour), listed.cert.SerialNumber)
	list("of-another", other, notBefore, notAfter)
}

// hostile writes chains that must not be taken, each with the key of its first certificate.
func hostile(root, other *identity) {
	leaf := func(change func(*x509.Certificate)) *identity {
		t := template("hostile", false)
		change(t)
		return issue(t, ec(elliptic.P256()), root)
	}
	noPath := template("no path", true)
	noPath.MaxPathLenZero = true
	zero := issue(noPath, ec(elliptic.P256()), root)
	below := issue(template("below", true), ec(elliptic.P256()), zero)
	notCA := issue(template("not an authority", false), ec(elliptic.P256()), root)
	plain := leaf(func(*x509.Certificate) {})
	chains := map[string][]*identity{
		"valid":                        {plain, root},
		"authority-signs":              {leaf(func(t *x509.Certificate) { t.IsCA = true; t.KeyUsage |= x509.KeyUsageCertSign }), root},
		"no-key-usage":                 {leaf(func(t *x509.Certificate) { t.KeyUsage = 0 }), root},
		"cert-sign-usage":              {leaf(func(t *x509.Certificate) { t.KeyUsage |= x509.KeyUsageCertSign }), root},
		"encipher-usage":               {leaf(func(t *x509.Certificate) { t.KeyUsage |= x509.KeyUsageKeyEncipherment }), root},
		"server-certificate":           {leaf(func(t *x509.Certificate) { t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), root},
		"other-root-of-the-same-name":  {plain, other},
		"root-missing":                 {plain},
		"order-reversed":               {root, plain},
		"leaf-twice":                   {plain, plain, root},
		"root-twice":                   {plain, root, root},
		"signer-below-no-authority":    {issue(template("below no authority", false), ec(elliptic.P256()), notCA), notCA, root},
		"path-too-long":                {issue(template("too deep", false), ec(elliptic.P256()), below), below, zero, root},
		"curve-p224":                   {issue(template("p224", false), ec(elliptic.P224()), root), root},
		"rsa-1024":                     {issue(template("rsa1024", false), rsaKey(1024), root), root},
		"self-signed-authority-alone":  {root},
	}
	for name, chain := range chains {
		var content []byte
		for _, link := range chain {
			content = append(content, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: link.cert.Raw})...)
		}
		key := must(x509.MarshalPKCS8PrivateKey(chain[0].key))
		content = append(content, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
		if err := os.WriteFile(filepath.Join(directory, "chain-"+name+".pem"), content, 0o644); err != nil {
			panic(err)
		}
	}
}
