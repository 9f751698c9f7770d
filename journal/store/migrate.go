package store

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"os"
	"time"
)

// applicationID marks the file as a journal of callporter: "clpr" in ASCII.
const applicationID = 0x636c7072

//go:embed schema/*.sql
var schemaFiles embed.FS

// schema are the steps from an empty file to the newest version: schema[0] makes
// version 1 of it. A step that was released is never changed.
var schema = readSchema()

func readSchema() []string {
	var steps []string
	for {
		b, err := schemaFiles.ReadFile(fmt.Sprintf("schema/%d.sql", len(steps)+1))
		if err != nil {
			return steps
		}
		steps = append(steps, string(b))
	}
}

// migrate brings the file to the newest version, step by step, after a copy of it
// was made. Each step is one transaction.
func (s *sqlite) migrate(ctx context.Context, now time.Time, log *slog.Logger) error {
	version, err := s.version(ctx)
	if err != nil {
		return err
	}
	switch {
	case version == len(schema):
		return nil
	case version > 0:
		backup, err := s.backup(ctx, version, now)
		if err != nil {
			return fmt.Errorf("copy file before migration: %w", err)
		}
		log.Info("journal is migrated", "from", version, "to", len(schema), "backup", backup)
	}
	for ; version < len(schema); version++ {
		if err := s.step(ctx, version+1); err != nil {
			return fmt.Errorf("migrate to version %d: %w", version+1, err)
		}
	}
	return nil
}

// version reads the version of the file; 0 is an empty file.
func (s *sqlite) version(ctx context.Context) (version int, err error) {
	var id, tables int
	for _, q := range []struct {
		text string
		to   *int
	}{
		{"PRAGMA user_version", &version}, {"PRAGMA application_id", &id},
		{"SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'", &tables},
	} {
		if err := s.writeConn.QueryRowContext(ctx, q.text).Scan(q.to); err != nil {
			return 0, fmt.Errorf("read version: %w", err)
		}
	}
	switch {
	case version == 0 && tables == 0: // new
	case id != applicationID:
		return 0, ErrForeign
	case version > len(schema):
		return 0, ErrNewer
	}
	return version, nil
}

func (s *sqlite) step(ctx context.Context, version int) error {
	_, err := s.writeConn.ExecContext(ctx, fmt.Sprintf("BEGIN IMMEDIATE;\n%s;\nPRAGMA application_id = %d;\nPRAGMA user_version = %d;\nCOMMIT",
		schema[version-1], applicationID, version))
	if err != nil {
		s.writeConn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	}
	return err
}

// backup copies the file beside itself and returns the copy's name. It is deleted
// when a number is forgotten, or when it is older than what the journal keeps.
func (s *sqlite) backup(ctx context.Context, version int, now time.Time) (string, error) {
	name := freeName(fmt.Sprintf("%s.before-v%d-%s", s.path, version+1, now.UTC().Format(fileStamp)))
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	f.Close()
	if _, err := s.writeConn.ExecContext(ctx, "VACUUM INTO ?", name); err != nil {
		os.Remove(name)
		return "", err
	}
	return name, nil
}
