// Checks a season's checkpoint, inclusion and consistency proofs with the Go team's sumdb/note and sumdb/tlog, and that
// they refuse what a forger would make of them.
//
// usage: main FOLDER, which has vkey, tiles/ (an export), inclusion/N and consistency/N (what prove printed).
package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var checks int

func want(holds bool, format string, args ...interface{}) {
	checks++
	if !holds {
		fmt.Printf("FAILED: "+format+"\n", args...)
		os.Exit(1)
	}
}

func must(err error, what string) { want(err == nil, "%s: %v", what, err) }

func read(parts ...string) string {
	text, err := os.ReadFile(filepath.Join(parts...))
	must(err, "reading")
	return string(text)
}

func hashOf(line string) (hash tlog.Hash) {
	raw, err := base64.StdEncoding.DecodeString(line)
	want(err == nil && len(raw) == 32, "%q is no hash", line)
	copy(hash[:], raw)
	return hash
}

// The body's three lines; tlog.ParseTree wants Go's own first line.
func parseCheckpoint(text, origin string) (int64, tlog.Hash) {
	lines := strings.Split(text, "\n")
	want(len(lines) == 4 && lines[3] == "" && lines[0] == origin, "checkpoint %q has other lines", text)
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, "size")
	return size, hashOf(lines[2])
}

type store []tlog.Hash

func (s store) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, i := range indexes {
		if i >= int64(len(s)) {
			return nil, errors.New("not stored")
		}
		found = append(found, s[i])
	}
	return found, nil
}

// The name of an entry bundle.
func bundle(index, width int64) string {
	name := fmt.Sprintf("%03d", index%1000)
	for index /= 1000; index > 0; index /= 1000 {
		name = fmt.Sprintf("x%03d/%s", index%1000, name)
	}
	if width < 256 {
		name += fmt.Sprintf(".p/%d", width)
	}
	return name
}

// First line, hashes, the checkpoint behind an empty line.
func split(text string, head ...string) (number int64, hashes []tlog.Hash, checkpoint string) {
	parts := strings.SplitN(text, "\n\n", 2)
	want(len(parts) == 2, "no empty line in %q", text)
	lines := strings.Split(parts[0], "\n")
	if len(head) == 2 {
		want(lines[0] == head[0], "found first line %q", lines[0])
		lines = lines[1:]
		head = head[1:]
	}
	want(strings.HasPrefix(lines[0], head[0]), "found line %q, want %q", lines[0], head[0])
	number, err := strconv.ParseInt(strings.TrimPrefix(lines[0], head[0]), 10, 64)
	must(err, "number")
	for _, line := range lines[1:] {
		hashes = append(hashes, hashOf(line))
	}
	return number, hashes, parts[1]
}

// Every way to spoil a proof that is not empty.
func spoiled(proof []tlog.Hash, bit int) map[string][]tlog.Hash {
	flipped := append([]tlog.Hash{}, proof...)
	flipped[bit%len(proof)][bit/8%32] ^= 1 << (bit % 8)
	all := map[string][]tlog.Hash{
		"a bit flipped": flipped,
		"one too few":   proof[1:],
		"cut":           proof[:len(proof)-1],
		"one too many":  append(append([]tlog.Hash{}, proof...), proof[0]),
		"empty":         {},
	}
	if len(proof) > 1 {
		swapped := append([]tlog.Hash{}, proof...)
		swapped[0], swapped[1] = swapped[1], swapped[0]
		all["swapped"] = swapped
	}
	return all
}

func main() {
	folder := os.Args[1]
	verifier, err := note.NewVerifier(strings.TrimSpace(read(folder, "vkey")))
	must(err, "the verifier key")
	known := note.VerifierList(verifier)
	signed := read(folder, "tiles", "checkpoint")
	opened, err := note.Open([]byte(signed), known)
	must(err, "the checkpoint")
	size, root := parseCheckpoint(opened.Text, verifier.Name())
	want(size > 1000, "the season has only %d events", size)

	// Whatever byte is changed, it does not open as another text.
	for i := range signed {
		forged := []byte(signed)
		forged[i] ^= 1
		other, err := note.Open(forged, known)
		want(err != nil || other.Text == opened.Text, "a note with byte %d changed opens as %q", i, forged)
	}
	stranger, err := note.NewVerifier("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
	must(err, "another key")
	_, err = note.Open([]byte(signed), note.VerifierList(stranger))
	want(err != nil, "the checkpoint opens with another's key")

	// The tree anew from the exported entries, and every level-0 tile beside it.
	var stored store
	var leaves []tlog.Hash
	for first := int64(0); first < size; first += 256 {
		width := size - first
		if width > 256 {
			width = 256
		}
		entries := []byte(read(folder, "tiles", "tile", "entries", bundle(first/256, width)))
		tile := []byte(read(folder, "tiles", "tile", "0", bundle(first/256, width)))
		want(int64(len(tile)) == 32*width, "tile %d has %d bytes", first/256, len(tile))
		for i := int64(0); i < width; i++ {
			want(len(entries) >= 2, "bundle %d ends early", first/256)
			length := int(entries[0])<<8 | int(entries[1])
			want(len(entries) >= 2+length, "bundle %d ends early", first/256)
			more, err := tlog.StoredHashes(first+i, entries[2:2+length], stored)
			must(err, "hashes")
			entries = entries[2+length:]
			stored = append(stored, more...)
			leaves = append(leaves, more[0])
			want(bytes.Equal(more[0][:], tile[32*i:32*i+32]), "tile and entry differ at %d", first+i)
		}
		want(len(entries) == 0, "bundle %d is too long", first/256)
	}
	anew, err := tlog.TreeHash(size, stored)
	must(err, "the root")
	want(anew == root, "found root %v from the entries, want %v", anew, root)
	fmt.Printf("  checkpoint and root of %d events\n", size)

	inclusions, err := filepath.Glob(filepath.Join(folder, "inclusion", "*"))
	must(err, "proofs")
	for _, file := range inclusions {
		index, proof, checkpoint := split(read(file), "c2sp.org/tlog-proof@v1", "index ")
		want(filepath.Base(file) == fmt.Sprint(index), "%s proves %d", file, index)
		want(checkpoint == signed, "%s leads to another checkpoint", file)
		must(tlog.CheckRecord(proof, size, root, index, leaves[index]), file)
		want(len(proof) > 0, "%s is empty", file)
		for what, forged := range spoiled(proof, int(index)) {
			want(tlog.CheckRecord(forged, size, root, index, leaves[index]) != nil, "%s holds with %s", file, what)
		}
		other := (index + 1) % size
		want(tlog.CheckRecord(proof, size, root, other, leaves[index]) != nil, "%s holds for %d", file, other)
		want(tlog.CheckRecord(proof, size, root, index, leaves[other]) != nil, "%s holds for another leaf", file)
		want(tlog.CheckRecord(proof, size, changed(root), index, leaves[index]) != nil, "%s holds for another root", file)
	}
	fmt.Printf("  %d proofs of inclusion\n", len(inclusions))

	consistencies, err := filepath.Glob(filepath.Join(folder, "consistency", "*"))
	must(err, "proofs")
	for _, file := range consistencies {
		old, proof, checkpoint := split(read(file), "old ")
		want(filepath.Base(file) == fmt.Sprint(old), "%s proves %d", file, old)
		want(checkpoint == signed, "%s leads to another checkpoint", file)
		if old == 0 { // C2SP's own rule; sumdb/tlog knows no tree of no entries
			want(len(proof) == 0, "%s has hashes", file)
			continue
		}
		before, err := tlog.TreeHash(old, stored)
		must(err, "an older root")
		must(tlog.CheckTree(proof, size, root, old, before), file)
		if old == size {
			want(len(proof) == 0, "%s has hashes", file)
			continue
		}
		for what, forged := range spoiled(proof, int(old)) {
			want(tlog.CheckTree(forged, size, root, old, before) != nil, "%s holds with %s", file, what)
		}
		want(tlog.CheckTree(proof, size, root, old, changed(before)) != nil, "%s holds for another old root", file)
		want(tlog.CheckTree(proof, size, changed(root), old, before) != nil, "%s holds for another root", file)
		if old > 1 {
			want(tlog.CheckTree(proof, size, root, old-1, before) != nil, "%s holds for size %d", file, old-1)
		}
	}
	fmt.Printf("  %d proofs of consistency\n", len(consistencies))
	want(len(inclusions) >= 300 && len(consistencies) >= 200, "too few proofs to say anything")
	fmt.Printf("  sumdb/note and sumdb/tlog: %d checks\n", checks)
}

func changed(hash tlog.Hash) tlog.Hash {
	hash[31] ^= 1
	return hash
}
