// SPDX-License-Identifier: Apache-2.0

// Command tidelock-registry runs the distribution registry on loopback for tests: on a free port that it prints, with its content in
// memory or in a folder, until its standard input ends.
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/distribution/distribution/v3/configuration"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd"
	_ "github.com/distribution/distribution/v3/registry/auth/token"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory"
	"golang.org/x/crypto/bcrypt"
)

type options struct {
	root, user, password         string
	realm, service, issuer, jwks string
	certificate, key, scratch    string
}

func main() {
	var o options
	flag.StringVar(&o.root, "root", "", "folder for the content; in memory when empty")
	flag.StringVar(&o.user, "user", "", "user name for basic authentication")
	flag.StringVar(&o.password, "password", "", "password for basic authentication")
	flag.StringVar(&o.realm, "token-realm", "", "URL of the token service, for token authentication")
	flag.StringVar(&o.service, "token-service", "", "name of this registry at the token service")
	flag.StringVar(&o.issuer, "token-issuer", "", "issuer of the tokens")
	flag.StringVar(&o.jwks, "token-jwks", "", "file with the token service's public keys")
	flag.StringVar(&o.certificate, "tls-cert", "", "file with the certificate")
	flag.StringVar(&o.key, "tls-key", "", "file with the certificate's key")
	flag.StringVar(&o.scratch, "scratch", "", "folder for files of the program's own")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(o options) error {
	config, err := configure(o)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handlers.NewApp(context.Background(), config)}
	go func() {
		// the parent holds the other end: it is gone when this ends
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	if o.certificate != "" {
		return server.ServeTLS(listener, o.certificate, o.key)
	}
	return server.Serve(listener)
}

func configure(o options) (*configuration.Configuration, error) {
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	config := &configuration.Configuration{Storage: storage(o.root)}
	config.Log.Level = "error"
	config.Log.AccessLog.Disabled = true
	config.HTTP.Secret = hex.EncodeToString(secret)
	config.HTTP.RelativeURLs = true
	config.Catalog.MaxEntries = 1000
	auth, err := authentication(o)
	if err != nil {
		return nil, err
	}
	config.Auth = auth
	return config, nil
}

func storage(root string) configuration.Storage {
	store := configuration.Storage{"delete": {"enabled": true}, "tag": {"concurrencylimit": 8}}
	if root == "" {
		store["inmemory"] = configuration.Parameters{}
	} else {
		store["filesystem"] = configuration.Parameters{"rootdirectory": root}
	}
	return store
}

func authentication(o options) (configuration.Auth, error) {
	if o.realm != "" {
		return configuration.Auth{"token": {
			"realm": o.realm, "service": o.service, "issuer": o.issuer, "jwks": o.jwks,
			"signingalgorithms": []any{"ES256"},
		}}, nil
	}
	if o.user == "" {
		return nil, nil
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(o.password), bcrypt.MinCost)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(o.scratch, "htpasswd")
	if err := os.WriteFile(path, []byte(o.user+":"+string(hash)+"\n"), 0o600); err != nil {
		return nil, err
	}
	return configuration.Auth{"htpasswd": {"realm": "tidelock", "path": path}}, nil
}
