package main

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	mathrand "math/rand"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
)

func check(what string, err error) {
	if err != nil {
		fmt.Printf("error %s: %v\n", what, err)
		os.Exit(1)
	}
}

// words is the command line of peer_arguments.hpp: listen|connect exchange|echo [name=value ...].
type words map[string]string

func parse(arguments []string) words {
	w := words{}
	for _, word := range arguments {
		key, value, _ := strings.Cut(word, "=")
		w[key] = value
	}
	return w
}

func (w words) has(name string) bool {
	value, found := w[name]
	return found && value != "0"
}

func (w words) number(name string, otherwise int) int {
	text, found := w[name]
	if !found {
		return otherwise
	}
	value, err := strconv.Atoi(text)
	check(name, err)
	return value
}

// tally counts and hashes what went over each stream, as load.hpp has it.
type tally struct {
	lock    sync.Mutex
	streams map[uint16]*ofStream
	bytes   int
	mixed   bool // the order of messages does not count
}

type ofStream struct {
	messages, bytes int
	hash            interface {
		Write([]byte) (int, error)
		Sum([]byte) []byte
	}
	mix [sha256.Size]byte
}

func newTally(mixed bool) *tally {
	return &tally{streams: map[uint16]*ofStream{}, mixed: mixed}
}

// add answers how many bytes there are on all streams.
func (t *tally) add(stream uint16, message []byte) int {
	t.lock.Lock()
	defer t.lock.Unlock()
	it, found := t.streams[stream]
	if !found {
		it = &ofStream{hash: sha256.New()}
		t.streams[stream] = it
	}
	if t.mixed {
		for i, octet := range sha256.Sum256(message) {
			it.mix[i] ^= octet
		}
	} else {
		_, _ = it.hash.Write(message)
	}
	it.messages++
	it.bytes += len(message)
	t.bytes += len(message)
	return t.bytes
}

func (t *tally) report(what string) {
	t.lock.Lock()
	defer t.lock.Unlock()
	ids := []int{}
	for id := range t.streams {
		ids = append(ids, int(id))
	}
	sort.Ints(ids)
	for _, id := range ids {
		it := t.streams[uint16(id)]
		digest := it.mix[:]
		if !t.mixed {
			digest = it.hash.Sum(nil)
		}
		fmt.Printf("%s stream=%d messages=%d bytes=%d sha256=%x\n", what, id, it.messages, it.bytes,
			digest)
	}
}

// load makes messages on the streams in turn until there are `left` bytes of them.
type load struct {
	left, largest, streams, count int
	random                        *mathrand.Rand
}

type message struct {
	stream  uint16
	payload []byte
}

func newLoad(w words) *load {
	return &load{left: w.number("bytes", 0), largest: w.number("largest", 60000),
		streams: w.number("streams", 4),
		random:  mathrand.New(mathrand.NewSource(int64(w.number("seed", 1))))}
}

func (l *load) next() message {
	size := min(1+l.random.Intn(l.largest), l.left)
	l.left -= size
	payload := make([]byte, size)
	_, _ = rand.Read(payload)
	stream := uint16(l.count % l.streams)
	l.count++
	return message{stream, payload}
}
