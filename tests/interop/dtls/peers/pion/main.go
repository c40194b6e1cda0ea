// pion/dtls as a DTLS 1.2 peer: see words.hpp beside this folder.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/elliptic"
)

const (
	name           = "server.example"
	label          = "EXPORTER-hawser-interop"
	exportBytes    = 20
	patience       = 10 * time.Second
	flightInterval = 300 * time.Millisecond
	saidAgainMax   = 40
)

func check(what string, err error) {
	if err != nil {
		fmt.Printf("error %s: %v\n", what, err)
		os.Exit(1)
	}
}

// words is the command line: listen|connect PORT [name=value ...].
type words map[string]string

func (w words) number(name string, otherwise int) int {
	text, found := w[name]
	if !found {
		return otherwise
	}
	value, err := strconv.ParseInt(text, 0, 32)
	check(name, err)
	return int(value)
}

func (w words) file(name string) []byte {
	bytes, err := os.ReadFile(w[name])
	check(name, err)
	return bytes
}

func (w words) has(name string) bool {
	_, found := w[name]
	return found
}

// shared is what both roles are told.
func shared(w words) []dtls.Option {
	options := []dtls.Option{dtls.WithFlightInterval(flightInterval)}
	if !w.has("ca") {
		options = append(options, dtls.WithInsecureSkipVerify(true))
	}
	if w.has("cert") {
		key, err := x509.ParsePKCS8PrivateKey(w.file("key"))
		check("key", err)
		options = append(options, dtls.WithCertificates(
			tls.Certificate{Certificate: [][]byte{w.file("cert")}, PrivateKey: key}))
	}
	if w.has("psk") {
		key, err := hex.DecodeString(w["psk"])
		check("psk", err)
		options = append(options, dtls.WithPSKIdentityHint([]byte(w["psk-identity"])),
			dtls.WithPSK(func([]byte) ([]byte, error) { return key, nil }))
	}
	if w.has("suite") {
		suite := dtls.CipherSuiteID(w.number("suite", 0))
		options = append(options, dtls.WithCipherSuites(suite))
	}
	if w.has("group") {
		group := elliptic.Curve(w.number("group", 0))
		options = append(options, dtls.WithEllipticCurves(group))
	}
	if w.has("alpn") {
		options = append(options, dtls.WithSupportedProtocols(w["alpn"]))
	}
	if w.has("srtp") {
		profile := dtls.SRTPProtectionProfile(w.number("srtp", 0))
		options = append(options, dtls.WithSRTPProtectionProfiles(profile))
	}
	if w.has("mtu") {
		options = append(options, dtls.WithMTU(w.number("mtu", 0)))
	}
	if w.has("no-ems") {
		options = append(options, dtls.WithExtendedMasterSecret(dtls.DisableExtendedMasterSecret))
	}
	if bytes := w.number("cid", -1); bytes == 0 {
		options = append(options, dtls.WithConnectionIDGenerator(dtls.OnlySendCIDGenerator()))
	} else if bytes > 0 {
		options = append(options, dtls.WithConnectionIDGenerator(dtls.RandomCIDGenerator(bytes)))
	}
	return options
}

func authorities(w words) *x509.CertPool {
	pool := x509.NewCertPool()
	certificate, err := x509.ParseCertificate(w.file("ca"))
	check("ca", err)
	pool.AddCert(certificate)
	return pool
}

func listen(w words, address *net.UDPAddr) net.Listener {
	options := []dtls.ServerOption{}
	for _, option := range shared(w) {
		options = append(options, option)
	}
	if w.has("ca") {
		options = append(options, dtls.WithClientAuth(dtls.RequireAndVerifyClientCert),
			dtls.WithClientCAs(authorities(w)))
	}
	if w.has("no-cookie") {
		options = append(options, dtls.WithInsecureSkipVerifyHello(true))
	}
	listener, err := dtls.ListenWithOptions("udp4", address, options...)
	check("listen", err)
	fmt.Println("listening")
	return listener
}

func connect(w words, address *net.UDPAddr) *dtls.Conn {
	options := []dtls.ClientOption{dtls.WithServerName(name)}
	for _, option := range shared(w) {
		options = append(options, option)
	}
	if w.has("ca") {
		options = append(options, dtls.WithRootCAs(authorities(w)))
	}
	connection, err := dtls.DialWithOptions("udp4", address, options...)
	check("dial", err)
	return connection
}

func report(connection *dtls.Conn) {
	state, ok := connection.ConnectionState()
	if !ok {
		check("state", errors.New("there is none"))
	}
	keys, err := state.ExportKeyingMaterial(label, nil, exportBytes)
	check("export", err)
	srtp, _ := connection.SelectedSRTPProtectionProfile()
	fmt.Printf("connected library=pion version=1.2 suite=%04x alpn=%s srtp=%d export=%x\n",
		uint16(state.CipherSuiteID), state.NegotiatedProtocol, srtp, keys)
}

// hear answers false when nothing came in that time, and no text when the peer has closed.
func hear(connection *dtls.Conn, wait time.Duration) (string, bool) {
	check("deadline", connection.SetReadDeadline(time.Now().Add(wait)))
	bytes := make([]byte, 20000)
	count, err := connection.Read(bytes)
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return "", false
	}
	if !errors.Is(err, io.EOF) {
		check("read", err)
	}
	return string(bytes[:count]), true
}

func say(connection *dtls.Conn, text string) {
	_, err := connection.Write([]byte(text))
	check("write", err)
}

func echo(connection *dtls.Conn) {
	for {
		text, came := hear(connection, patience)
		if !came {
			check("hear", errors.New("nothing"))
		}
		if text == "" {
			return
		}
		fmt.Println("heard", text)
		say(connection, text)
	}
}

// talk says each round's text until it has come back, every `again` milliseconds.
func talk(w words, connection *dtls.Conn) {
	wait, tries := patience, 1
	if w.has("again") {
		wait, tries = time.Duration(w.number("again", 0))*time.Millisecond, saidAgainMax
	}
	for round := 1; round <= w.number("rounds", 1); round++ {
		text, heard, came := fmt.Sprintf("there and back %d", round), "", false
		for try := 0; try < tries && heard != text; try++ {
			say(connection, text)
			heard, came = hear(connection, wait)
		}
		if !came || heard != text {
			check("echo", fmt.Errorf("%q", heard))
		}
		fmt.Println("heard", heard)
		time.Sleep(time.Duration(w.number("pause", 0)) * time.Millisecond)
	}
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: pion_peer listen|connect PORT [name=value ...]")
		os.Exit(2)
	}
	w := words{}
	for _, word := range os.Args[3:] {
		key, value, _ := strings.Cut(word, "=")
		w[key] = value
	}
	port, err := strconv.Atoi(os.Args[2])
	check("port", err)
	address := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
	if os.Args[1] == "connect" {
		connection := connect(w, address)
		check("handshake", connection.Handshake())
		report(connection)
		talk(w, connection)
		check("close", connection.Close())
		return
	}
	listener := listen(w, address)
	for i := 0; i < w.number("connections", 1); i++ {
		accepted, err := listener.Accept()
		check("accept", err)
		connection := accepted.(*dtls.Conn)
		check("handshake", connection.Handshake())
		report(connection)
		echo(connection)
		check("close", connection.Close())
		fmt.Println("closed")
	}
}
