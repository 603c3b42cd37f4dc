package importer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/importer"
)

// Writing and reading takes the same memory, however many rows there are.
func TestMemory(t *testing.T) {
	rows := map[importer.Format]int{importer.CSV: 40_000, importer.NDJSON: 40_000, importer.XLSX: 3_000}
	if os.Getenv("ROSTERD_SOAK") == "1" {
		rows = map[importer.Format]int{importer.CSV: 1_000_000, importer.NDJSON: 1_000_000, importer.XLSX: 200_000}
	}
	most := map[importer.Format]uint64{importer.CSV: 4 << 20, importer.NDJSON: 4 << 20, importer.XLSX: 64 << 20}
	for format, count := range rows {
		path := filepath.Join(t.TempDir(), "f."+string(format))
		out, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		before := live()
		start := time.Now()
		w, err := importer.NewWriter(out, format, importer.Columns(directory.RevisionSeed)[:40])
		for i := 0; i < count && err == nil; i++ {
			err = w.Write(jsontext.Value(fmt.Sprintf(`{"last_name":"Петрова-%[1]d","first_name":"Анна","email":"anna%[1]d@example.com","groups":["Продажи","Support"],"phone_numbers":[{"phone_number":"+7495%07[1]d"},{"phone_number":"%[1]d","dial_time":30}]}`, i)))
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		wrote := time.Since(start)
		info, err := out.Stat()
		if err != nil {
			t.Fatal(err)
		}
		start = time.Now()
		f, err := importer.Open(path, importer.Options{})
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		opened := time.Since(start)
		start = time.Now()
		read := 0
		err = f.Rows(t.Context(), func(importer.Row) error {
			if read++; read == count/2 || read == count {
				if now := live(); now > before+most[format] {
					t.Errorf("%s: after %d rows, %d KiB more are held", format, read, (now-before)>>10)
				} else {
					t.Logf("%s: after %d rows, %d KiB more are held", format, read, (int64(now)-int64(before))>>10)
				}
			}
			return nil
		})
		if err != nil || read != count {
			t.Errorf("%s: %d rows, error %v", format, read, err)
		}
		t.Logf("%s: %d rows, %d bytes; written in %s, opened in %s, read in %s", format, count, info.Size(), wrote, opened, time.Since(start))
		f.Close()
		out.Close()
		os.Remove(path)
	}
}

// live is how many bytes of memory are in use.
func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
