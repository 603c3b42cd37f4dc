package dialect

import (
	"bufio"
	"log/slog"
	"net/http"
)

// StreamBuffer is how many bytes of a long answer are gathered before they are sent.
const StreamBuffer = 32 << 10

// Stream answers with what write writes, while it is written. header puts what the
// header of a good answer has.
// Errors: those of write, as long as nothing has been sent. Later they are logged,
// unless the client has gone, and the connection breaks off, so that half an answer is
// not taken for a whole one.
func Stream(w http.ResponseWriter, r *http.Request, log *slog.Logger, header func(http.Header), write func(*bufio.Writer) error) error {
	sent := &firstWrite{w: w, header: header}
	out := bufio.NewWriterSize(sent, StreamBuffer)
	err := write(out)
	if err != nil && !sent.begun {
		return err
	}
	if err != nil {
		if r.Context().Err() == nil {
			log.ErrorContext(r.Context(), "an answer was cut off", "method", r.Method, "path", r.URL.Path, "error", err)
		}
		panic(http.ErrAbortHandler)
	}
	_ = out.Flush() // fails only if the client has gone, and then there is nobody to tell
	return nil
}

// firstWrite puts the header of a good answer before what is written.
type firstWrite struct {
	w      http.ResponseWriter
	header func(http.Header)
	begun  bool
}

func (f *firstWrite) Write(b []byte) (int, error) {
	if !f.begun {
		f.begun = true
		f.header(f.w.Header())
	}
	return f.w.Write(b)
}
