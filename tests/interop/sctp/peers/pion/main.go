// pion/sctp as a peer over UDP (RFC 6951): see peer_arguments.hpp. It knows the words local, remote,
// udp, peer-udp, bytes, expect, streams, seed, largest, interleaving, unordered, give-up, lifetime,
// zero-checksum, stay and asks=outgoing. Its SCTP ports are 5000.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/sctp"
)

const (
	patience   = 100 * time.Second
	windowSize = 1024 * 1024
	packetSize = 1200
	// Nobody tells when a reset of ours is done; what is sent before that gets wrong numbers.
	resetTime = 500 * time.Millisecond
)

// fromAnyone is a socket whose peer is who spoke last.
type fromAnyone struct {
	*net.UDPConn
	peer atomic.Pointer[net.UDPAddr]
}

func (c *fromAnyone) Read(bytes []byte) (int, error) {
	count, from, err := c.ReadFromUDP(bytes)
	if err == nil {
		c.peer.Store(from)
	}
	return count, err
}

func (c *fromAnyone) Write(bytes []byte) (int, error) {
	return c.WriteToUDP(bytes, c.peer.Load())
}

func (c *fromAnyone) RemoteAddr() net.Addr { return c.peer.Load() }

func associate(w words) *sctp.Association {
	local := &net.UDPAddr{IP: net.ParseIP(w["local"]), Port: w.number("udp", 9899)}
	shared := func(conn net.Conn) []sctp.AssociationOption {
		return []sctp.AssociationOption{sctp.WithNetConn(conn), sctp.WithName("pion"),
			sctp.WithBlockWrite(true), sctp.WithMTU(packetSize),
			// It gives out whole messages only, so one has to fit.
			sctp.WithMaxReceiveBufferSize(uint32(windowSize + 2*w.number("largest", 60000))),
			sctp.WithMaxMessageSize(uint32(w.number("largest", 60000))),
			sctp.WithEnableInterleaving(w.has("interleaving")),
			sctp.WithEnableZeroChecksum(w.has("zero-checksum"))}
	}
	var association *sctp.Association
	var err error
	if w.has("connect") {
		remote := &net.UDPAddr{IP: net.ParseIP(w["remote"]), Port: w.number("peer-udp", 9899)}
		conn, failed := net.DialUDP("udp", local, remote)
		check("dial", failed)
		options := []sctp.ClientOption{}
		for _, option := range shared(conn) {
			options = append(options, option)
		}
		association, err = sctp.ClientWithOptions(options...)
	} else {
		conn, failed := net.ListenUDP("udp", local)
		check("listen", failed)
		fmt.Println("listening")
		options := []sctp.ServerOption{}
		for _, option := range shared(&fromAnyone{UDPConn: conn}) {
			options = append(options, option)
		}
		association, err = sctp.ServerWithOptions(options...)
	}
	check("associate", err)
	return association
}

// peer plays the role in its words over one association.
type peer struct {
	w              words
	association    *sctp.Association
	sent, received *tally
	streams        map[uint16]*sctp.Stream
	lock           sync.Mutex
	queue          chan message // of messages to send back
	ended          chan error
	heard          chan int // how many bytes have come
	reset          chan uint16
}

// open makes a stream and reads it until it ends.
func (p *peer) open(id uint16) error {
	stream, err := p.association.OpenStream(id, sctp.PayloadTypeWebRTCBinary)
	if err != nil {
		return err
	}
	unordered := p.w.has("unordered")
	switch {
	case p.w.has("give-up"):
		stream.SetReliabilityParams(unordered, sctp.ReliabilityTypeRexmit, 0)
	case p.w.has("lifetime"):
		stream.SetReliabilityParams(unordered, sctp.ReliabilityTypeTimed,
			uint32(p.w.number("lifetime", 0)))
	default:
		stream.SetReliabilityParams(unordered, sctp.ReliabilityTypeReliable, 0)
	}
	p.lock.Lock()
	p.streams[id] = stream
	p.lock.Unlock()
	go p.read(id, stream)
	return nil
}

func (p *peer) read(id uint16, stream *sctp.Stream) {
	room := make([]byte, p.w.number("largest", 60000))
	for {
		count, _, err := stream.ReadSCTP(room)
		if err == nil {
			payload := append([]byte{}, room[:count]...)
			p.heard <- p.received.add(id, payload)
			if p.w.has("echo") {
				p.queue <- message{id, payload}
			}
			continue
		}
		if errors.Is(err, io.EOF) && p.beginAgain(id, stream) {
			return
		}
		p.ended <- err
		return
	}
}

// beginAgain resets our half of a stream, too, whose other half the peer has reset; false when the
// association has ended.
func (p *peer) beginAgain(id uint16, stream *sctp.Stream) bool {
	_ = stream.Close() // has been done where the wish was ours
	time.Sleep(resetTime)
	if p.open(id) != nil {
		return false
	}
	fmt.Println("event streams_reset", id)
	p.reset <- id
	return true
}

func (p *peer) send(one message) bool {
	p.lock.Lock()
	stream := p.streams[one.stream]
	p.lock.Unlock()
	payloadType := sctp.PayloadProtocolIdentifier(1000 + uint32(one.stream))
	if _, err := stream.WriteSCTP(one.payload, payloadType); err != nil {
		return false
	}
	p.sent.add(one.stream, one.payload)
	return true
}

// await waits until that many bytes have come; false when the association has ended before.
func (p *peer) await(bytes int) bool {
	late := time.After(patience)
	for p.sum() < bytes {
		select {
		case <-p.heard:
		case err := <-p.ended:
			p.ended <- err
			return false
		case <-late:
			fmt.Println("error: too little came")
			os.Exit(1)
		}
	}
	return true
}

func (p *peer) sum() int {
	p.received.lock.Lock()
	defer p.received.lock.Unlock()
	return p.received.bytes
}

// makeComeTrue resets all streams, once all has come back, and waits until both halves are.
func (p *peer) makeComeTrue(wish string, done int) {
	if wish != "outgoing" || !p.await(p.w.number("bytes", 0)*done) {
		check("ask", errors.New(wish))
	}
	count := p.w.number("streams", 4)
	for id := range count {
		check("close", p.streams[uint16(id)].Close())
	}
	for range count {
		<-p.reset
	}
}

// converse sends what there is to send, and ends the association if that is this side's part.
func (p *peer) converse() {
	if p.w.has("echo") {
		for one := range p.queue {
			if !p.send(one) {
				return
			}
		}
		return
	}
	wishes := []string{}
	if p.w.has("asks") {
		wishes = strings.Split(p.w["asks"], ",")
	}
	for round := 0; ; round++ {
		for l := newLoad(p.w); l.left > 0; {
			if !p.send(l.next()) {
				return
			}
		}
		if round == len(wishes) {
			break
		}
		p.makeComeTrue(wishes[round], round+1)
	}
	if p.w.has("connect") && p.await(p.w.number("expect", 0)) {
		limited, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		check("shutdown", p.association.Shutdown(limited))
	}
}

func main() {
	w := parse(os.Args[1:])
	const many = 1 << 20
	p := &peer{w: w, sent: newTally(w.has("unordered")), received: newTally(w.has("unordered")),
		streams: map[uint16]*sctp.Stream{}, queue: make(chan message, many),
		ended: make(chan error, many), heard: make(chan int, many), reset: make(chan uint16, many)}
	p.association = associate(w)
	fmt.Println("event up")
	if known, ok := p.association.Metadata(); ok {
		if known.MessageInterleavingEnabled {
			fmt.Println("interleaving agreed")
		}
		if known.ZeroChecksumSendingEnabled && known.ZeroChecksumReceivingEnabled {
			fmt.Println("zero checksum agreed")
		}
	}
	for id := range w.number("streams", 4) {
		check("open", p.open(uint16(id)))
	}
	go p.converse()
	reason := "shutdown"
	if err := <-p.ended; !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.EOF) {
		reason = fmt.Sprintf("lost (%v)", err)
	}
	p.sent.report("sent")
	p.received.report("received")
	fmt.Printf("closed reason=%s\n", reason)
	if w.has("stay") {
		time.Sleep(time.Hour)
	}
}
