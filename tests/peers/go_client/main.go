// A client that follows a log: it has a verifier key and the newest checkpoint that it took, and is shown others. It refuses
// what the key did not sign; what it takes must not contradict what it has.
//
// usage: main VKEY-FILE TRUSTED-NOTE NOTE... ; prints "taken N refused M", and fails if it is shown two records.
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

func read(name string) []byte {
	bytes, err := os.ReadFile(name)
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	return bytes
}

// Size and root of a note that the key signed.
func open(name string, known note.Verifiers) (size int64, root string, err error) {
	opened, err := note.Open(read(name), known)
	if err != nil {
		return 0, "", err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 {
		return 0, "", fmt.Errorf("%s: no checkpoint", name)
	}
	size, err = strconv.ParseInt(lines[1], 10, 64)
	return size, lines[2], err
}

func main() {
	verifier, err := note.NewVerifier(strings.TrimSpace(string(read(os.Args[1]))))
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	known := note.VerifierList(verifier)
	size, root, err := open(os.Args[2], known)
	if err != nil {
		fmt.Println("the trusted note:", err)
		os.Exit(2)
	}
	taken, refused := 0, 0
	for _, name := range os.Args[3:] {
		newSize, newRoot, err := open(name, known)
		if err != nil {
			refused++
			continue
		}
		if newSize < size || (newSize == size && newRoot != root) {
			fmt.Printf("FORK: %s has %d events with root %s, trusted are %d with %s\n", name, newSize, newRoot, size, root)
			os.Exit(1)
		}
		size, root = newSize, newRoot
		taken++
	}
	fmt.Printf("taken %d refused %d\n", taken, refused)
}
