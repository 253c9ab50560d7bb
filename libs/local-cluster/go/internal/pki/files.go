// SPDX-License-Identifier: Apache-2.0

package pki

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
)

// The certificate is written first: who finds a key finds its other half too.
func writePair(dir, name, kind string, der []byte, key *ecdsa.PrivateKey) error {
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	if err := writePem(filepath.Join(dir, name+".crt"), kind, der, 0o644); err != nil {
		return err
	}
	return writePem(filepath.Join(dir, name+".key"), "EC PRIVATE KEY", private, 0o600)
}

// writePem replaces the file in one step, so that no reader ever sees half of it.
func writePem(path, kind string, der []byte, mode os.FileMode) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	if err := temporary.Chmod(mode); err != nil {
		return err
	}
	if err := pem.Encode(temporary, &pem.Block{Type: kind, Bytes: der}); err != nil {
		return err
	}
	if err := temporary.Close(); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

func readPem(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM block", path)
	}
	return block.Bytes, nil
}
