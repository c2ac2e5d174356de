// Package fakeapi serves the documented part of QA Sphere's public API over TLS
// on the loopback interface, for tests, and remembers every byte that it was
// sent. It knows nothing of qasleaks: scripts/e2e-verify.sh drives it with QA
// Sphere's official client, too.
package fakeapi

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// Server is a TLS server on a loopback address.
type Server struct {
	// Address is where it listens, "127.0.0.1:49152".
	Address string
	// CA is the certificate to trust, as PEM.
	CA []byte

	http *httptest.Server
	mu   sync.Mutex
	// wire holds what came in as it was sent, text what it was inside of TLS.
	wire, text bytes.Buffer
}

// Start returns a server that answers with handler to the names given, to
// localhost and to 127.0.0.1, until it is closed.
func Start(handler http.Handler, names ...string) (*Server, error) {
	certificate, ca, err := certify(append(names, "localhost"))
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on the loopback interface: %w", err)
	}
	s := &Server{Address: listener.Addr().String(), CA: ca, http: httptest.NewUnstartedServer(handler)}
	s.http.Listener.Close()
	outer := recorder{listener, &s.mu, &s.wire}
	inner := tls.NewListener(outer, &tls.Config{Certificates: []tls.Certificate{certificate}})
	s.http.Listener = recorder{inner, &s.mu, &s.text}
	s.http.Start()
	return s, nil
}

// Close stops the server and ends its connections.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Roots returns the pool of certificates that trusts the server.
func (s *Server) Roots() *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.CA)
	return roots
}

// Wire returns all bytes that came in, and Text those that were inside of TLS.
func (s *Server) Wire() string { return s.read(&s.wire) }

// Text returns the requests as they were written, headers and all.
func (s *Server) Text() string { return s.read(&s.text) }

func (s *Server) read(b *bytes.Buffer) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return b.String()
}

// recorder is a listener that writes down what its connections read.
type recorder struct {
	net.Listener
	mu *sync.Mutex
	to *bytes.Buffer
}

func (r recorder) Accept() (net.Conn, error) {
	conn, err := r.Listener.Accept()
	return recorded{conn, r}, err
}

type recorded struct {
	net.Conn
	recorder recorder
}

func (r recorded) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.recorder.mu.Lock()
	defer r.recorder.mu.Unlock()
	r.recorder.to.Write(p[:n])
	return n, err
}

// certify makes a certificate for names and for loopback addresses that vouches
// for itself.
func certify(names []string) (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), DNSNames: names,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotBefore:   now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, ca, nil
}
