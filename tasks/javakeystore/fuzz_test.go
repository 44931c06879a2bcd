package javakeystore_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks/javakeystore"
)

// A store that declares more than it holds costs no more memory than it has.
func TestDeclaredLengths(t *testing.T) {
	t.Parallel()
	head := "\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x01"
	for name, rest := range map[string]string{
		"key":          "\x00\x00\x00\x01\x00\x01a\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff",
		"chain":        "\x00\x00\x00\x01\x00\x01a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff",
		"certificate":  "\x00\x00\x00\x02\x00\x01a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01X\xff\xff\xff\xff",
		"alias":        "\x00\x00\x00\x02\xff\xff",
		"not one byte": "",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store")
			if err := os.WriteFile(path, []byte(head+rest), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := javakeystore.Trust(func(name string) (string, string) {
				if strings.HasSuffix(name, ".location") {
					return path, name
				}
				return "", name
			})
			if err == nil || !strings.Contains(err.Error(), "cut short or damaged") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// Whatever a store's file holds, reading it ends with certificates or an error that names the property and quotes no password.
func FuzzStores(f *testing.F) {
	const password = "zq-hidden-zq"
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"))
	f.Add([]byte{0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 'a', 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0x30, 0x82, 0x01, 0x00, 0x02, 0x01, 0x03, 0x30, 0x80})
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "store")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		props := func(name string) (string, string) {
			switch {
			case strings.HasSuffix(name, ".location"):
				return path, name
			case strings.HasSuffix(name, ".password"):
				return password, name
			}
			return "", name
		}
		_, trust := javakeystore.Trust(props)
		_, identity := javakeystore.Identity(props)
		for _, err := range []error{trust, identity} {
			if err != nil && (!strings.HasPrefix(err.Error(), "ssl.") || strings.Contains(err.Error(), password)) {
				t.Errorf("the error is %v", err)
			}
		}
	})
}
