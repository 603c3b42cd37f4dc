package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

type keyCommand struct {
	Create keyCreateCommand `cmd:"" help:"Make a new key for the passwords of SIP lines, in a new file that only its owner may read."`
}

type keyCreateCommand struct {
	File string `arg:"" help:"New file for the key."`
}

// Run makes the key.
func (c *keyCreateCommand) Run(env environment) error {
	key := make([]byte, directory.SecretKeySize)
	if _, err := io.ReadFull(rand.Reader, key); err != nil {
		return err
	}
	file, err := os.OpenFile(c.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(hex.EncodeToString(key) + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(c.File))
	}
	_, err = fmt.Fprintf(env.stdout, "%s holds a new key. Keep a copy of it, apart from copies of the database: without it the passwords of SIP lines cannot be read.\n", c.File)
	return err
}

// maxKeyFile is how long a key file may be, in bytes: a key, and white space.
const maxKeyFile = 1024

// readKey reads what key create wrote. It refuses a file that others than its
// owner may use, and never shows what is in it.
func readKey(name string) (key []byte, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--secret-key-file: %w; make one with: rosterd key create %s", err, name)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("--secret-key-file: %s may be used by others than its owner (mode %#o); if they never did, close it with: chmod 600 %s", name, mode, name)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxKeyFile+1))
	if err != nil {
		return nil, err
	}
	key, err = hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != directory.SecretKeySize || len(text) > maxKeyFile { // err would show a part
		return nil, fmt.Errorf("--secret-key-file: %s holds no key: one is %d hexadecimal digits", name, 2*directory.SecretKeySize)
	}
	return key, nil
}
