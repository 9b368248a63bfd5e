package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/seamflow/seamflow/bench/measure"
)

// postgres is a server of its own, with the settings that it comes with, in a folder of its own.
type postgres struct {
	bin, dir, version string
	as                *syscall.Credential // it does not run as root
	server            *exec.Cmd
}

// startPostgres makes a server and its table of files, or gives nil where there is no PostgreSQL.
func startPostgres(dir string, files []string) (*postgres, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return nil, err
	}
	slices.Sort(found)
	p := &postgres{bin: filepath.Dir(found[len(found)-1]), dir: dir}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if os.Geteuid() == 0 {
		if err := p.drop(); err != nil {
			return nil, err
		}
	}
	version, err := p.command("postgres", "--version").Output()
	if err != nil {
		return nil, err
	}
	p.version = strings.TrimSpace(strings.NewReplacer("postgres (PostgreSQL)", "PostgreSQL").Replace(string(version)))
	if out, err := p.command("initdb", "-D", filepath.Join(dir, "data"), "-A", "trust", "-U", "bench", "--locale=C.UTF-8").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	p.server = p.command("postgres", "-D", filepath.Join(dir, "data"), "-k", dir, "-c", "listen_addresses=")
	if err := p.server.Start(); err != nil {
		return nil, err
	}
	if err := errors.Join(p.ready(), p.load(files)); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// drop has the server run as a user who may not do everything.
func (p *postgres) drop() error {
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return err
		}
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return err
	}
	p.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(p.dir, uid, gid)
}

func (p *postgres) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.bin, name), args...)
	cmd.Dir = p.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.as}
	return cmd
}

func (p *postgres) ready() error {
	for range 300 {
		if p.psql("SELECT 1") == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return errors.New("the server does not answer")
}

// stop ends the server.
func (p *postgres) stop() {
	_ = p.server.Process.Signal(syscall.SIGINT) // fast shutdown
	_ = p.server.Wait()
}

// psql runs commands in one session.
func (p *postgres) psql(commands ...string) error {
	args := []string{"-h", p.dir, "-U", "bench", "-d", "postgres", "-X", "-q", "-v", "ON_ERROR_STOP=1"}
	for _, c := range commands {
		args = append(args, "-c", c)
	}
	if out, err := p.command("psql", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("psql: %w: %s", err, out)
	}
	return nil
}

const columns = `id text, "updatedAt" timestamptz, "createdAt" timestamptz, status text, chain text, device text, "customerId" text, items integer, total numeric(12,2), street text, city text, note text`

// names are those of columns.
const names = `id, "updatedAt", "createdAt", status, chain, device, "customerId", items, total, street, city, note`

// take reads a file of records, which stand one a line, into the temporary table s.
func take(file string) []string {
	return []string{
		"CREATE TEMP TABLE lines (line jsonb)",
		`\copy lines FROM '` + file + `' WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')`,
		"CREATE TEMP TABLE s AS SELECT r.* FROM lines, jsonb_to_record(line) AS r(" + columns + ", op text)",
	}
}

// load fills the table, file by file, and then makes its key.
func (p *postgres) load(files []string) error {
	if err := p.psql("SET TimeZone = 'UTC'", "CREATE TABLE orders ("+columns+")"); err != nil {
		return err
	}
	for _, f := range files {
		if err := p.readable(f); err != nil {
			return err
		}
		if err := p.psql(append(take(f), "INSERT INTO orders ("+names+") SELECT "+names+" FROM s")...); err != nil {
			return err
		}
	}
	return p.psql("ALTER TABLE orders ADD PRIMARY KEY (id)", "VACUUM ANALYZE orders", "CHECKPOINT")
}

// readable lets the server's user read a file.
func (p *postgres) readable(name string) error { return os.Chmod(name, 0o644) }

// merge brings a set in, in one transaction. The server's CPU is that of all its processes.
func (p *postgres) merge(set string) (measure.Figures, error) {
	if err := p.readable(set); err != nil {
		return measure.Figures{}, err
	}
	var assign []string
	for _, n := range strings.Split(names, ", ")[1:] {
		assign = append(assign, n+" = EXCLUDED."+n)
	}
	statements := append([]string{"BEGIN"}, take(set)...)
	statements = append(statements,
		"ANALYZE s",
		`DELETE FROM orders t USING s WHERE t.id = s.id AND s.op = 'delete' AND s."updatedAt" > t."updatedAt"`,
		"INSERT INTO orders ("+names+") SELECT "+names+" FROM s WHERE op <> 'delete' ON CONFLICT (id) DO UPDATE SET "+strings.Join(assign, ", ")+
			` WHERE EXCLUDED."updatedAt" > orders."updatedAt"`,
		"COMMIT")
	before, err := p.cpu()
	if err != nil {
		return measure.Figures{}, err
	}
	began := time.Now()
	if err := p.psql(statements...); err != nil {
		return measure.Figures{}, err
	}
	f := measure.Figures{Wall: time.Since(began)}
	time.Sleep(50 * time.Millisecond) // the session's process is waited for
	after, err := p.cpu()
	f.CPU = after - before
	return f, err
}

// cpu is what the server and its processes have used.
func (p *postgres) cpu() (time.Duration, error) {
	total, err := cpuOf(p.server.Process.Pid)
	if err != nil {
		return 0, err
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", p.server.Process.Pid, p.server.Process.Pid))
	if err != nil {
		return 0, err
	}
	for _, text := range strings.Fields(string(children)) {
		pid, err := strconv.Atoi(text)
		if err != nil {
			return 0, err
		}
		if used, err := cpuOf(pid); err == nil { // else it has ended
			total += used
		}
	}
	return total, nil
}

// export writes the table to a file, and gives its name.
func (p *postgres) export() (string, error) {
	name := filepath.Join(p.dir, "orders.csv")
	return name, p.psql("SET TimeZone = 'UTC'", `\copy orders (`+names+`) TO '`+name+`' WITH (FORMAT csv)`)
}
