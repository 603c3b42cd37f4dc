package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/importer"
)

type exportCommand struct {
	connectionFlags
	Output         string `placeholder:"FILE" help:"File to write, which is there only once it is whole; standard output if not given."`
	Format         string `enum:",csv,xlsx,ndjson" default:"" placeholder:"FORMAT" help:"csv, xlsx or ndjson; by the ending of --output if not given, else csv."`
	PasswordHashes bool   `help:"Write the hashes of operators' passwords, too, with --db alone; a file of theirs only its owner may read."`
}

// Run writes all employees, as import reads them.
func (c *exportCommand) Run(ctx context.Context, env environment, log *slog.Logger) (err error) {
	format, err := c.format()
	if err != nil {
		return nothingDone(err)
	}
	if c.PasswordHashes && c.DB == "" {
		return nothingDone(errors.New("--password-hashes needs --db: no server tells hashes"))
	}
	client, err := c.dial(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	o := importer.ExportOptions{Pauses: importer.Pauses()}
	mode := os.FileMode(0o644)
	if c.PasswordHashes {
		if o.Hashes, err = hashesOf(client); err != nil {
			return nothingDone(err)
		}
		mode = 0o600
	}
	work := newWork(env, "employees")
	o.Progress = work.tell
	rows := int64(0)
	err = fillFile(env, c.Output, mode, func(w io.Writer) error {
		out, err := importer.NewWriter(w, format, importer.ExportColumns(c.Revision))
		if err != nil {
			return err
		}
		rows, err = importer.Export(ctx, client, out.Write, o)
		return errors.Join(err, out.Close())
	})
	work.stop()
	switch {
	case err != nil && ctx.Err() != nil:
		return errors.New("interrupted; nothing is written to a file")
	case err != nil:
		return err
	case c.Output == "":
		return nil
	}
	private := ""
	if c.PasswordHashes {
		private = "; it holds hashes of passwords, and only its owner may read it"
	}
	_, err = fmt.Fprintf(env.stdout, "%d employees are in %s%s\n", rows, c.Output, private)
	return err
}

// format is the one that is meant.
func (c *exportCommand) format() (importer.Format, error) {
	if c.Format != "" {
		return importer.Format(c.Format), nil
	}
	switch ending := strings.ToLower(filepath.Ext(c.Output)); ending {
	case ".xlsx":
		return importer.XLSX, nil
	case ".ndjson", ".jsonl":
		return importer.NDJSON, nil
	case ".csv", ".txt", ".tsv", "":
		return importer.CSV, nil
	default:
		return "", fmt.Errorf("--output: %s says of no format; give it with --format", ending)
	}
}

// hashesOf tells the hashes of passwords, of which only the command line learns.
func hashesOf(client *timedClient) (func(context.Context, []int64) (map[int64]string, error), error) {
	local, isLocal := client.batchClient.(*localClient)
	if !isLocal || local.account == 0 {
		return nil, errors.New("--password-hashes is for --db without a token")
	}
	return local.hashes, nil
}

// fillFile fills a file, which is there only once it is whole, or standard output
// where it has no name.
func fillFile(env environment, name string, mode os.FileMode, fill func(io.Writer) error) (err error) {
	if name == "" {
		return fill(env.stdout)
	}
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	err = fill(file)
	if err == nil {
		err = errors.Join(file.Chmod(mode), file.Sync())
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), name)
}
