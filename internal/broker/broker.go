// Package broker runs Apache Kafka's own broker on this machine, as one process that is broker and controller, and makes
// networks to it misbehave. Tests and walk-throughs use it; no pipeline does.
package broker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Options say what broker is started.
type Options struct {
	// Dir is where its data and settings are; one that has data goes on with it. "" is a temporary folder that Stop and Kill
	// remove.
	Dir  string
	Port int // 0: a free one
	// SASL adds a listener that asks for a password, TLS one that is encrypted and asks for a client's certificate.
	SASL, TLS bool
	// Proxy stands between the broker and all who connect to Addr.
	Proxy *Proxy
	// Properties are added to server.properties.
	Properties map[string]string
}

// What clients of the listener with SASL say, whatever the mechanism.
const (
	User     = "reader"
	Password = "reader-secret"
)

// Broker is a broker that was started.
type Broker struct {
	At
	o       Options
	dir     string
	jars    string
	ports   ports
	process *process
}

type ports struct{ plain, controller, sasl, tls int }

// process is a running JVM.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{}
}

// Start starts a broker and waits until it answers, which takes about seven seconds.
func Start(ctx context.Context, o Options) (*Broker, error) {
	jars, err := findJars()
	if err != nil {
		return nil, err
	}
	b := &Broker{o: o, dir: o.Dir, jars: jars}
	if b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "seamflow-broker-"); err != nil {
			return nil, err
		}
	}
	if b.dir, err = filepath.Abs(b.dir); err != nil {
		return nil, err
	}
	if err := b.settle(); err != nil {
		return nil, errors.Join(err, b.clean())
	}
	if err := b.run(ctx); err != nil {
		return nil, errors.Join(err, b.Kill())
	}
	if o.SASL {
		if err := b.setPasswords(ctx); err != nil {
			return nil, errors.Join(err, b.Kill())
		}
	}
	return b, nil
}

// SASLAddr is the address of the listener that asks for a password.
func (b *Broker) SASLAddr() string { return loopback(b.ports.sasl) }

// TLSAddr is the address of the encrypted listener. Its certificates are in Certificates.
func (b *Broker) TLSAddr() string { return loopback(b.ports.tls) }

// Certificates is a folder with ca.pem, client.pem and client.key.
func (b *Broker) Certificates() string { return b.dir }

// Stop asks the broker to end, and waits.
func (b *Broker) Stop() error { return errors.Join(b.end(syscall.SIGTERM), b.clean()) }

// Kill ends the broker at once.
func (b *Broker) Kill() error { return errors.Join(b.end(syscall.SIGKILL), b.clean()) }

// Restart ends the broker and starts it on the same data and ports. hard is without notice.
func (b *Broker) Restart(ctx context.Context, hard bool) error {
	signal := syscall.SIGTERM
	if hard {
		signal = syscall.SIGKILL
	}
	if err := b.end(signal); err != nil {
		return err
	}
	return b.run(ctx)
}

// Pause stops the broker's process, and Resume lets it go on: connections stay, and nothing answers.
func (b *Broker) Pause() error  { return b.process.cmd.Process.Signal(syscall.SIGSTOP) }
func (b *Broker) Resume() error { return b.process.cmd.Process.Signal(syscall.SIGCONT) }

// Exited is closed when the broker's process has ended.
func (b *Broker) Exited() <-chan struct{} { return b.process.exited }

func (b *Broker) end(signal syscall.Signal) error {
	if b.process == nil {
		return nil
	}
	p := b.process
	b.process = nil
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.exited:
	case <-time.After(30 * time.Second):
		err := p.cmd.Process.Kill()
		<-p.exited
		return err
	}
	return nil
}

func (b *Broker) clean() error {
	if b.o.Dir == "" {
		return os.RemoveAll(b.dir)
	}
	return nil
}

// findJars looks for the jars in the folder that this one is part of.
func findJars() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "tools", "kafka", "pom.xml")); err == nil {
			jars := filepath.Join(dir, ".cache", "kafka-jars")
			if _, err := os.Stat(filepath.Join(jars, "stamp")); err != nil {
				return "", fmt.Errorf("%s does not hold Apache Kafka's jars: run make tools", jars)
			}
			return jars, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no folder above the working folder holds tools/kafka: a broker is started from within seamflow's repository")
		}
		dir = up
	}
}

// settle chooses ports, writes the settings and formats the storage. What Dir holds already stays.
func (b *Broker) settle() error {
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	var err error
	if b.ports, err = freePorts(b.o.Port); err != nil {
		return err
	}
	b.At = At(loopback(b.ports.plain))
	if b.o.Proxy != nil {
		b.o.Proxy.Forward(loopback(b.ports.plain))
		b.At = At(b.o.Proxy.Addr())
	}
	if b.o.TLS {
		if err := writeCertificates(b.dir); err != nil {
			return err
		}
	}
	if err := os.WriteFile(b.file("server.properties"), b.properties(), 0o644); err != nil {
		return err
	}
	if _, err := os.Stat(b.file("data/meta.properties")); err == nil {
		return nil
	}
	format := b.java("kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", b.file("server.properties"))
	if out, err := format.CombinedOutput(); err != nil {
		return fmt.Errorf("formatting the broker's storage: %w\n%s", err, out[max(0, len(out)-4096):])
	}
	return nil
}

func (b *Broker) file(name string) string { return filepath.Join(b.dir, filepath.FromSlash(name)) }

func (b *Broker) java(class string, args ...string) *exec.Cmd {
	jvm := []string{"-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", filepath.Join(b.jars, "*"), class}
	return exec.Command("java", append(jvm, args...)...)
}

func (b *Broker) properties() []byte {
	var w bytes.Buffer
	set := func(key, value string) { fmt.Fprintf(&w, "%s=%s\n", key, value) }
	listeners := []string{"PLAINTEXT://" + loopback(b.ports.plain), "CONTROLLER://" + loopback(b.ports.controller)}
	advertised := []string{"PLAINTEXT://" + b.Addr()}
	if b.o.SASL {
		listeners = append(listeners, "SASL_PLAINTEXT://"+b.SASLAddr())
		advertised = append(advertised, "SASL_PLAINTEXT://"+b.SASLAddr())
		set("sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512")
		set("listener.name.sasl_plaintext.plain.sasl.jaas.config", fmt.Sprintf("org.apache.kafka.common.security.plain.PlainLoginModule required user_%s=%q;", User, Password))
		for _, m := range []string{"scram-sha-256", "scram-sha-512"} {
			set("listener.name.sasl_plaintext."+m+".sasl.jaas.config", "org.apache.kafka.common.security.scram.ScramLoginModule required;")
		}
	}
	if b.o.TLS {
		listeners = append(listeners, "SSL://"+b.TLSAddr())
		advertised = append(advertised, "SSL://"+b.TLSAddr())
		set("ssl.keystore.type", "PEM")
		set("ssl.keystore.location", b.file("server.pem"))
		set("ssl.truststore.type", "PEM")
		set("ssl.truststore.location", b.file("ca.pem"))
		set("ssl.client.auth", "required")
	}
	set("process.roles", "broker,controller")
	set("node.id", "1")
	set("controller.quorum.voters", "1@"+loopback(b.ports.controller))
	set("controller.listener.names", "CONTROLLER")
	set("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL")
	set("listeners", strings.Join(listeners, ","))
	set("advertised.listeners", strings.Join(advertised, ","))
	set("log.dirs", b.file("data"))
	for _, one := range []string{"offsets.topic.replication.factor", "transaction.state.log.replication.factor", "transaction.state.log.min.isr", "offsets.topic.num.partitions",
		"transaction.state.log.num.partitions", "share.coordinator.state.topic.replication.factor", "share.coordinator.state.topic.min.isr"} {
		set(one, "1")
	}
	set("group.initial.rebalance.delay.ms", "0")
	set("auto.create.topics.enable", "false")
	set("log.message.timestamp.before.max.ms", "9223372036854775807")
	for key, value := range b.o.Properties {
		set(key, value)
	}
	return w.Bytes()
}

// run starts the JVM and waits until it answers.
func (b *Broker) run(ctx context.Context) error {
	log, err := os.OpenFile(b.file("log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := b.java("kafka.Kafka", b.file("server.properties"))
	cmd.Stdout, cmd.Stderr = log, log
	p := &process{cmd: cmd, exited: make(chan struct{})}
	if err := StartChild(cmd, func(error) { close(p.exited) }); err != nil {
		return fmt.Errorf("starting the broker: %w", err)
	}
	b.process = p
	return b.ready(ctx)
}

func (b *Broker) ready(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	for {
		if err := At(loopback(b.ports.plain)).ping(ctx); err == nil {
			return nil
		}
		select {
		case <-b.process.exited:
			return fmt.Errorf("the broker ended while it started:\n%s", b.lastLog())
		case <-ctx.Done():
			return fmt.Errorf("the broker does not answer: %w\n%s", ctx.Err(), b.lastLog())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// lastLog is the end of what the broker logged.
func (b *Broker) lastLog() string {
	f, err := os.Open(b.file("log"))
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > 4096 {
		_, _ = f.Seek(-4096, io.SeekEnd)
	}
	text, _ := io.ReadAll(f)
	return string(text)
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// freePorts gives four ports that nobody listened on a moment ago.
func freePorts(plain int) (ports, error) {
	got := [4]int{}
	for i := range got {
		port := 0
		if i == 0 {
			port = plain
		}
		l, err := net.Listen("tcp", loopback(port))
		if err != nil {
			return ports{}, err
		}
		defer l.Close()
		got[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports{plain: got[0], controller: got[1], sasl: got[2], tls: got[3]}, nil
}
