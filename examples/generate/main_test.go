package main

import (
	"bytes"
	"os"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// The committed file is the one that is generated.
func TestGenerate(t *testing.T) {
	want, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../employees.csv")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("employees.csv is not what is generated: go run ./examples/generate writes it")
	}
}

// The others are made of the password.
func TestBcryptHashes(t *testing.T) {
	for _, hash := range bcryptHashes {
		if err := bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)); err != nil {
			t.Errorf("%s: %v", hash, err)
		}
	}
}
