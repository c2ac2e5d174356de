// Package fakeapi serves the documented part of QA Sphere's public API over TLS
// on the loopback interface, for tests, and records every byte that it receives.
// It does not depend on qasleaks: scripts/e2e-verify.sh tests it with QA Sphere's
// official client.
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
	// wire holds the bytes received, text the same bytes after decryption.
	wire, text bytes.Buffer
}

// Start returns a running server. Its certificate is for the names given, localhost
// and the loopback addresses.
func Start(handler http.Handler, names ...string) (*Server, error) {
	certificate, ca, err := certify(append(names, "localhost"))
	if err != nil {
		return nil, fmt.Errorf("create a certificate: %w", err)
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

// Roots returns a certificate pool that trusts the server.
func (s *Server) Roots() *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.CA)
	return roots
}

// Wire returns all bytes received, as they were on the network.
func (s *Server) Wire() string { return s.read(&s.wire) }

// Text returns all bytes received after decryption: the requests with their headers.
func (s *Server) Text() string { return s.read(&s.text) }

func (s *Server) read(b *bytes.Buffer) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return b.String()
}

// recorder is a listener that records what its connections read.
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

// certify returns a self-signed certificate for names and the loopback addresses.
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
