package broker

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// writeCertificates makes an authority (ca.pem), the broker's certificate with its key (server.pem) and a client's
// (client.pem, client.key).
func writeCertificates(dir string) error {
	ca, err := newCertificate("seamflow tests", nil)
	if err != nil {
		return err
	}
	server, err := newCertificate("broker", ca)
	if err != nil {
		return err
	}
	client, err := newCertificate("client", ca)
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"ca.pem": ca.pem(), "client.pem": client.pem(), "client.key": client.keyPEM(),
		"server.pem": append(server.keyPEM(), append(server.pem(), ca.pem()...)...),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

type certificate struct {
	x509 *x509.Certificate
	key  *ecdsa.PrivateKey
	der  []byte // of the key, PKCS 8
}

// newCertificate makes one that signer signs; nil is an authority of its own.
func newCertificate(name string, signer *certificate) (*certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	c := &certificate{key: key}
	if c.der, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"}, BasicConstraintsValid: true,
	}
	if signer == nil {
		t.IsCA, t.KeyUsage = true, x509.KeyUsageCertSign
		signer = &certificate{x509: t, key: key}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, signer.x509, &key.PublicKey, signer.key)
	if err != nil {
		return nil, err
	}
	c.x509, err = x509.ParseCertificate(der)
	return c, err
}

func (c *certificate) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.x509.Raw})
}

func (c *certificate) keyPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: c.der})
}
