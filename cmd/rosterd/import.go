package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/importer"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/store"
)

// importCommand is three commands, of which the first needs no name: its flags
// would hide those of the others.
type importCommand struct {
	File importFileCommand `cmd:"" default:"withargs" help:"Import the rows of a CSV, XLSX or NDJSON file; the word file may be left out. Exit status 0: every row is in; 1: some are not; 2: the file is malformed, or an option is wrong, and nothing was written."`
	Undo importUndoCommand `cmd:"" help:"Remove the employees whom an import created, unless somebody has changed them since."`
	List importListCommand `cmd:"" help:"List imports, the newest first."`
}

// fileFlags say what cannot be recognised of a file.
type fileFlags struct {
	Format    string   `enum:",csv,xlsx,ndjson" default:"" placeholder:"FORMAT" help:"csv, xlsx or ndjson; recognised if not given."`
	Delimiter string   `placeholder:"CHARACTER" help:"What is between the cells of a CSV file, tab for a tabulator; recognised among comma, semicolon, tab and | if not given."`
	Encoding  string   `placeholder:"NAME" help:"Encoding of a CSV or NDJSON file, such as windows-1251; recognised among UTF-8, UTF-16 and Windows-1251 if not given."`
	Map       []string `sep:"none" placeholder:"OURS=THEIRS" help:"The column of the file that holds a parameter, where it is called otherwise; --map=-=THEIRS leaves a column out. May be given several times."`
	MapFile   string   `type:"existingfile" placeholder:"FILE" help:"File with such pairs, one a line."`
}

// options are those of importer.Open.
func (f *fileFlags) options(revision string) (o importer.Options, err error) {
	o = importer.Options{Revision: revision, Format: importer.Format(f.Format), Encoding: f.Encoding, Mapping: importer.Mapping{}}
	if f.Delimiter == "tab" {
		f.Delimiter = "\t"
	}
	if f.Delimiter != "" {
		var size int
		if o.Delimiter, size = utf8.DecodeRuneInString(f.Delimiter); size != len(f.Delimiter) {
			return o, fmt.Errorf("--delimiter: %q is not one character", f.Delimiter)
		}
	}
	if f.MapFile != "" {
		if o.Mapping, err = importer.ReadMapping(f.MapFile); err != nil {
			return o, err
		}
	}
	for _, pair := range f.Map {
		if err := o.Mapping.Add(pair); err != nil {
			return o, fmt.Errorf("--map: %w", err)
		}
	}
	return o, nil
}

// connectionFlags are those of long work.
type connectionFlags struct {
	connection
	Timeout time.Duration `default:"5m" help:"How long the server may take for a batch of rows."`
}

// maxDocument is how many bytes a document may have for a server in this process:
// an atomic batch is one document.
const maxDocument = 1 << 30

// dial returns a client of the server or the database that is meant.
func (c *connectionFlags) dial(ctx context.Context, log *slog.Logger) (*timedClient, error) {
	client, err := c.connect(ctx, rpc.Options{CallTimeout: c.Timeout, MaxBody: maxDocument, Log: log}, false)
	if err != nil {
		return nil, nothingDone(err)
	}
	batches, ok := client.(batchClient)
	if !ok {
		return nil, nothingDone(errors.Join(errors.New("--url: batches of rows need an http or https URL"), client.Close()))
	}
	return &timedClient{batches, c.Timeout}, nil
}

// pipelined is c as an import uses it: straight on a database it takes batches while
// it does those before.
func (c *timedClient) pipelined() importer.Client {
	if _, isLocal := c.batchClient.(*localClient); isLocal {
		return &turningClient{timedClient: c}
	}
	return c
}

// deferSearch has the search index of an empty roster wait until all rows are in.
func (c *timedClient) deferSearch(ctx context.Context) error {
	if local, isLocal := c.batchClient.(*localClient); isLocal {
		_, err := local.store.DeferSearch(ctx)
		return err
	}
	return nil
}

// buildSearch makes the search index where it has waited, also in an earlier run.
func (c *timedClient) buildSearch(ctx context.Context, env environment) error {
	local, isLocal := c.batchClient.(*localClient)
	if !isLocal {
		return nil
	}
	indexing := newProgress(env, "employees indexed")
	defer indexing.stop()
	var none *store.Unindexed
	if err := local.store.BuildSearch(ctx, indexing.tell); err != nil && !errors.As(err, &none) {
		return fmt.Errorf("all rows are read, but not the search index made, which rosterd serve does when it starts: %w", err)
	}
	return nil
}

// turningClient is an importer.Pipelined of the server in this process.
type turningClient struct {
	*timedClient
	turn *directory.Turn // of the last batch
}

func (c *turningClient) Begin(ctx context.Context, calls []rpc.BatchCall) func() error {
	turn := directory.NextTurn(c.turn)
	c.turn = turn
	done := make(chan error, 1)
	go func() {
		err := c.Batch(turn.Context(ctx), calls)
		turn.End()
		done <- err
	}()
	return func() error { return <-done }
}

// batchClient is a client that sends batches.
type batchClient interface {
	jsonrpc2.JSONRPC2
	Batch(ctx context.Context, calls []rpc.BatchCall) error
}

// timedClient is an importer.Client that waits no longer than a while.
type timedClient struct {
	batchClient
	timeout time.Duration
}

func (c *timedClient) Call(ctx context.Context, method string, params, result any, o ...jsonrpc2.CallOption) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	return c.batchClient.Call(ctx, method, params, result, o...)
}

func (c *timedClient) Batch(ctx context.Context, calls []rpc.BatchCall) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	return c.batchClient.Batch(ctx, calls)
}

type importFileCommand struct {
	connectionFlags
	fileFlags
	File string `arg:"" optional:"" help:"File to import. One that is called undo, list or file is given as ./undo."`

	Check    bool   `help:"Write nothing, and report what would happen."`
	Atomic   bool   `help:"Import all rows or, if one of them fails, none; at most 10,000 rows."`
	Upsert   string `enum:",external_id,handle,email,extension" default:"" placeholder:"FIELD" help:"Update the employee who has the row's external_id, handle, email or extension, if there is one."`
	Report   string `placeholder:"FILE" help:"File for what became of each row: CSV or NDJSON, by its ending."`
	Rejected string `placeholder:"FILE" help:"File for the rows that failed, in the format of the imported one, to be mended and imported."`
	Again    bool   `help:"Import a file that went in before once more, from the beginning."`

	Template string `enum:",csv,xlsx" default:"" placeholder:"FORMAT" help:"Import nothing, and write an empty csv or xlsx file with all columns."`
	Output   string `placeholder:"FILE" help:"File for --template; standard output if not given."`
}

// Exit statuses of import and export beyond 0 and 1.
const statusNothingDone = 2

// statusError ends the program with a status of its own.
type statusError struct {
	error
	status int
}

func (e statusError) Unwrap() error { return e.error }

// nothingDone is err with the status for a malformed file or a wrong option.
func nothingDone(err error) error {
	if err == nil {
		return nil
	}
	return statusError{err, statusNothingDone}
}

// Run imports the file, or writes a template.
func (c *importFileCommand) Run(ctx context.Context, env environment, log *slog.Logger) error {
	switch {
	case c.Template != "" && c.File != "":
		return nothingDone(errors.New("--template and a file to import exclude each other"))
	case c.Template != "":
		return c.writeTemplate(env)
	case c.File == "":
		return nothingDone(errors.New("no file is given; see rosterd import --help"))
	case c.Output != "":
		return nothingDone(errors.New("--output is for --template; the rows that fail go to --rejected, what became of all to --report"))
	}
	err := c.run(ctx, env, log)
	var malformed *importer.FileError
	var usage *importer.UsageError
	if errors.As(err, &malformed) || errors.As(err, &usage) {
		return nothingDone(err)
	}
	return err
}

func (c *importFileCommand) writeTemplate(env environment) error {
	return fillFile(env, c.Output, 0o644, func(w io.Writer) error {
		return importer.Template(w, importer.Format(c.Template), c.Revision)
	})
}

// run imports the file, prints the summary, and returns an error unless every row
// is in.
func (c *importFileCommand) run(ctx context.Context, env environment, log *slog.Logger) (err error) {
	options, err := c.options(c.Revision)
	if err != nil {
		return nothingDone(err)
	}
	file, err := importer.Open(c.File, options)
	if err != nil {
		return nothingDone(err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	o := importer.ImportOptions{
		Revision: c.Revision, Name: filepath.Base(c.File),
		Check: c.Check, Atomic: c.Atomic, Upsert: c.Upsert, Again: c.Again,
		Pauses: importer.Pauses(),
	}
	outputs := &importOutputs{}
	if err := outputs.open(c, file, &o); err != nil {
		return nothingDone(errors.Join(err, outputs.close()))
	}
	client, err := c.dial(ctx, log)
	if err != nil {
		return errors.Join(err, outputs.close())
	}
	defer func() { err = errors.Join(err, client.Close()) }()

	o.Before = client.deferSearch
	work := newWork(env, "rows")
	o.Progress = work.tell
	summary, err := importer.Import(ctx, file, client.pipelined(), o)
	work.stop()
	if err == nil && !c.Check {
		err = client.buildSearch(ctx, env)
	}
	if closing := outputs.close(); closing != nil {
		err = errors.Join(err, closing)
	}
	if err == nil || summary.In()+summary.Failed > 0 {
		c.print(env.stdout, summary, work.elapsed())
	}
	return c.outcome(ctx, summary, err)
}

// print prints what became of the rows.
func (c *importFileCommand) print(w io.Writer, s importer.Summary, took time.Duration) {
	if s.Before != "" {
		fmt.Fprintf(w, "%s went in as import %d on %s; --again imports it once more\n", c.File, s.ID, s.Before)
		return
	}
	switch {
	case c.Check:
		fmt.Fprintf(w, "check of %s: %d rows in %s; nothing was written\n", c.File, s.Rows, took)
	case s.Continued:
		fmt.Fprintf(w, "import %d of %s, continued: %d rows in %s\n", s.ID, c.File, s.Rows, took)
	default:
		fmt.Fprintf(w, "import %d of %s: %d rows in %s\n", s.ID, c.File, s.Rows, took)
	}
	fmt.Fprintf(w, "  created    %d\n  updated    %d\n  unchanged  %d\n  failed     %d\n", s.Created, s.Updated, s.Unchanged, s.Failed)
	if s.Earlier > 0 {
		fmt.Fprintf(w, "%d of them were in already and were not repeated\n", s.Earlier)
	}
	const shown = 10
	for i, reason := range s.Reasons {
		if i == shown {
			fmt.Fprintf(w, "  … and %d other reasons\n", len(s.Reasons)-shown)
			break
		}
		fmt.Fprintf(w, "  %d failed: %s: %s\n", reason.Rows, cmp.Or(reason.Field, reason.Mnemonic), reason.Message)
	}
}

// outcome is nil if every row is in, or else what to do.
func (c *importFileCommand) outcome(ctx context.Context, s importer.Summary, err error) error {
	switch {
	case ctx.Err() != nil && errors.Is(err, ctx.Err()) && c.Check:
		return errors.New("interrupted; nothing was written")
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return errors.New("interrupted; the same command again goes on, and repeats nothing")
	case err != nil && s.ID == 0: // nothing was begun
		return err
	case err != nil:
		return fmt.Errorf("%w; the same command again goes on, and repeats nothing", err)
	case s.Failed == 0:
		return nil
	case c.Atomic:
		return fmt.Errorf("%d of %d rows failed and no row is in; mend %s and import it again", s.Failed, s.Rows, c.File)
	case c.Check:
		return fmt.Errorf("%d of %d rows would fail", s.Failed, s.Rows)
	case c.Rejected != "":
		return fmt.Errorf("%d of %d rows failed; mend %s and import it, or mend %s and import it again, which repeats nothing", s.Failed, s.Rows, c.Rejected, c.File)
	}
	return fmt.Errorf("%d of %d rows failed; mend %s and import it again, which repeats nothing", s.Failed, s.Rows, c.File)
}

// importOutputs are the files that an import writes.
type importOutputs struct {
	report   *importer.Report
	rejected *importer.Rejected
	files    []*os.File
}

// open makes the files, and has them filled.
func (f *importOutputs) open(c *importFileCommand, file *importer.File, o *importer.ImportOptions) error {
	create := func(name string) (*os.File, error) {
		if same(name, c.File) {
			return nil, fmt.Errorf("%s is the file to import", name)
		}
		out, err := os.Create(name)
		if err == nil {
			f.files = append(f.files, out)
		}
		return out, err
	}
	if c.Report != "" {
		format, err := importer.ReportFormat(c.Report)
		if err != nil {
			return fmt.Errorf("--report: %w", err)
		}
		out, err := create(c.Report)
		if err != nil {
			return fmt.Errorf("--report: %w", err)
		}
		if f.report, err = importer.NewReport(out, format); err != nil {
			return err
		}
		o.Report = f.report.Write
	}
	if c.Rejected != "" {
		out, err := create(c.Rejected)
		if err != nil {
			return fmt.Errorf("--rejected: %w", err)
		}
		if err := out.Chmod(0o600); err != nil { // there may be passwords in it
			return fmt.Errorf("--rejected: %w", err)
		}
		if f.rejected, err = file.Rejected(out); err != nil {
			return err
		}
		o.Rejected = f.rejected.Write
	}
	return nil
}

// same reports whether two names are of one file.
func same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

func (f *importOutputs) close() error {
	var errs []error
	if f.report != nil {
		errs = append(errs, f.report.Close())
	}
	if f.rejected != nil {
		errs = append(errs, f.rejected.Close())
	}
	for _, file := range f.files {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}

type importUndoCommand struct {
	connectionFlags
	ID     int64  `arg:"" name:"id" help:"The import; rosterd import list shows it."`
	Report string `placeholder:"FILE" help:"File for who is kept and why: CSV or NDJSON, by its ending. They are printed if it is not given."`
}

// shownKept is how many of those who are kept are printed.
const shownKept = 20

// Run removes them, and returns an error if somebody is kept.
func (c *importUndoCommand) Run(ctx context.Context, env environment, log *slog.Logger) (err error) {
	outputs := &importOutputs{}
	o := importer.ImportOptions{}
	if err := outputs.open(&importFileCommand{Report: c.Report}, nil, &o); err != nil {
		return nothingDone(errors.Join(err, outputs.close()))
	}
	defer func() { err = errors.Join(err, outputs.close()) }()
	client, err := c.dial(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	if o.Report == nil {
		kept := 0
		o.Report = func(row importer.ReportRow) error {
			if kept++; kept <= shownKept {
				fmt.Fprintf(env.stdout, "line %d: employee %d is kept: %s\n", row.Line, row.ID, row.Message)
			}
			return nil
		}
	}
	work := newWork(env, "employees")
	summary, err := importer.Undo(ctx, client, c.ID, importer.UndoOptions{Pauses: importer.Pauses(), Report: o.Report, Progress: work.tell})
	work.stop()
	var usage *importer.UsageError
	switch {
	case errors.As(err, &usage):
		return nothingDone(err)
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("interrupted; %d employees are removed, and the same command again goes on", summary.Removed)
	case err != nil:
		return err
	}
	fmt.Fprintf(env.stdout, "import %d of %s is undone in %s\n  removed     %d\n  gone before %d\n  kept        %d\n", c.ID, summary.Name, work.elapsed(), summary.Removed, summary.Gone, summary.Kept)
	if summary.Kept > 0 {
		return fmt.Errorf("%d employees are kept", summary.Kept)
	}
	return nil
}

type importListCommand struct {
	connectionFlags
	Limit int `default:"100" help:"How many to list at most."`
}

// Run lists imports.
func (c *importListCommand) Run(ctx context.Context, env environment, log *slog.Logger) (err error) {
	if c.Limit < 1 || c.Limit > 10_000 {
		return nothingDone(errors.New("--limit: want 1 to 10000"))
	}
	client, err := c.dial(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	imports, err := importer.Imports(ctx, client, nil, c.Limit)
	if err != nil {
		return err
	}
	list := newListing(env.stdout, "ID", "FILE", "STATE", "ROWS", "FAILED", "BEGUN")
	for _, i := range imports {
		list.row(i.ID, i.Name, i.State, i.Rows, i.Failed, i.CreatedAt)
	}
	return list.Flush()
}

// work tells how far long work is: a bar on a terminal, or else a line on standard
// error now and then.
type work struct {
	env   environment
	what  string
	bar   *progress
	began time.Time

	told   time.Time // when the last line was printed,
	toldAt int64     // and of how much
}

// How often there is a line at most: whichever comes first.
const (
	lineEvery     = 10 * time.Second
	lineEveryRows = 10_000
)

func newWork(env environment, what string) *work {
	now := time.Now()
	return &work{env: env, what: what, bar: newProgress(env, what), began: now, told: now}
}

func (w *work) tell(p importer.Progress) {
	if w.env.terminal {
		if p.Failed > 0 {
			w.bar.bar.Describe(fmt.Sprintf("%s, %d failed", w.what, p.Failed))
		}
		w.bar.tell(p.Done, max(p.All, 1))
		return
	}
	if now := time.Now(); now.Sub(w.told) >= lineEvery || p.Done-w.toldAt >= lineEveryRows {
		w.told, w.toldAt = now, p.Done
		fmt.Fprintf(w.env.stderr, "%d of %d %s, %d failed\n", p.Done, p.All, w.what, p.Failed)
	}
}

func (w *work) stop() { w.bar.stop() }

// elapsed is how long the work took, to be read.
func (w *work) elapsed() time.Duration {
	took := time.Since(w.began)
	if took < time.Second {
		return took.Round(time.Millisecond)
	}
	return took.Round(100 * time.Millisecond)
}
